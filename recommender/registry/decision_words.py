"""What is said about a decision on a model, made where the reader's language is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from recommender.registry.figure_words import (
    Figures,
    online_words,
    reasons_in_words,
    shadow_words,
)
from recommender.registry.models import VersionDecision
from recommender.registry.reason_words import figures_plain, told_or_none


def _reasons(told: Figures) -> str:
    return reasons_in_words(told.get("reasons", []))


WORDS: Mapping[str, Callable[[Figures], str]] = {
    "trained": lambda told: _("trained from the whole log"),
    "growth": lambda told: _("took in new products"),
    "gate-passed": lambda told: _("passed every bound of the gate"),
    "gate-unsure": lambda told: _("the gate was not sure: %s") % _reasons(told),
    "gate-refused": lambda told: _("the gate said no: %s") % _reasons(told),
    "learning-ended": lambda told: (
        _("the run of learning #%s ended before it was decided") % told["run"]
    ),
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
    "erased": lambda told: (
        _("its files were deleted with somebody who was erased (%s): nothing goes back to it")
        % told["receipts"]
    ),
    "damaged": lambda told: _("its files are damaged: %s") % told["error"],
}


def decision_words(decision: VersionDecision) -> str:
    """Why the version became what it is; a reason from another time is shown as it was written."""
    words = told_or_none(WORDS.get(decision.code), decision.figures)
    if words is not None:
        return words
    told = figures_plain(decision.figures)
    return f"{decision.code} ({told})" if told else decision.code
