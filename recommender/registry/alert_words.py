"""What alerts say: a title and a sentence for each kind, made where the reader's language is known.

A kind that is not listed here, or one whose arguments are from another time, is shown as it was
written: an alert that reads badly is better than one that nobody sees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recommender.registry.models import Alert

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Words:
    """How one kind of alert is told."""

    title: str | Promise
    #: From the arguments to a sentence or two; may raise KeyError, TypeError or ValueError.
    text: Callable[[Arguments], str]


def reasons_in_words(reasons: object) -> str:
    """Why something was refused, one reason after the other.

    Each is a text, or a mapping with ``code`` and perhaps ``probe``, ``figure`` and ``bound``.
    """
    if not isinstance(reasons, list | tuple):
        return str(reasons)
    told = [_reason_words(one) if isinstance(one, Mapping) else str(one) for one in reasons]
    return "; ".join(told)


def _reason_words(reason: Arguments) -> str:
    words = str(reason["code"]).replace("_", " ")
    if probe := reason.get("probe"):
        words += f" ({probe})"
    if (figure := reason.get("figure")) is None:
        return words
    if (bound := reason.get("bound")) is None:
        return f"{words}: {figure:.4g}"
    return _("%(what)s: %(figure)s, bound %(bound)s") % {
        "what": words,
        "figure": f"{figure:.4g}",
        "bound": f"{bound:.4g}",
    }


def _candidate_refused(told: Arguments) -> str:
    return _("%(version)s was not let through, the live model stays: %(reasons)s.") % {
        "version": told["version"],
        "reasons": reasons_in_words(told["reasons"]),
    }


def _learning_failed(told: Arguments) -> str:
    return _("The step “%(step)s” ended with an error, the live model stays: %(error)s") % {
        "step": told["step"],
        "error": told["error"],
    }


#: Every kind that the code raises.
WORDS: Mapping[str, Words] = {
    "candidate-refused": Words(
        gettext_lazy("A learnt model was refused by the gate"), _candidate_refused
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
    if known:
        try:
            return known.text(alert.arguments)
        except (KeyError, TypeError, ValueError):
            pass
    return ", ".join(f"{name}: {value}" for name, value in alert.arguments.items())
