"""Figures in the admin's navigation."""

from __future__ import annotations

from django.http import HttpRequest

from kg.models import Fact

#: Counting stops here: a badge says whether there is work, not how much exactly.
LIMIT = 99


def proposals_waiting(request: HttpRequest) -> str:
    """How many proposals wait for a reviewer, for those who are one."""
    if not request.user.has_perm("kg.review_fact"):
        return ""
    number = Fact.objects.filter(status=Fact.Status.PROPOSED).order_by()[: LIMIT + 1].count()
    return f"{LIMIT}+" if number > LIMIT else str(number)
