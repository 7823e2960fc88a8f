"""What is said about a decision on a model, made where the reader's language is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from recommender.registry.alert_words import reasons_in_words
from recommender.registry.models import VersionDecision

Figures = Mapping[str, Any]


def percent(share: float, digits: int = 1) -> str:
    """A share of one as a reader sees it; the sign of percent is part of the sentence."""
    return number_format(round(100 * share, digits), digits)


def shadow_words(told: Figures) -> str:
    """How often each model had named what shoppers then took."""
    return _("live named it %(live)s times, the new one %(shadow)s times, of %(cases)s") % {
        "live": number_format(told["live_hits"], force_grouping=True),
        "shadow": number_format(told["shadow_hits"], force_grouping=True),
        "cases": number_format(told["cases"], force_grouping=True),
    }


def online_words(told: Figures) -> str:
    """How the click-through of one version fell below that of the one before."""
    return _("click-through %(now)s %% against %(before)s %% before, of %(shown)s shown") % {
        "now": percent(told["rate"], 2),
        "before": percent(told["rate_before"], 2),
        "shown": number_format(told["shown"], force_grouping=True),
    }


def _reasons(told: Figures) -> str:
    return reasons_in_words(told.get("reasons", []))


WORDS: Mapping[str, Callable[[Figures], str]] = {
    "trained": lambda told: _("trained from the whole log"),
    "growth": lambda told: _("took in new products"),
    "gate-passed": lambda told: _("passed every bound of the gate"),
    "gate-unsure": lambda told: _("the gate was not sure: %s") % _reasons(told),
    "gate-refused": lambda told: _("the gate said no: %s") % _reasons(told),
    "replaced": lambda told: _("%s took its place") % told["by"],
    "replaced-in-shadow": lambda told: _("%s is compared instead") % told["by"],
    "overtaken": lambda told: _("%s went live meanwhile") % told["by"],
    "shadow-passed": lambda told: _("as good on live traffic: %s") % shadow_words(told),
    "shadow-worse": lambda told: _("worse on live traffic: %s") % shadow_words(told),
    "shadow-undecided": lambda told: (
        _("too little to tell after %(days)s days: %(figures)s")
        % {"days": told["days"], "figures": shadow_words(told)}
    ),
    "rolled-back": lambda told: _("rolled back: %s") % online_words(told),
    "rolled-back-by-hand": lambda told: _("rolled back by hand"),
    "went-back": lambda told: _("back in the place of %s") % told["from"],
    "by-hand": lambda told: _("made live by hand"),
    "damaged": lambda told: _("its files are damaged: %s") % told["error"],
}


def decision_words(decision: VersionDecision) -> str:
    """Why the version became what it is; a reason from another time is shown as it was written."""
    words = WORDS.get(decision.code)
    if words is not None:
        try:
            return words(decision.figures)
        except (KeyError, TypeError, ValueError):
            pass
    told = ", ".join(f"{name}: {value}" for name, value in decision.figures.items())
    return f"{decision.code} ({told})" if told else decision.code
