"""What the graph database has yet to hear, and who answers meanwhile."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kg.models import OutboxEntry
from recsite.admin_pages import LogAdmin


def answering_now() -> tuple[str, str, bool]:
    """Which backend answers, why, and whether all is well; knocks at Neo4j where there is one.

    A page that is opened to see whether Neo4j is there waits a second for it.
    """
    if not settings.NEO4J_URL:
        return _t("Relational facts"), _t("no graph database is configured"), True
    from kg.backends import connection

    try:
        connection.driver().verify_connectivity()
    except connection.GraphUnavailable:
        connection.rest()
        return _t("Relational facts"), _t("Neo4j does not answer; changes wait for it"), False
    connection.wake()
    return "Neo4j", _t("it answered just now"), True


def projection_state() -> dict[str, Any]:
    """Waiting changes, the oldest of them, the last error; three queries."""
    name, note, is_well = answering_now()
    waiting = OutboxEntry.objects.count()
    oldest = OutboxEntry.objects.order_by("pk").first() if waiting else None
    failed = OutboxEntry.objects.exclude(last_error="").order_by("pk").first() if waiting else None
    return {
        "configured": bool(settings.NEO4J_URL),
        "backend_name": name,
        "backend_note": note,
        "is_well": is_well,
        "waiting": waiting,
        "oldest": oldest.created_at if oldest else None,
        "lag": timesince(oldest.created_at, timezone.now()) if oldest else "",
        "last_error": failed.last_error if failed else "",
        "attempts": OutboxEntry.objects.aggregate(most=Max("attempts"))["most"] if failed else 0,
    }


@admin.register(OutboxEntry)
class OutboxAdmin(LogAdmin):
    """The queue in the order in which it is delivered."""

    list_display = ("thing", "what_shown", "created_at", "attempts", "last_error")
    list_before_template = "kg/admin/projection.html"
    list_per_page = 50
    list_fullwidth = True
    ordering = ("pk",)

    class Media:
        css: ClassVar[dict[str, list[str]]] = {"all": ["kg/graph.css"]}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        extra = {"projection": projection_state(), "title": _t("Graph database")}
        return super().changelist_view(request, {**extra, **(extra_context or {})})

    @admin.display(description=_("entity or fact"))
    def thing(self, entry: OutboxEntry) -> str:
        identity = entry.identity
        return " · ".join(map(str, identity)) if isinstance(identity, list) else str(identity)

    @admin.display(description=_("what"))
    def what_shown(self, entry: OutboxEntry) -> str:
        return entry.get_what_display()
