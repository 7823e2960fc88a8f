"""All that happened to facts lately, also to those that are gone."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesRadioFilter, DropdownFilter, RangeDateFilter
from unfold.decorators import display

from kg.admin.history import happening, version_words
from kg.admin.search import ENTITY_LIMIT, entities_find
from kg.admin.words import STATUS_TONES
from kg.models import Fact
from recsite.admin_pages import LogAdmin
from users.models import User

Change: Any = Fact.history.model
MACHINES = "none"


class WhoFilter(DropdownFilter):
    """Changes by a member of staff, or by no person."""

    title = _("changed by")
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        staff = User.objects.filter(is_staff=True).order_by("username")
        return [(MACHINES, _("no person"))] + [(u.username, u.get_username()) for u in staff[:200]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        name = self.value()
        if name == MACHINES:
            return queryset.filter(history_user__isnull=True)
        return queryset.filter(history_user__username=name) if name else queryset


@admin.register(Change)
class ChangeAdmin(LogAdmin):
    """The way back from a fact that was retracted begins here."""

    list_display = ("words", "what", "status_label", "reason", "who", "when")
    list_filter = (
        ("history_type", ChoicesRadioFilter),
        ("status", ChoicesRadioFilter),
        WhoFilter,
        ("history_date", RangeDateFilter),
    )
    list_filter_submit = True
    list_per_page = 50
    list_fullwidth = True
    search_fields = ("pk",)
    search_help_text = _("Name of an entity on either side, or its key")
    ordering = ("-history_date", "-history_id")

    class Media:
        css: ClassVar[dict[str, list[str]]] = {"all": ["kg/graph.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related("subject", "predicate", "object", "history_user")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        found = list(entities_find(search_term).values_list("pk", flat=True)[:ENTITY_LIMIT])
        return queryset.filter(Q(subject__in=found) | Q(object__in=found)), False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A change is read among the other versions of its fact."""
        row = None
        if object_id.isdecimal() and len(object_id) < 16:
            row = Change.objects.filter(history_id=int(object_id)).first()
        if row is None:
            raise Http404
        facts: Any = self.admin_site._registry[Fact]
        return facts.versions_view(request, row.id)

    @admin.display(description=_("fact"))
    def words(self, change: Any) -> str:
        return version_words(change)

    @admin.display(description=_("what happened"), ordering="history_type")
    def what(self, change: Any) -> str:
        return happening(change)

    @display(description=_("status"), label=STATUS_TONES)
    def status_label(self, change: Any) -> tuple[str, str]:
        return change.status, change.get_status_display()

    @admin.display(description=_("reason"))
    def reason(self, change: Any) -> str:
        return change.history_change_reason or "–"

    @admin.display(description=_("changed by"))
    def who(self, change: Any) -> str:
        return change.history_user.get_username() if change.history_user else "–"

    @admin.display(description=_("when"), ordering="history_date")
    def when(self, change: Any) -> str:
        return date_format(localtime(change.history_date), "j M Y, H:i")
