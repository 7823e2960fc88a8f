"""What can be done to many facts at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminTextInputWidget

from kg.admin.pictures import picture_mark, pictures
from kg.admin.words import sentence
from kg.facts import REASON_LIMIT, BulkVerdict, facts_accept, facts_reject, facts_retract
from kg.models import Fact
from recsite.admin_pages import confirmation_page, selected_ids

#: More at once would keep the browser waiting and everybody else's writes, too.
AT_ONCE = 1_000
SHOWN = 8
REFUSALS_SHOWN = 5


class ReasonForm(forms.Form):
    """Why facts are retracted."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=REASON_LIMIT,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True}),
        help_text=_("Kept in the history."),
    )


class FactActions(admin.ModelAdmin[Fact]):
    """Bulk actions of the list of facts."""

    actions = ["accept", "reject", "retract"]

    def _chosen(self, request: HttpRequest, queryset: QuerySet[Fact]) -> list[Fact] | None:
        """The facts, or None with a message where they are too many."""
        facts = list(queryset[: AT_ONCE + 1])
        if len(facts) <= AT_ONCE:
            return facts
        text = _t("At most %(limit)s facts can be changed at once; narrow the list.")
        self.message_user(request, text % {"limit": AT_ONCE}, messages.ERROR)
        return None

    def _tell(self, request: HttpRequest, verdict: BulkVerdict) -> None:
        text = ngettext("%(count)s fact changed.", "%(count)s facts changed.", len(verdict.changed))
        level = messages.SUCCESS if verdict.changed else messages.INFO
        self.message_user(request, text % {"count": len(verdict.changed)}, level)
        for fact, error in verdict.refused[:REFUSALS_SHOWN]:
            self.message_user(request, f"{sentence(fact)}: {error.reason}", messages.ERROR)
        left = len(verdict.refused) - REFUSALS_SHOWN
        if left > 0:
            text = ngettext(
                "%(count)s more fact was refused.", "%(count)s more facts were refused.", left
            )
            self.message_user(request, text % {"count": left}, messages.ERROR)

    @admin.action(description=_("Accept"), permissions=["review"])
    def accept(self, request: HttpRequest, queryset: QuerySet[Fact]) -> None:
        if facts := self._chosen(request, queryset):
            self._tell(request, facts_accept(facts=facts, author=_user(request)))

    @admin.action(description=_("Reject"), permissions=["review"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Fact]) -> None:
        if facts := self._chosen(request, queryset):
            self._tell(request, facts_reject(facts=facts, author=_user(request)))

    @admin.action(description=_("Retract…"), permissions=["delete"])
    def retract(self, request: HttpRequest, queryset: QuerySet[Fact]) -> HttpResponse | None:
        if not request.user.has_perm("kg.review_fact"):
            # What a reviewer has rejected is not taken back by others.
            queryset = queryset.exclude(status=Fact.Status.REJECTED)
        facts = self._chosen(request, queryset)
        if not facts:
            return None
        form = ReasonForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            self._tell(request, facts_retract(facts=facts, author=_user(request), reason=reason))
            return None
        found = pictures(fact.subject for fact in facts[:SHOWN])
        question = ngettext(
            "%(count)s fact leaves the record; its history stays and can bring it back.",
            "%(count)s facts leave the record; their history stays and can bring them back.",
            len(facts),
        )
        return confirmation_page(
            request,
            self,
            action="retract",
            title=_t("Retract facts"),
            question=question % {"count": len(facts)},
            form=form,
            rows=[
                {
                    "picture": picture_mark(fact.subject, found),
                    "title": sentence(fact),
                    "note": fact.evidence,
                }
                for fact in facts[:SHOWN]
            ],
            total=len(facts),
            button=_t("Retract"),
            is_danger=True,
            keep=selected_ids(request),
        )


def _user(request: HttpRequest) -> Any:
    """Who does it; the admin lets nobody in who is not logged in."""
    return request.user
