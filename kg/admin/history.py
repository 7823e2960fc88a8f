"""The versions of a fact, and going back to one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kg.admin.words import percent, predicate_words, sentence
from kg.facts import FactRefusedError
from kg.history import fact_restore
from kg.models import Fact

View = Callable[..., HttpResponse]
SIDES = ("subject_id", "predicate_id", "object_id")


def happening(version: Any) -> str:
    """What was done in one word: stated, changed to a status, retracted."""
    return {"+": _("stated"), "-": _("retracted")}.get(version.history_type, _("changed"))


def version_words(version: Any) -> str:
    """What a version says; its entities may be gone by now."""
    subject, relation, object = version.subject, version.predicate, version.object
    return " · ".join(
        (
            subject.name if subject else _("(gone)"),
            predicate_words(relation) if relation else _("(gone)"),
            object.name if object else _("(gone)"),
        )
    )


def _differences(version: Any, before: Any | None) -> list[SafeString]:
    """What a version changed of the one before it."""
    if before is None or version.history_type == "-":
        return []
    shown: list[SafeString] = []
    line = "<span>{}: <del>{}</del> → <ins>{}</ins></span>"
    if any(getattr(version, n) != getattr(before, n) for n in SIDES):
        shown.append(format_html(line, _("fact"), version_words(before), version_words(version)))
    for word, old, new in (
        (_("status"), before.get_status_display(), version.get_status_display()),
        (_("confidence"), percent(before.confidence), percent(version.confidence)),
        (_("source"), before.get_source_display(), version.get_source_display()),
        (_("evidence"), before.evidence or "–", version.evidence or "–"),
    ):
        if old != new:
            shown.append(format_html(line, word, old, new))
    return shown


class HistoryViews(admin.ModelAdmin[Fact]):
    """The page of a fact's versions, also of one that is retracted."""

    def history_urls(self) -> list[tuple[str, View, str]]:
        """Routes, views and names."""
        return [("<int:number>/versions/", self.versions_view, "kg_fact_versions")]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The theme's History button leads here."""
        if not object_id.isdecimal() or len(object_id) > 15:
            raise Http404
        return self.versions_view(request, int(object_id))

    def versions_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Show the versions; POST ``version`` goes back to it, with ``replace`` past conflicts."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if number >= 2**63:
            raise Http404
        rows = list(
            Fact.history.filter(id=number)
            .select_related("subject", "predicate", "object", "history_user")
            .order_by("-history_date", "-history_id")
        )
        if not rows:
            raise Http404
        facts = Fact.objects.select_related("subject", "predicate", "object")
        fact = facts.filter(pk=number).first()
        refused: tuple[int, str] | None = None
        if request.method == "POST":
            response, refused = self._restore(request, fact, rows)
            if response is not None:
                return response
        entries = []
        for place, row in enumerate(rows):
            before = rows[place + 1] if place + 1 < len(rows) else None
            entries.append(
                {
                    "row": row,
                    "words": version_words(row),
                    "what": happening(row),
                    "differences": _differences(row, before),
                    "certainty": percent(row.confidence),
                    "is_present": fact is not None and place == 0,
                    "may_restore": self._may_restore(request, fact, row)
                    and row.history_type != "-"
                    and not (fact is not None and place == 0),
                    "refused": refused[1] if refused and refused[0] == row.history_id else "",
                }
            )
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": _("History"),
            "subtitle": sentence(fact) if fact else version_words(rows[0]),
            "fact": fact,
            "entries": entries,
        }
        return TemplateResponse(
            request, "kg/admin/history.html", context, status=409 if refused else 200
        )

    def _may_restore(self, request: HttpRequest, fact: Fact | None, row: Any) -> bool:
        if fact is None:
            return bool(self.has_add_permission(request))
        judges = row.status != fact.status
        return bool(self.has_change_permission(request)) and (
            not judges or bool(request.user.has_perm("kg.review_fact"))
        )

    def _restore(
        self, request: HttpRequest, fact: Fact | None, rows: list[Any]
    ) -> tuple[HttpResponse | None, tuple[int, str] | None]:
        chosen = request.POST.get("version", "")
        row = next((r for r in rows if str(r.history_id) == chosen), None)
        if row is None or row.history_type == "-":
            raise Http404
        if not self._may_restore(request, fact, row):
            raise PermissionDenied
        try:
            restored = fact_restore(
                version=row.history_id,
                author=request.user,  # type: ignore[arg-type]
                replace="replace" in request.POST,
            )
        except FactRefusedError as error:
            return None, (row.history_id, error.reason)
        self.message_user(
            request, _("Restored: %(fact)s") % {"fact": sentence(restored)}, messages.SUCCESS
        )
        address = reverse("admin:kg_fact_versions", args=[restored.pk])
        return HttpResponseRedirect(address), None
