"""Judging proposals: many in a row, by mouse, by keyboard, with or without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kg.admin.review_queue import QueueForm, judged_by, proposals_read
from kg.admin.words import sentence
from kg.facts import BulkVerdict, FactRefusedError, fact_change, facts_accept, facts_reject
from kg.models import Fact

PER_PAGE = 20
DECISIONS = ("accept", "reject", "replace", "undo")
#: The value of a button that means every ticked proposal rather than one.
TICKED = "ticked"
#: What was decided last, to be taken back while nothing else was decided.
LAST = "kg_review_last"


class ReviewViews(admin.ModelAdmin[Fact]):
    """The review page; the list of facts carries it."""

    def review_urls(self) -> list[tuple[str, Callable[..., HttpResponse], str]]:
        """Routes, views and names."""
        return [("review/", self.review_view, "kg_review")]

    def review_view(self, request: HttpRequest) -> HttpResponse:
        """GET shows a page of the queue; POST judges one proposal or those that are ticked."""
        if not request.user.has_perm("kg.review_fact"):
            raise PermissionDenied
        said, refused = "", BulkVerdict()
        if request.method == "POST":
            said, refused = _judge(request)
            if not refused.refused and not _by_htmx(request):
                if said:
                    self.message_user(request, said)
                return HttpResponseRedirect(request.get_full_path())
        context = self._context(request, said, refused)
        if _by_htmx(request):
            return TemplateResponse(request, "kg/admin/review_queue.html", context)
        status = 409 if refused.refused else 200
        return TemplateResponse(request, "kg/admin/review.html", context, status=status)

    def _context(self, request: HttpRequest, said: str, refused: BulkVerdict) -> dict[str, Any]:
        form = QueueForm(request.GET or None, label_suffix="")
        page = Paginator(form.proposals(), PER_PAGE).get_page(request.GET.get("p"))
        proposals = proposals_read(list(page.object_list))
        reasons = {fact.pk: error.reason for fact, error in refused.refused}
        for proposal in proposals:
            if reason := reasons.pop(proposal.fact.pk, ""):
                proposal.conflicts = [reason]
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        accepted, rejected = judged_by(request.user, today)  # type: ignore[arg-type]
        waiting = Fact.objects.filter(status=Fact.Status.PROPOSED).count()
        query = request.GET.copy()
        query.pop("p", None)
        request.current_app = self.admin_site.name
        return {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": _("Review proposals"),
            "form": form,
            "page": page,
            "proposals": proposals,
            "waiting": waiting,
            "accepted": accepted,
            "rejected": rejected,
            "percent": round(100 * (accepted + rejected) / max(1, accepted + rejected + waiting)),
            "filter_query": query.urlencode(),
            "address": request.get_full_path(),
            "said": said,
            "elsewhere": [f"{sentence(f)}: {e.reason}" for f, e in refused.refused
                          if f.pk in reasons],
            "last": request.session.get(LAST),
        }  # fmt: skip


def _by_htmx(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request"))


def _judge(request: HttpRequest) -> tuple[str, BulkVerdict]:
    """Do what was decided; what there is to say of it, and what was refused."""
    decision = next((name for name in DECISIONS if name in request.POST), "")
    if decision == "undo":
        return _undo(request), BulkVerdict()
    if not decision:
        return "", BulkVerdict()
    chosen = request.POST[decision]
    numbers = request.POST.getlist("facts") if chosen == TICKED else [chosen]
    wanted = {int(n) for n in numbers[: 5 * PER_PAGE] if n.isdecimal() and len(n) < 16}
    if not wanted:
        return _("No proposal is ticked."), BulkVerdict()
    facts = list(
        Fact.objects.filter(pk__in=wanted, status=Fact.Status.PROPOSED).select_related(
            "subject", "predicate", "object"
        )
    )
    author: Any = request.user
    if decision == "reject":
        verdict = facts_reject(facts=facts, author=author)
    else:
        verdict = facts_accept(facts=facts, author=author, replace=decision == "replace")
    done = [fact.pk for fact in verdict.changed]
    request.session.pop(LAST, None)
    if done and decision != "replace":
        # What was replaced is retracted, which only the history takes back.
        request.session[LAST] = {"decision": decision, "facts": done, "count": len(done)}
    return _said(decision, len(done), len(wanted) - len(facts)), verdict


def _said(decision: str, done: int, gone: int) -> str:
    parts = []
    if done and decision == "reject":
        parts.append(ngettext("%(n)s rejected.", "%(n)s rejected.", done) % {"n": done})
    elif done:
        parts.append(ngettext("%(n)s accepted.", "%(n)s accepted.", done) % {"n": done})
    if gone:
        text = ngettext(
            "%(n)s was judged by somebody else meanwhile.",
            "%(n)s were judged by somebody else meanwhile.",
            gone,
        )
        parts.append(text % {"n": gone})
    return " ".join(parts)


def _undo(request: HttpRequest) -> str:
    """Make proposals again of what was decided last, unless somebody has changed it since."""
    last = request.session.pop(LAST, None)
    if not last:
        return _("There is nothing to take back.")
    decided = Fact.Status.REJECTED if last["decision"] == "reject" else Fact.Status.ACCEPTED
    facts = Fact.objects.filter(pk__in=last["facts"], status=decided)
    back = 0
    author: Any = request.user
    for fact in facts.select_related("subject", "predicate", "object"):
        try:
            fact_change(
                fact=fact, author=author, status=Fact.Status.PROPOSED, reason=_("taken back")
            )
        except FactRefusedError:
            continue
        back += 1
    return ngettext("%(n)s waits again.", "%(n)s wait again.", back) % {"n": back}
