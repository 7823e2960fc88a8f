"""Model versions: what each was learnt from, how good it is, and going back to an older one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesRadioFilter
from unfold.decorators import action, display

from recommender.events.models import Snapshot
from recommender.registry.models import ModelVersion
from recommender.registry.versions import DamagedModelError, model_activate
from recsite.admin_marks import link_to
from recsite.admin_pages import ReadOnlyAdmin, confirmation_page

#: How many ancestors the lineage shows.
ANCESTORS = 8


def flattened(values: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Nested settings or metrics as (dotted name, readable value)."""
    rows: list[tuple[str, str]] = []
    for key, value in values.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping):
            rows.extend(flattened(value, f"{name}."))
        elif isinstance(value, float):
            rows.append((name, number_format(round(value, 4))))
        elif isinstance(value, list):
            rows.append((name, ", ".join(str(part) for part in value)))
        else:
            rows.append((name, str(value)))
    return rows


def definition_list(values: Mapping[str, Any]) -> str:
    """Settings or metrics as a table of two columns."""
    if not values:
        return "–"
    rows = format_html_join("", "<dt>{}</dt><dd>{}</dd>", flattened(values))
    return format_html('<dl class="rs-attributes">{}</dl>', rows)


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    """What serves, what served, and what was refused."""

    list_display = (
        "version",
        "status_label",
        "headline",
        "watermark",
        "parent",
        "created_at",
        "live_since",
    )
    list_filter = (("status", ChoicesRadioFilter),)
    list_select_related = ("parent",)
    search_fields = ("version", "code_revision")
    actions_detail = ["make_live"]
    fields = (
        ("version", "status"),
        ("created_at", "live_since"),
        ("watermark", "seed"),
        "metrics_shown",
        "lineage",
        "settings_shown",
        ("folder", "code_revision"),
        "checksum",
    )
    readonly_fields = ("metrics_shown", "lineage", "settings_shown")

    @display(
        description=_("status"),
        ordering="status",
        label={"live": "success", "candidate": "info", "retired": "default", "refused": "danger"},
    )
    def status_label(self, version: ModelVersion) -> tuple[str, str]:
        return version.status, version.get_status_display()

    @admin.display(description=_("quality"))
    def headline(self, version: ModelVersion) -> str:
        """The metrics that one looks for first: those of the blend, or the first few."""
        ranking = version.metrics.get("ranking") or {}
        # What the ranker that serves reached says more than what the blend was tuned to.
        told = ranking.get(ranking.get("chosen", ""), version.metrics)
        rows = [row for row in flattened(told) if "_at_" in row[0]]
        preferred = [row for row in rows if row[0].startswith("blend")] or rows
        shown = [(name.rpartition(".")[2], value) for name, value in preferred[:2]]
        return format_html_join(
            " ", '<span class="rs-metric"><b>{1}</b> {0}</span>', shown
        ) if shown else "–"  # fmt: skip

    @admin.display(description=_("metrics"))
    def metrics_shown(self, version: ModelVersion) -> str:
        return definition_list(version.metrics)

    @admin.display(description=_("settings"))
    def settings_shown(self, version: ModelVersion) -> str:
        return definition_list(version.settings)

    @admin.display(description=_("lineage"))
    def lineage(self, version: ModelVersion) -> str:
        """From the oldest ancestor that is shown to this version's children."""
        line: list[ModelVersion] = []
        parent = version.parent
        while parent is not None and len(line) < ANCESTORS and parent not in line:
            line.append(parent)
            parent = parent.parent
        older = [_step(v) for v in reversed(line)]
        newer = [_step(v) for v in version.children.order_by("created_at")[:ANCESTORS]]
        here = format_html(
            '<li class="is-here">{} <span>{}</span></li>',
            version.version,
            version.get_status_display(),
        )
        steps = format_html_join("", "{}", ((step,) for step in [*older, here, *newer]))
        return format_html('<ol class="rs-lineage">{}</ol>', steps)

    def has_activate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Switching models is a permission of its own, apart from looking at them."""
        return bool(request.user.has_perm("recommender.change_modelversion"))

    @action(
        description=_("Make live…"),
        icon="rocket_launch",
        permissions=["activate"],
        url_path="make-live",
    )
    def make_live(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks, checks the files, and switches; a damaged version is refused."""
        version = self.get_object(request, object_id)
        if version is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        back = HttpResponseRedirect(
            reverse("admin:recommender_modelversion_change", args=[version.pk])
        )
        if version.status == ModelVersion.Status.LIVE:
            self.message_user(request, _t("This version is live already."), messages.INFO)
            return back
        if request.method != "POST":
            return confirmation_page(
                request,
                self,
                action="make_live",
                title=_t("Make %s live") % version.version,
                question=_t(
                    "From now on all recommendations come from this version. The one that is "
                    "live is kept, and you can come back to it in the same way."
                ),
                button=_t("Make live"),
            )
        try:
            model_activate(version=version)
        except DamagedModelError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.log_change(request, version, _t("Made live."))
            self.message_user(request, _t("%s is live now.") % version.version, messages.SUCCESS)
        return back


def _step(version: ModelVersion) -> str:
    return format_html(
        "<li>{} <span>{}</span></li>", link_to(version), version.get_status_display()
    )


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    """The files that models were trained from."""

    list_display = ("__str__", "rows", "path", "created_at")
    fields = (("after", "watermark"), ("rows", "created_at"), "path", "checksum")
