"""Model versions: what each was learnt from, how good it is, and going back to an older one."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesRadioFilter

from recommender.events.models import Snapshot
from recommender.registry.decision_words import decision_words
from recommender.registry.models import ModelVersion
from recommender.registry.served_version_admin import ServedVersionAdmin, flattened
from recommender.registry.versions import model_activate
from recsite.admin_marks import link_to
from recsite.admin_pages import ReadOnlyAdmin
from users.models import User

#: How many ancestors the lineage shows.
ANCESTORS = 8


@admin.register(ModelVersion)
class ModelVersionAdmin(ServedVersionAdmin):
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
    activate = model_activate
    consequence = _(
        "From now on all recommendations come from this version. The one that is live is kept, "
        "and you can come back to it in the same way."
    )
    fields = (
        ("version", "status"),
        ("created_at", "live_since"),
        ("watermark", "seed"),
        "decided",
        "metrics_shown",
        "lineage",
        "settings_shown",
        ("folder", "code_revision"),
        "checksum",
    )
    readonly_fields = ("decided", "metrics_shown", "lineage", "settings_shown")

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

    def switch(self, request: HttpRequest, version: ModelVersion) -> None:
        """Make the version live in the name of whoever asks."""
        assert isinstance(request.user, User)
        model_activate(version=version, code="by-hand", by=request.user)

    @admin.display(description=_("decisions"))
    def decided(self, version: ModelVersion) -> str:
        """What it became, when, by whom and why, oldest first."""
        decisions = version.decisions.select_related("decided_by")
        rows = [
            (
                date_format(localtime(decision.decided_at), "DATETIME_FORMAT"),
                decision.get_status_display(),
                decision_words(decision),
                f" · {decision.decided_by.get_username()}" if decision.decided_by else "",
            )
            for decision in decisions
        ]
        if not rows:
            return "–"
        return format_html_join("", '<p>{} <b>{}</b>: {}<span class="rs-muted">{}</span></p>', rows)

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


def _step(version: ModelVersion) -> str:
    return format_html(
        "<li>{} <span>{}</span></li>", link_to(version), version.get_status_display()
    )


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    """The files that models were trained from."""

    list_display = ("__str__", "rows", "path", "created_at")
    fields = (("after", "watermark"), ("rows", "created_at"), "path", "checksum")
