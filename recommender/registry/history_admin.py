"""The history of the models as a page of the admin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recommender.registry.decision_words import decision_words
from recommender.registry.families import root_of
from recommender.registry.figure_words import percent, share_words
from recommender.registry.gate_bounds import online_bounds
from recommender.registry.history import Chapter, Quality, chapters_read, learnt_of, learnt_versions
from recommender.registry.history_words import (
    learnt_words,
    progress_words,
    quality_words,
    watched_words,
    whole,
)
from recommender.registry.models import ModelVersion, VersionDecision
from recommender.registry.online_bounds import OnlineBounds
from recommender.registry.online_watch import online_compare
from recommender.registry.proportions import Share
from recommender.registry.rollback import rollback_target
from recommender.registry.served_version_admin import ServedVersionAdmin
from recommender.registry.shadow import comparison, shadow_since
from recommender.registry.versions import Status, model_live, model_shadowing
from recsite.charts import Curve, Measured, curve

PER_PAGE = 20
TONES = {
    Status.LIVE: "good",
    Status.SHADOW: "weak",
    Status.CANDIDATE: "fine",
    Status.REFUSED: "poor",
}
#: Standard errors within which 95 of 100 figures lie.
TWO_SIDED = 1.96


class HistoryViews(ServedVersionAdmin):
    """The page of the history; the list of versions carries it."""

    def history_urls(self) -> list[tuple[str, Callable[..., HttpResponse], str]]:
        """Routes, views and names."""
        return [("history/", self.models_history_view, "recommender_model_history")]

    def models_history_view(self, request: HttpRequest) -> HttpResponse:
        """Versions over time: curves, what each learnt, what was decided and why."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        page = Paginator(learnt_versions(), PER_PAGE).get_page(request.GET.get("p"))
        chapters = chapters_read(list(page.object_list))
        # From left to right as time goes by.
        drawn = list(reversed(chapters))
        bounds = online_bounds()
        may_switch = request.user.has_perm("recommender.change_modelversion")
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": _("Model history"),
            "page": page,
            "chapters": [_told(chapter) for chapter in chapters],
            "charts": _charts(drawn) if drawn else [],
            "first_day": _day(drawn[0]) if drawn else "",
            "last_day": _day(drawn[-1]) if drawn else "",
            "live": _live(bounds),
            "shadow": _shadow(bounds),
            "target": rollback_target() if may_switch else None,
        }
        return TemplateResponse(request, "recommender/admin/model_history.html", context)


def _live(bounds: OnlineBounds) -> dict[str, Any] | None:
    """What serves, since when, from what, and how it does beside the one before."""
    version = model_live()
    if version is None:
        return None
    root = ModelVersion.objects.filter(version=root_of(version)).first()
    learnt = learnt_of(root.settings) if root else None
    watched = online_compare()
    return {
        "version": version,
        "learnt": learnt_words(learnt) if learnt else "",
        "watched": watched_words(watched, bounds) if watched else "",
    }


def _shadow(bounds: OnlineBounds) -> dict[str, Any] | None:
    """How far the comparison in shadow is."""
    version = model_shadowing()
    if version is None:
        return None
    found = comparison(version)
    days = (timezone.now() - shadow_since(version)) / timedelta(days=1)
    return {
        "version": version,
        "words": progress_words(found, days=days, bounds=bounds),
        "percent": f"{min(100, 100 * found.cases / max(1, bounds.shadow_cases)):.0f}",
    }


def _told(chapter: Chapter) -> dict[str, Any]:
    """A model in words."""
    version = chapter.version
    status = Status.LIVE if chapter.is_live else Status(version.status)
    # The one that grew last may serve, or have been left, for all of them.
    if not chapter.is_live and chapter.decisions:
        status = Status(chapter.decisions[-1].status)
    return {
        "version": version,
        "is_live": chapter.is_live,
        "status": status.label,
        "tone": TONES.get(status, "muted"),
        "learnt": learnt_words(chapter.learnt) if chapter.learnt else "",
        "quality": quality_words(chapter.quality) if chapter.quality else "",
        "shown": share_words(chapter.shown) if chapter.shown.of else "",
        "growths": ngettext(
            "Took in new products %(n)s time since.",
            "Took in new products %(n)s times since.",
            chapter.growths,
        )
        % {"n": whole(chapter.growths)}
        if chapter.growths
        else "",
        "decisions": [_decision(decision) for decision in chapter.decisions],
    }


def _decision(decision: VersionDecision) -> dict[str, Any]:
    status = Status(decision.status)
    return {
        "at": localtime(decision.decided_at),
        "status": status.label,
        "tone": TONES.get(status, "muted"),
        "words": decision_words(decision),
        "by": decision.decided_by.get_username() if decision.decided_by else "",
    }


def _charts(chapters: Sequence[Chapter]) -> list[dict[str, Any]]:
    """The two curves, with what each dot says."""
    newest, validation = (
        [_measured(c.quality) if c.quality and c.quality.asked == asked else None for c in chapters]
        for asked in ("newest", "validation")
    )
    clicks = [_rate(chapter.shown) for chapter in chapters]
    return [
        _chart(
            _("Clicks of what was shown (%)"),
            _("Of a hundred products shown in home slates, so many were clicked."),
            _("No click has been counted yet."),
            chapters,
            clicks,
            lambda value: f"{percent(value, 2)} %",
        ),
        _chart(
            _("Before going live: what shoppers did last (NDCG@10)"),
            _("How high what shoppers took next stood in the lists, asked before it was learnt."),
            _("No update has been examined yet."),
            chapters,
            newest,
            _plain,
        ),
        _chart(
            _("Full trainings: validation (NDCG@10)"),
            _("The same for each shopper's last interaction, kept apart in a full training."),
            _("No full training has been validated yet."),
            chapters,
            validation,
            _plain,
        ),
    ]


def _chart(
    title: str,
    note: str,
    empty: str,
    chapters: Sequence[Chapter],
    values: Sequence[Measured | None],
    words: Callable[[float], str],
) -> dict[str, Any]:
    drawn: Curve = curve(values)
    dots = []
    for dot in drawn.dots:
        chapter, value = chapters[dot.place], values[dot.place]
        assert value is not None
        label = f"{chapter.version.version}, {_day(chapter)}: {words(value.value)}"
        if value.low < value.high:
            label += " " + _("(%(low)s to %(high)s)") % {
                "low": words(value.low),
                "high": words(value.high),
            }
        dots.append(
            {
                "dot": dot,
                "pk": chapter.version.pk,
                "is_live": chapter.is_live,
                "is_refused": chapter.version.status == Status.REFUSED,
                "has_interval": value.low < value.high,
                "label": label,
            }
        )
    return {
        "title": title,
        "note": note,
        "empty": empty,
        "dots": dots,
        "path": drawn.path,
        "grid": [(place, words(value)) for place, value in drawn.grid],
    }


def _rate(shown: Share) -> Measured | None:
    return Measured(shown.hits / shown.of, *shown.interval()) if shown.of else None


def _measured(quality: Quality) -> Measured:
    by_chance = TWO_SIDED * (quality.error or 0.0)
    value = quality.ndcg_at_10
    return Measured(value, max(0.0, value - by_chance), value + by_chance)


def _plain(value: float) -> str:
    return number_format(round(value, 4), 4)


def _day(chapter: Chapter) -> str:
    return date_format(localtime(chapter.version.created_at), "DATE_FORMAT")
