"""Alerts: what somebody is to look at, and that it was looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesRadioFilter, DropdownFilter
from unfold.decorators import action, display

from recommender.registry.alert_words import alert_text, alert_title
from recommender.registry.alerts import alerts_done, alerts_open
from recommender.registry.models import Alert
from recsite.admin_marks import counted
from recsite.admin_pages import LogAdmin, confirmation_page

DONE_PERMISSION = "recommender.change_alert"


def alerts_waiting(request: HttpRequest) -> str:
    """How many alerts are open, for the navigation."""
    if not request.user.has_perm("recommender.view_alert"):
        return ""
    waiting = counted(alerts_open())
    return "" if waiting == "0" else waiting


class OpenFilter(DropdownFilter):
    """Open alerts, unless one asks for those that were put away."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("open")), ("done", _("done"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        if self.value() in {"open", "done"}:
            return queryset.filter(done_at__isnull=self.value() == "open")
        return queryset


@admin.register(Alert)
class AlertAdmin(LogAdmin):
    """Raised by the shop itself; people put them away."""

    list_display = ("told", "severity_label", "times", "last_at", "state", "more")
    list_filter = (OpenFilter, ("severity", ChoicesRadioFilter))
    ordering = ("-last_at", "-pk")
    actions = ["put_away"]
    actions_detail = ["put_away_this"]
    fields = (
        "told",
        ("severity", "state"),
        ("raised_at", "last_at", "times"),
        "more",
        ("kind", "arguments"),
    )
    readonly_fields = ("told", "state", "more")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alert]:
        return super().get_queryset(request).select_related("done_by")

    @admin.display(description=_("what happened"))
    def told(self, alert: Alert) -> str:
        return format_html(
            '<span class="rs-excerpt"><b>{}</b><br>{}</span>',
            alert_title(alert),
            alert_text(alert),
        )

    @display(
        description=_("severity"),
        ordering="severity",
        label={1: "info", 2: "warning", 3: "danger"},
    )
    def severity_label(self, alert: Alert) -> tuple[int, str]:
        return alert.severity, alert.get_severity_display()

    @admin.display(description=_("state"), ordering="done_at")
    def state(self, alert: Alert) -> str:
        if alert.done_at is None:
            return str(_("open"))
        by = alert.done_by.get_username() if alert.done_by else "–"
        return str(_("done by %(name)s") % {"name": by})

    @admin.display(description=_("page"))
    def more(self, alert: Alert) -> str:
        if not alert.link:
            return "–"
        return format_html('<a class="rs-link" href="{}">{}</a>', alert.link, _("Look at it"))

    def has_done_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Putting alerts away is a permission of its own, apart from reading them."""
        return bool(request.user.has_perm(DONE_PERMISSION))

    @admin.action(description=_("Done"), permissions=["done"])
    def put_away(self, request: HttpRequest, alerts: QuerySet[Alert]) -> None:
        """Put away those that are ticked."""
        self._say(request, alerts_done(alerts=alerts, by=request.user))  # type: ignore[arg-type]

    @action(description=_("Done…"), icon="check", permissions=["done"], url_path="done")
    def put_away_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Put one away, from its own page after asking, or at once from the overview."""
        alert = self.get_object(request, object_id)
        if alert is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method != "POST":
            return confirmation_page(
                request,
                self,
                action="put_away_this",
                title=alert_title(alert),
                question=_t("It is kept, and raised anew when it happens again."),
                button=_t("Done"),
            )
        self._say(request, alerts_done(alerts=[alert], by=request.user))  # type: ignore[arg-type]
        back = request.POST.get("next", "")
        if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
            back = reverse("admin:recommender_alert_changelist")
        return HttpResponseRedirect(back)

    def _say(self, request: HttpRequest, number: int) -> None:
        text = ngettext("%(n)s alert put away.", "%(n)s alerts put away.", number)
        self.message_user(request, text % {"n": number}, messages.SUCCESS)
