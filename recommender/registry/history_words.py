"""What the history of the models says, made where the reader's language is known."""

from __future__ import annotations

from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recommender.registry.figure_words import shadow_words
from recommender.registry.history import Learnt, Quality
from recommender.registry.online_bounds import OnlineBounds
from recommender.registry.online_watch import OnlineComparison
from recommender.registry.shadow import Comparison


def whole(number: int) -> str:
    """A count with its thousands apart."""
    return number_format(number, force_grouping=True)


def learnt_words(learnt: Learnt) -> str:
    """So many events, from when to when."""
    words = ngettext("%(n)s event", "%(n)s events", learnt.events) % {"n": whole(learnt.events)}
    if learnt.first is not None and learnt.last is not None:
        first, last = (
            date_format(localtime(moment), "DATE_FORMAT") for moment in (learnt.first, learnt.last)
        )
        told = {"events": words, "first": first, "last": last}
        span = (
            _("%(events)s of %(first)s")
            if first == last
            else _("%(events)s from %(first)s to %(last)s")
        )
        words = span % told
    return _("everything anew: %s") % words if learnt.is_all else words


def quality_words(quality: Quality) -> str:
    """What was asked and how well it was answered."""
    figure = number_format(round(quality.ndcg_at_10, 4), 4)
    if quality.error:
        figure += f" ± {number_format(round(quality.error, 4), 4)}"
    told = {"figure": figure, "cases": whole(quality.cases)}
    if quality.asked == "newest":
        return _("NDCG@10 %(figure)s on what %(cases)s shoppers did last") % told
    return _("NDCG@10 %(figure)s on %(cases)s validation cases") % told


def progress_words(found: Comparison, *, days: float, bounds: OnlineBounds) -> str:
    """How far the comparison in shadow is."""
    told = {
        "figures": shadow_words(found.figures()),
        "needed": whole(bounds.shadow_cases),
        "day": max(1, int(days) + 1),
        "days": bounds.shadow_days,
    }
    return _("%(figures)s. It is judged from %(needed)s on; day %(day)s of %(days)s.") % told


def watched_words(found: OnlineComparison, bounds: OnlineBounds) -> str:
    """How the live model does beside the one before it, and whether that counts yet."""
    told = {
        "before": found.before.version,
        "rate": number_format(round(100 * found.fall.now, 2), 2),
        "rate_before": number_format(round(100 * found.fall.before, 2), 2),
        "shown": whole(found.shown.of),
        "needed": whole(bounds.rollback_shown),
        "worse": number_format(round(100 * bounds.rollback_worse, 1), 1),
    }
    if min(found.shown.of, found.shown_before.of) < bounds.rollback_shown:
        return (
            _(
                "Click-through %(rate)s %% against %(rate_before)s %% of %(before)s: too early to "
                "tell, from %(needed)s shown on it counts."
            )
            % told
        )
    return (
        _(
            "Click-through %(rate)s %% against %(rate_before)s %% of %(before)s. When it surely "
            "falls by more than %(worse)s %%, %(before)s serves again by itself."
        )
        % told
    )
