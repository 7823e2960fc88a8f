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
#: A case counts as new where its target has fewer interactions than this.
NEW_BELOW = 5
#: How many times a new case counts in a search. They are few, so that a search which counts all
#: alike trades them away for noise. On Amazon Beauty's validation (6,000 cases, each half tuned on
#: the other) two gave new cases an NDCG@10 of .050 in place of .040, and all of them .073 in place
#: of .071; three and more cost the others what they gave the new.
NEW_COUNTS = 2.0


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

    def take(self, chosen: npt.NDArray[np.bool_]) -> TuningCases:
        """The cases that a mask names."""
        return TuningCases(self.names, self.scores[:, chosen], self.degrees[chosen])

    def only(self, names: Sequence[str]) -> TuningCases:
        """The cases as these sources score them; raises ValueError for one that is not here."""
        chosen = [self.names.index(name) for name in names]
        return TuningCases(tuple(names), self.scores[chosen], self.degrees)


def gather_cases(
    sources: Mapping[str, CandidateSource],
    histories: Sequence[History],
    targets: Ints,
    knowledge: Floats,
    *,
    depth: int = 150,
    batch: int = 250,
    cells: int = 40_000_000,
) -> TuningCases:
    """Score the cases and keep each source's ``depth`` best items, with the target.

    ``knowledge`` has shape (n_items,). An item outside all of these could outrank the target only
    by many small contributions, so the rank inside is as good as the rank among all. At most
    ``batch`` cases are scored at once, fewer where all sources' scores would pass ``cells``.
    """
    names = tuple(sources)
    batch = max(1, min(batch, cells // max(1, len(names) * len(knowledge))))
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


def gain_at(
    ranks: npt.NDArray[np.float64], at: int, counts: npt.NDArray[np.float64] | None = None
) -> float:
    """NDCG at the cut-off, for ranks that may be halves; ``counts`` weigh the cases."""
    gains = np.where(ranks < at, 1.0 / np.log2(ranks + 2.0), 0.0)
    return float(np.mean(gains) if counts is None else np.average(gains, weights=counts))


def new_cases(cases: TuningCases, half_known: float) -> npt.NDArray[np.bool_]:
    """Which cases ask for an item that hardly anybody has taken, shape (n_cases,)."""
    few: npt.NDArray[np.bool_] = cases.degrees[:, 0] < NEW_BELOW / (NEW_BELOW + half_known) - 1e-6
    return few


def case_counts(new: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """How much each case counts in a search, shape (n_cases,)."""
    return np.where(new, NEW_COUNTS, 1.0)


@dataclass(frozen=True, slots=True)
class Tuned:
    """Weights, the largest of them one, and the validation figures of the whole set of cases."""

    weights: BlendWeights
    ndcg_at_10: float
    trials: int
    #: How many cases asked for an item that is hardly known, and the figure of those alone.
    new_cases: int = 0
    new_ndcg_at_10: float = 0.0


def tune_weights(
    cases: TuningCases,
    start: BlendWeights,
    *,
    at: int = 20,
    searches: int = 5,
    share: float = 0.6,
    max_rounds: int = 8,
    budget_s: float = 60.0,
    seed: int = 0,
) -> Tuned:
    """The mean of several coordinate searches, each on a random ``share`` of the cases.

    Near the optimum validation is flat and a single search follows its noise to some corner; the
    mean of several lands in the middle. A search first moves one weight per source, then those
    for known and new items apart; every coordinate takes the factor that helps NDCG at ``at``
    most, and a round that helps nothing ends the phase. Cases that ask for a new item count
    ``NEW_COUNTS`` times, so that they are not lost among the others. Deterministic unless
    ``budget_s`` ends it.
    """
    deadline = time.monotonic() + budget_s
    rng = np.random.default_rng(seed)
    known = np.zeros(len(cases.names))
    new = np.zeros(len(cases.names))
    trials = 0
    for turn in range(searches):
        chosen = rng.random(len(cases)) < share
        if searches == 1 or not chosen.any():
            chosen[:] = True
        search = _Search(cases.take(chosen), start, at)
        # What is left of the time is shared among the searches still to come.
        until = time.monotonic() + (deadline - time.monotonic()) / (searches - turn)
        search.phase(("both",), max_rounds, until)
        search.phase(("known", "new"), max_rounds, until)
        total = float(search.known.sum() + search.new.sum()) or 1.0
        known += search.known / total
        new += search.new / total
        trials += search.trials
    largest = float(max(known.max(initial=0.0), new.max(initial=0.0))) or 1.0
    weights = BlendWeights(
        {
            name: Weight(round(float(one) / largest, 4), round(float(two) / largest, 4))
            for name, one, two in zip(cases.names, known, new, strict=True)
        },
        start.half_known,
    )
    ranks = pool_ranks(_Search(cases, weights, 10).total)
    new_ones = new_cases(cases, start.half_known)
    return Tuned(
        weights,
        gain_at(ranks, 10),
        trials,
        int(new_ones.sum()),
        gain_at(ranks[new_ones], 10) if new_ones.any() else 0.0,
    )


class _Search:
    def __init__(self, cases: TuningCases, start: BlendWeights, at: int):
        self.cases, self.at = cases, at
        self.counts = case_counts(new_cases(cases, start.half_known))
        absent = Weight(0.0, 0.0)
        self.known = np.array([start.sources.get(n, absent).known for n in cases.names])
        self.new = np.array([start.sources.get(n, absent).new for n in cases.names])
        self.trials = 0
        self.total = self._total()
        self.best = self._gain(self.total)

    def _total(self) -> Floats:
        total = np.zeros(self.cases.degrees.shape, np.float32)
        for source in range(len(self.cases.names)):
            total += self._part(source, "known") * np.float32(self.known[source])
            total += self._part(source, "new") * np.float32(self.new[source])
        return total

    def _gain(self, total: Floats) -> float:
        return gain_at(pool_ranks(total), self.at, self.counts)

    def _part(self, source: int, side: str) -> Floats:
        scores: Floats = self.cases.scores[source]
        if side == "both":
            return scores
        degrees = self.cases.degrees
        return scores * (degrees if side == "known" else np.float32(1.0) - degrees)

    def phase(self, sides: Sequence[str], max_rounds: int, deadline: float) -> None:
        for _ in range(max_rounds):
            before = self.best
            for source in range(len(self.cases.names)):
                for side in sides:
                    if time.monotonic() > deadline:
                        return
                    self._move(source, side)
            # What rounding did to the running total ends here.
            self.total = self._total()
            self.best = self._gain(self.total)
            if self.best <= before + 1e-6:
                return

    def _move(self, source: int, side: str) -> None:
        values = self.new if side == "new" else self.known
        now = float(values[source])
        largest = float(max(self.known.max(), self.new.max()))
        options = [now * f for f in FACTORS] if now else [largest * seed for seed in SEEDS]
        moved = now if side != "both" else float(self.known[source] + self.new[source])
        if now and self.known.sum() + self.new.sum() <= moved:
            return  # the last weight that is left: without it everything ties
        part = self._part(source, side)
        best, chosen = self.best, now
        for option in options:
            self.trials += 1
            gain = self._gain(self.total + part * np.float32(option - now))
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
