"""What alerts say: a title and a sentence for each kind, made where the reader's language is known.

A kind that is not listed here, or one whose arguments are from another time, is shown as it was
written: an alert that reads badly is better than one that nobody sees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recommender.registry.figure_words import Figures, online_words, reasons_in_words, shadow_words
from recommender.registry.models import Alert
from recommender.registry.reason_words import figures_plain, told_or_none


@dataclass(frozen=True, slots=True)
class Words:
    """How one kind of alert is told."""

    title: str | Promise
    #: From the arguments to a sentence or two; may raise KeyError, TypeError or ValueError.
    text: Callable[[Figures], str]


def _candidate_refused(told: Figures) -> str:
    return _("%(version)s was not let through, the live model stays: %(reasons)s.") % {
        "version": told["version"],
        "reasons": reasons_in_words(told["reasons"]),
    }


def _learning_failed(told: Figures) -> str:
    return _("The step “%(step)s” ended with an error, the live model stays: %(error)s") % {
        "step": told["step"],
        "error": told["error"],
    }


def _shadow_refused(told: Figures) -> str:
    return _("%(version)s is kept out: %(figures)s.") % {
        "version": told["version"],
        "figures": shadow_words(told),
    }


def _rolled_back(told: Figures) -> str:
    return _("%(back)s serves again in the place of %(version)s: %(figures)s.") % {
        "back": told["back"],
        "version": told["version"],
        "figures": online_words(told),
    }


#: Every kind that the code raises.
WORDS: Mapping[str, Words] = {
    "candidate-refused": Words(
        gettext_lazy("A learnt model was refused by the gate"), _candidate_refused
    ),
    "rolled-back": Words(
        gettext_lazy("Shoppers clicked less: the model before serves again"), _rolled_back
    ),
    "shadow-worse": Words(
        gettext_lazy("The model in shadow did worse than the live one"), _shadow_refused
    ),
    "shadow-undecided": Words(
        gettext_lazy("The model in shadow could not show that it is as good"), _shadow_refused
    ),
    "learning-failed": Words(gettext_lazy("Learning failed"), _learning_failed),
}


def alert_title(alert: Alert) -> str:
    """What happened, in a few words."""
    known = WORDS.get(alert.kind)
    return str(known.title) if known else alert.kind


def alert_text(alert: Alert) -> str:
    """What happened and why, in a sentence or two."""
    known = WORDS.get(alert.kind)
    text = told_or_none(known.text if known else None, alert.arguments)
    return figures_plain(alert.arguments) if text is None else text
