"""Figures about models in words: what decisions, alerts and pages say of the same thing alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from recommender.registry.proportions import Share
from recommender.registry.reason_words import reason_words

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


def share_words(shown: Share) -> str:
    """A click-through with what it could be by chance."""
    low, high = shown.interval()
    return _("click-through %(rate)s %% (%(low)s to %(high)s), %(clicked)s of %(shown)s shown") % {
        "rate": percent(shown.rate or 0.0, 2),
        "low": percent(low, 2),
        "high": percent(high, 2),
        "clicked": number_format(shown.hits, force_grouping=True),
        "shown": number_format(shown.of, force_grouping=True),
    }


def online_words(told: Figures) -> str:
    """How the click-through of one version fell below that of the one before."""
    return _("click-through %(now)s %% against %(before)s %% before, of %(shown)s shown") % {
        "now": percent(told["rate"], 2),
        "before": percent(told["rate_before"], 2),
        "shown": number_format(told["shown"], force_grouping=True),
    }


def reasons_in_words(reasons: object) -> str:
    """Why something was refused, one reason after the other.

    Each is a text, or a mapping as ``reason_words`` reads it.
    """
    if not isinstance(reasons, list | tuple):
        return str(reasons)
    told = [reason_words(one) if isinstance(one, Mapping) else str(one) for one in reasons]
    return "; ".join(told)
