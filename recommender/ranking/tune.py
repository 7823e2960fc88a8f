"""Blend weights by coordinate search on validation cases."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.contracts import CandidateSource, Floats, History, Ints, Longs
from recommender.ranking.blend import BlendWeights, Weight, row_scaled

#: What a weight is multiplied by in turn; a weight of zero tries SEEDS of the largest one.
FACTORS = (0.0, 0.4, 0.7, 0.9, 1.1, 1.4, 2.5)
SEEDS = (0.05, 0.2, 0.6, 1.2)


@dataclass(frozen=True, slots=True)
class TuningCases:
    """Validation cases reduced to the items that some source ranks high.

    ``scores`` has shape (n_sources, n_cases, width), row-scaled, the target in column zero and
    zeros where a case has fewer items; ``degrees`` of shape (n_cases, width) says how well each
    item is known.
    """

    names: tuple[str, ...]
    scores: Floats
    degrees: Floats

    def __len__(self) -> int:
        return int(self.degrees.shape[0])


def gather_cases(
    sources: Mapping[str, CandidateSource],
    histories: Sequence[History],
    targets: Ints,
    knowledge: Floats,
    *,
    depth: int = 150,
    batch: int = 250,
) -> TuningCases:
    """Score the cases and keep each source's ``depth`` best items, with the target.

    ``knowledge`` has shape (n_items,). An item outside all of these could outrank the target only
    by many small contributions, so the rank inside is as good as the rank among all.
    """
    names = tuple(sources)
    scored: list[Floats] = []
    degrees: list[Floats] = []
    for start in range(0, len(histories), batch):
        asked = histories[start : start + batch]
        rows = np.arange(len(asked))
        full = [row_scaled(sources[name].score(asked)) for name in names]
        wanted = np.zeros(full[0].shape, bool)
        for score in full:
            count = min(depth, score.shape[1])
            best = np.argpartition(-score, count - 1, axis=1)[:, :count]
            np.put_along_axis(wanted, best, True, axis=1)
        wanted[rows, targets[start : start + batch]] = False
        width = int(wanted.sum(axis=1).max(initial=0)) + 1
        # A stable sort brings the wanted items of each row to its front.
        columns = np.argsort(~wanted, axis=1, kind="stable")[:, : width - 1]
        columns = np.concatenate([targets[start : start + batch, None], columns], axis=1)
        real = np.take_along_axis(wanted, columns, axis=1)
        real[:, 0] = True
        scored.append(
            np.stack([np.take_along_axis(score, columns, axis=1) * real for score in full])
        )
        degrees.append(knowledge[columns])
    width = max((part.shape[1] for part in degrees), default=1)
    return TuningCases(
        names,
        np.concatenate([_padded(part, width) for part in scored], axis=1),
        np.concatenate([_padded(part, width) for part in degrees], axis=0),
    )


def _padded(part: Floats, width: int) -> Floats:
    missing = [(0, 0)] * (part.ndim - 1) + [(0, width - part.shape[-1])]
    return np.pad(part, missing)


def pool_ranks(total: Floats) -> npt.NDArray[np.float64]:
    """Rank of column zero in each row, items that tie with it counting half."""
    own = total[:, :1]
    above = np.asarray((total[:, 1:] > own).sum(axis=1), np.float64)
    return above + 0.5 * np.asarray((total[:, 1:] == own).sum(axis=1), np.float64)


def gain_at(ranks: npt.NDArray[np.float64], at: int) -> float:
    """NDCG at the cut-off, for ranks that may be halves."""
    return float(np.mean(np.where(ranks < at, 1.0 / np.log2(ranks + 2.0), 0.0)))


@dataclass(frozen=True, slots=True)
class Tuned:
    """Weights and the validation figure that they reached."""

    weights: BlendWeights
    ndcg: float
    trials: int
    rounds: int


def tune_weights(
    cases: TuningCases,
    start: BlendWeights,
    *,
    at: int = 10,
    max_rounds: int = 8,
    budget_s: float = 60.0,
) -> Tuned:
    """Coordinate search from ``start``: first one weight per source, then known and new apart.

    Each coordinate takes the factor that helps most; a round that helps nothing, ``max_rounds``
    or the time ends a phase. Deterministic unless the time ends it.
    """
    deadline = time.monotonic() + budget_s
    search = _Search(cases, start, at)
    search.phase(("both",), max_rounds, deadline)
    search.phase(("known", "new"), max_rounds, deadline)
    found = {
        name: Weight(float(known), float(new))
        for name, known, new in zip(cases.names, search.known, search.new, strict=True)
    }
    return Tuned(BlendWeights(found, start.half_known), search.best, search.trials, search.rounds)


class _Search:
    def __init__(self, cases: TuningCases, start: BlendWeights, at: int):
        self.cases, self.at = cases, at
        absent = Weight(0.0, 0.0)
        self.known = np.array([start.sources.get(n, absent).known for n in cases.names])
        self.new = np.array([start.sources.get(n, absent).new for n in cases.names])
        self.trials = self.rounds = 0
        self.total = self._total()
        self.best = gain_at(pool_ranks(self.total), at)

    def _total(self) -> Floats:
        total = np.zeros(self.cases.degrees.shape, np.float32)
        for source in range(len(self.cases.names)):
            total += self._part(source, "known") * np.float32(self.known[source])
            total += self._part(source, "new") * np.float32(self.new[source])
        return total

    def _part(self, source: int, side: str) -> Floats:
        scores: Floats = self.cases.scores[source]
        if side == "both":
            return scores
        degrees = self.cases.degrees
        return scores * (degrees if side == "known" else np.float32(1.0) - degrees)

    def phase(self, sides: Sequence[str], max_rounds: int, deadline: float) -> None:
        for _ in range(max_rounds):
            before = self.best
            self.rounds += 1
            for source in range(len(self.cases.names)):
                for side in sides:
                    if time.monotonic() > deadline:
                        return
                    self._move(source, side)
            # What rounding did to the running total ends here.
            self.total = self._total()
            self.best = gain_at(pool_ranks(self.total), self.at)
            if self.best <= before + 1e-6:
                return

    def _move(self, source: int, side: str) -> None:
        values = self.new if side == "new" else self.known
        now = float(values[source])
        largest = float(max(self.known.max(), self.new.max()))
        options = [now * f for f in FACTORS] if now else [largest * seed for seed in SEEDS]
        part = self._part(source, side)
        best, chosen = self.best, now
        for option in options:
            self.trials += 1
            gain = gain_at(pool_ranks(self.total + part * np.float32(option - now)), self.at)
            if gain > best:
                best, chosen = gain, option
        if chosen != now:
            self.total += part * np.float32(chosen - now)
            self.best = best
            if side in ("both", "known"):
                self.known[source] = chosen
            if side in ("both", "new"):
                self.new[source] = chosen


def popularity_of(items: Ints, n_items: int) -> Longs:
    """Interactions per item, shape (n_items,)."""
    return np.bincount(items, minlength=n_items).astype(np.int64)
