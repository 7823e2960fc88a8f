"""Model versions: what each was learnt from, how good it is, and going back to an older one."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesRadioFilter
from unfold.decorators import action

from recommender.events.models import Snapshot
from recommender.registry.decision_words import decision_words
from recommender.registry.figure_words import shadow_words, share_words
from recommender.registry.history_admin import HistoryViews
from recommender.registry.models import ModelVersion
from recommender.registry.online import shown_by
from recommender.registry.publishing import publishing
from recommender.registry.rollback import NothingBeforeError, model_roll_back, rollback_target
from recommender.registry.served_version_admin import flattened
from recommender.registry.shadow import comparison
from recommender.registry.versions import model_activate, model_live
from recsite.admin_marks import link_to
from recsite.admin_pages import ReadOnlyAdmin, confirmation_page
from recsite.locks import BusyError
from users.models import User

#: How many ancestors the lineage shows.
ANCESTORS = 8
#: How long a person waits for a model that is just being published.
PATIENCE_SECONDS = 10.0


@admin.register(ModelVersion)
class ModelVersionAdmin(HistoryViews):
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
    actions_list = ["roll_back"]
    consequence = _(
        "From now on all recommendations come from this version. The one that is live is kept, "
        "and you can come back to it in the same way."
    )
    fields = (
        ("version", "status"),
        ("created_at", "live_since"),
        ("watermark", "seed"),
        "decided",
        "on_live_traffic",
        "metrics_shown",
        "lineage",
        "settings_shown",
        ("folder", "code_revision"),
        "checksum",
    )
    readonly_fields = ("decided", "on_live_traffic", "metrics_shown", "lineage", "settings_shown")

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

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(route, self.admin_site.admin_view(view), name=name)
            for route, view, name in self.history_urls()
        ]
        return [*own, *super().get_urls()]

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

    @admin.display(description=_("on live traffic"))
    def on_live_traffic(self, version: ModelVersion) -> str:
        """What shoppers clicked of it, and how it compares with the live one in shadow."""
        lines = []
        shown = shown_by(version)
        if shown.of:
            lines.append(share_words(shown))
        if version.shadow_rankings.exists():
            found = comparison(version)
            words = _t("in shadow: %s") % shadow_words(found.figures())
            waiting = version.shadow_rankings.filter(taken=None).count()
            if waiting:
                words += " · " + ngettext(
                    "%(n)s ranking waits for its day to end",
                    "%(n)s rankings wait for their day to end",
                    waiting,
                ) % {"n": number_format(waiting, force_grouping=True)}
            lines.append(words)
        return format_html_join("", "<p>{}</p>", ((line,) for line in lines)) if lines else "–"

    @action(
        description=_("Roll back…"),
        icon="settings_backup_restore",
        permissions=["activate"],
        url_path="roll-back",
    )
    def roll_back(self, request: HttpRequest) -> HttpResponse:
        """Asks, and makes the version before live again; what is live now is refused."""
        overview = HttpResponseRedirect(reverse("admin:recommender_modelversion_changelist"))
        live, target = model_live(), rollback_target()
        if live is None or target is None:
            self.message_user(request, _t("There is no version to go back to."), messages.WARNING)
            return overview
        if request.method != "POST":
            return confirmation_page(
                request,
                self,
                action="roll_back",
                title=_t("Roll back to %s") % target.version,
                question=_t(
                    "%(target)s, trained on %(trained)s, then gives all recommendations again. "
                    "%(live)s is refused: it does not come back by itself, only by hand."
                )
                % {
                    "target": target.version,
                    "trained": date_format(localtime(target.created_at), "DATETIME_FORMAT"),
                    "live": live.version,
                },
                button=_t("Roll back"),
                is_danger=True,
            )
        assert isinstance(request.user, User)
        try:
            with publishing(wait_seconds=PATIENCE_SECONDS):
                back = model_roll_back(code="rolled-back-by-hand", by=request.user)
        except BusyError:
            self.message_user(
                request, _t("A model is just being published. Try again."), messages.WARNING
            )
        except NothingBeforeError:
            self.message_user(request, _t("There is no version to go back to."), messages.ERROR)
        else:
            self.log_change(request, back, _t("Rolled back from %s.") % live.version)
            self.message_user(request, _t("%s is live now.") % back.version, messages.SUCCESS)
        return overview

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
