"""From scores to probabilities: the share of each candidate in its pool, and what it comes to.

The share is a softmax at the temperature that suits held-out answers best. How often a candidate
of such a share was taken is found by isotonic regression (pool adjacent violators, Barlow et al.
1972), which is also how a candidate's absence from the pool enters.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from recommender.contracts import Floats
from recommender.ranking.ranker import RankingCases

Reals = npt.NDArray[np.float64]

#: Scores are multiplied by one of these before the softmax.
TEMPERATURES: Reals = 2.0 ** np.arange(-4.0, 8.01, 0.25)
#: Places of each case that are calibrated; those behind are hardly ever shown.
CALIBRATED_PLACES = 20
KNOTS = 50


@dataclass(frozen=True, slots=True)
class Calibration:
    """``shares`` rise, and so do the ``probabilities`` that belong to them, both (n_knots,)."""

    temperature: float
    shares: Reals
    probabilities: Reals

    def __post_init__(self) -> None:
        knots = (self.shares, self.probabilities)
        if not len(self.shares) or self.shares.shape != self.probabilities.shape:
            raise ValueError("a calibration needs one probability per share")
        if not all(np.isfinite(one).all() and (np.diff(one) >= 0).all() for one in knots):
            raise ValueError("the knots of a calibration must be finite and rise")
        if not np.isfinite(self.temperature) or self.temperature <= 0:
            raise ValueError("the temperature of a calibration must be above zero")

    def share(self, scores: Floats) -> Reals:
        """The softmax over one pool, shape (n_candidates,)."""
        return softmax(scores * self.temperature)

    def probability(self, shares: Reals) -> Reals:
        """How likely a candidate of this share is taken, 0 to 1."""
        found: Reals = np.interp(shares, self.shares, self.probabilities)
        return found

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        plain = {
            "temperature": self.temperature,
            "shares": self.shares.tolist(),
            "probabilities": self.probabilities.tolist(),
        }
        path.write_text(json.dumps(plain))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote."""
        plain = json.loads(path.read_text())
        return cls(
            float(plain["temperature"]),
            np.array(plain["shares"], np.float64),
            np.array(plain["probabilities"], np.float64),
        )


def softmax(scores: Floats | Reals) -> Reals:
    """exp(score) over the sum of all, shape (n,)."""
    if not len(scores):
        return np.zeros(0, np.float64)
    powers = np.exp(np.asarray(scores, np.float64) - scores.max())
    shares: Reals = powers / powers.sum()
    return shares


def best_temperature(scores: Floats, cases: RankingCases) -> float:
    """The factor under which the softmax gives the answers the largest likelihood."""
    found = np.zeros(len(TEMPERATURES))
    for case in np.flatnonzero(cases.answered()):
        rows = slice(cases.bounds[case], cases.bounds[case + 1])
        own, taken = scores[rows].astype(np.float64), cases.gains[rows] > 0
        logits = np.outer(TEMPERATURES, own)
        logits -= logits.max(axis=1, keepdims=True)
        likelihood = np.exp(logits[:, taken]).sum(axis=1) / np.exp(logits).sum(axis=1)
        found += np.log(np.maximum(likelihood, 1e-300))
    return float(TEMPERATURES[int(found.argmax())])


def isotonic(values: Reals, taken: Reals) -> tuple[Reals, Reals]:
    """The rising steps that fit 0/1 outcomes best: mean value and mean outcome of each step."""
    order = np.argsort(values, kind="stable")
    blocks: list[list[float]] = []  # sum of values, sum of outcomes, count
    for value, outcome in zip(values[order].tolist(), taken[order].tolist(), strict=True):
        blocks.append([value, outcome, 1.0])
        while len(blocks) > 1 and blocks[-2][1] * blocks[-1][2] >= blocks[-1][1] * blocks[-2][2]:
            last = blocks.pop()
            blocks[-1] = [one + other for one, other in zip(blocks[-1], last, strict=True)]
    table = np.array(blocks, np.float64)
    return table[:, 0] / table[:, 2], table[:, 1] / table[:, 2]


def calibrate(scores: Floats, cases: RankingCases) -> Calibration:
    """Fit temperature and steps on held-out cases, those without an answer among them too.

    Raises:
        ValueError: there is no case to calibrate on.
    """
    if not len(cases):
        raise ValueError("there are no cases to calibrate on")
    temperature = best_temperature(scores, cases)
    shares, taken = _first_places(scores, cases, temperature, CALIBRATED_PLACES)
    knots, chances = isotonic(shares, taken)
    if len(knots) > KNOTS:
        kept = np.unique(np.linspace(0, len(knots) - 1, KNOTS).round().astype(int))
        knots, chances = knots[kept], chances[kept]
    return Calibration(temperature, knots, chances)


def calibration_errors(
    scores: Floats, cases: RankingCases, calibration: Calibration, *, places: int = 10
) -> tuple[float, float]:
    """Expected calibration error over each case's first places: of the softmax, and calibrated."""
    plain, taken = _first_places(scores, cases, 1.0, places)
    shares, _ = _first_places(scores, cases, calibration.temperature, places)
    return (
        expected_calibration_error(plain, taken),
        expected_calibration_error(calibration.probability(shares), taken),
    )


def expected_calibration_error(chances: Reals, taken: Reals, *, bins: int = 10) -> float:
    """Mean distance between what was said and what came, over bins of equal size.

    Naeini, Cooper and Hauskrecht (2015), with as many predictions in each bin.
    """
    if not len(chances):
        return 0.0
    order = np.argsort(chances, kind="stable")
    error = 0.0
    for part in np.array_split(order, bins):
        if len(part):
            error += len(part) * abs(float(chances[part].mean() - taken[part].mean()))
    return error / len(chances)


def _first_places(
    scores: Floats, cases: RankingCases, temperature: float, places: int
) -> tuple[Reals, Reals]:
    """Shares and outcomes of each case's first places by score."""
    shares: list[Reals] = []
    taken: list[Reals] = []
    for start, end in zip(cases.bounds[:-1], cases.bounds[1:], strict=True):
        own = scores[start:end]
        first = np.argsort(-own, kind="stable")[:places]
        shares.append(softmax(own * temperature)[first])
        taken.append((cases.gains[start:end][first] > 0).astype(np.float64))
    nothing = np.zeros(0, np.float64)
    return np.concatenate([nothing, *shares]), np.concatenate([nothing, *taken])
