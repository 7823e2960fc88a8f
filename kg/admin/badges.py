"""Figures in the admin's navigation."""

from __future__ import annotations

from django.http import HttpRequest

from kg.models import Fact
from recsite.admin_marks import counted


def proposals_waiting(request: HttpRequest) -> str:
    """How many proposals wait for a reviewer, for those who are one."""
    if not request.user.has_perm("kg.review_fact"):
        return ""
    return counted(Fact.objects.filter(status=Fact.Status.PROPOSED))
