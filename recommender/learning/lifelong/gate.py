"""The gate: whether a candidate replaces the live model, is tried beside it, or is refused."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from recommender.learning.lifelong.bounds import Bounds
from recommender.learning.lifelong.probe_names import NEWEST, SEGMENT, WINDOW
from recommender.registry.proportions import wilson

if TYPE_CHECKING:
    from recommender.learning.lifelong.drift import Drift
    from recommender.learning.lifelong.evaluation import Evaluation, Shown
    from recommender.learning.lifelong.window_shape import WindowShape

Reals = npt.NDArray[np.float64]


class Outcome(StrEnum):
    """What becomes of a candidate."""

    PROMOTE = "promote"
    SHADOW = "shadow"
    REFUSE = "refuse"


class Code(StrEnum):
    """Why; those up to LABELS_BY_CHANCE refuse, those up to DRIFTED ask for a shadow."""

    FELL = "fell"
    CONCENTRATED = "concentrated"
    FEWER_PRODUCTS = "fewer_products"
    PRODUCT_SURGE = "product_surge"
    SHOPPER_SURGE = "shopper_surge"
    LABELS_BY_CHANCE = "labels_by_chance"
    TOO_FEW_CASES = "too_few_cases"
    PERHAPS_FELL = "perhaps_fell"
    DRIFTED = "drifted"
    HELD = "held"


OUTCOMES = {
    Code.TOO_FEW_CASES: Outcome.SHADOW,
    Code.PERHAPS_FELL: Outcome.SHADOW,
    Code.DRIFTED: Outcome.SHADOW,
    Code.HELD: Outcome.PROMOTE,
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that spoke for the outcome: a figure and the bound that it was held against.

    ``probe`` is a probe's name or, for a drift, the measure's; ``subject`` the external id of a
    product that is spoken of. Falls are negative figures, and relative.
    """

    code: Code
    probe: str
    figure: float
    bound: float
    subject: str = ""

    @property
    def outcome(self) -> Outcome:
        """What this reason alone leads to."""
        return OUTCOMES.get(self.code, Outcome.REFUSE)

    def as_json(self) -> dict[str, Any]:
        """Plain values, rounded."""
        return {
            "code": self.code.value,
            "probe": self.probe,
            "figure": round(self.figure, 6),
            "bound": round(self.bound, 6),
            "subject": self.subject,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Read what ``as_json`` made."""
        return cls(**{**stored, "code": Code(stored["code"])})


@dataclass(frozen=True, slots=True)
class Decision:
    """The gate's word, and every reason for it, those that weigh most first."""

    outcome: Outcome
    reasons: tuple[Reason, ...]


def gate_decide(
    before: Evaluation, after: Evaluation, drift: Drift, bounds: Bounds | None = None
) -> Decision:
    """Hold a candidate against the live model, which was asked the same probes.

    A probe with enough cases that falls by more than its bound, beyond statistical doubt, refuses;
    so do lists that concentrate and a window that cannot be honest. Too few newest cases, a fall
    that may pass its bound, and a large drift ask for a shadow. Raises ValueError where the two
    evaluations were not asked the same.
    """
    held = bounds or Bounds()
    reasons = [
        *_window_reasons(drift.window, held),
        *_shown_reasons(before.shown, after.shown, held),
        *_probe_reasons(before, after, held),
        *_drift_reasons(drift, held),
    ]
    rank = list(Outcome)
    reasons.sort(key=lambda reason: -rank.index(reason.outcome))
    if not reasons:
        change = relative_change(before, after, NEWEST)
        reasons = [Reason(Code.HELD, NEWEST, change, -held.newest)]
    return Decision(reasons[0].outcome, tuple(reasons))


def relative_change(before: Evaluation, after: Evaluation, probe: str) -> float:
    """By how much NDCG@10 of a probe rose (or fell, negative), relative to what it was.

    From nothing to something counts as doubled, so that the figure is always a number.
    """
    was, became = before.probes[probe].ndcg_at_10, after.probes[probe].ndcg_at_10
    if not was:
        return 1.0 if became else 0.0
    return became / was - 1.0


def probe_bound(probe: str, bounds: Bounds) -> float:
    """The bound of a probe by its name."""
    if probe.startswith(WINDOW):
        return bounds.old_windows
    if probe.startswith(SEGMENT):
        return bounds.segment
    found: float = getattr(bounds, probe)
    return found


def surely_below_zero(values: Reals, doubt: float) -> bool:
    """Whether the mean lies below zero at ``doubt`` standard errors."""
    if len(values) < 2:
        return False
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return bool(np.mean(values) + doubt * error < 0)


def _probe_reasons(before: Evaluation, after: Evaluation, bounds: Bounds) -> Iterator[Reason]:
    if set(before.probes) != set(after.probes):
        raise ValueError("the two evaluations were not asked the same probes")
    judged = [name for name, own in before.probes.items() if len(own) >= bounds.least_cases]
    if NEWEST not in judged:
        newest = before.probes.get(NEWEST)
        cases = len(newest) if newest else 0
        yield Reason(Code.TOO_FEW_CASES, NEWEST, cases, bounds.least_cases)
    # Several probes are looked at, each of which may fall by chance (Bonferroni).
    certain = _deviations(bounds.confidence, max(1, len(judged)))
    likely = _deviations(bounds.confidence, 1)
    for name in judged:
        was, became = before.probes[name].gains, after.probes[name].gains
        if len(was) != len(became):
            raise ValueError(f"the two evaluations were asked different cases of {name}")
        bound = probe_bound(name, bounds)
        change = relative_change(before, after, name)
        # The ratio of two means lies below 1 - bound where this difference lies below zero.
        if surely_below_zero(became - (1.0 - bound) * was, certain):
            yield Reason(Code.FELL, name, change, -bound)
        elif (
            # Single windows are many, and judged together as old windows.
            not name.startswith(WINDOW)
            and change < -bound
            and surely_below_zero(became - was, likely)
        ):
            yield Reason(Code.PERHAPS_FELL, name, change, -bound)


def _deviations(confidence: float, looks: int) -> float:
    """Standard errors that one side must be away, at this confidence over all looks."""
    return NormalDist().inv_cdf(1.0 - (1.0 - confidence) / looks)


def _shown_reasons(before: Shown, after: Shown, bounds: Bounds) -> Iterator[Reason]:
    if min(before.lists, after.lists) < bounds.least_cases:
        return
    rise = after.top_share - before.top_share
    if rise > bounds.concentration:
        yield Reason(
            Code.CONCENTRATED, "", after.top_share, before.top_share + bounds.concentration,
            after.most_shown,
        )  # fmt: skip
    if before.products and after.products < before.products * (1.0 - bounds.products):
        change = after.products / before.products - 1.0
        yield Reason(Code.FEWER_PRODUCTS, "", change, -bounds.products)


def _window_reasons(window: WindowShape | None, bounds: Bounds) -> Iterator[Reason]:
    if window is None:
        return
    deviations = _deviations(bounds.confidence, 3)
    for code, share, earlier, subject in (
        (Code.PRODUCT_SURGE, window.item_share, window.item_share_before, window.item),
        (Code.SHOPPER_SURGE, window.shopper_share, window.shopper_share_before, ""),
    ):
        bound = max(bounds.window_share, bounds.window_surge * earlier)
        if least_share(share, window.interactions, deviations) > bound:
            yield Reason(code, "", share, bound, subject)
    least = (1.0 - bounds.coherence) * window.coherence_before
    if window.coherence + deviations * window.coherence_error < least:
        yield Reason(Code.LABELS_BY_CHANCE, "", window.coherence, least)


def least_share(share: float, count: int, deviations: float) -> float:
    """The least that a share of ``count`` may be in truth; zero of nothing."""
    return wilson(share, count, deviations)[0] if count else 0.0


def _drift_reasons(drift: Drift, bounds: Bounds) -> Iterator[Reason]:
    for measure in drift.measures:
        if measure.beyond_chance and measure.figure > bounds.drift:
            yield Reason(Code.DRIFTED, measure.name, measure.figure, bounds.drift)
