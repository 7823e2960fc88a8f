"""What orders the candidates of the blend anew, and the cases from which it learns to.

A ranker sees the sources' contributions beside features of candidate and history. It is learnt,
judged and served behind one protocol; ``RANKERS`` lists what there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol, Self, cast, runtime_checkable

import numpy as np
import numpy.typing as npt

from recommender.contracts import Floats, History, Ints, ItemTable, Longs
from recommender.ranking.blend import Candidate

#: The column of the features that holds the sum of the sources' contributions.
BLEND: Final = "blend"
#: Name to ``module:Class``, imported when it is asked for: one needs torch, the other LightGBM.
RANKERS: Final[Mapping[str, str]] = {
    "none": "recommender.ranking.unranked:Unranked",
    "fusion": "recommender.learning.networks.fusion_ranker:FusionRanker",
    "lambdarank": "recommender.ranking.lambdarank:LambdaRank",
}


@dataclass(frozen=True, slots=True)
class LoggedSlate:
    """A slate that was shown, as its trace has it, and what came of it.

    ``gains`` says how strongly the shopper took each candidate: zero for one that was seen and
    passed over, NaN for one that was not seen. ``answers`` are the items taken and the seconds
    since 1970 at which they were.
    """

    history: History
    candidates: tuple[Candidate, ...]
    gains: Floats  # (len(candidates),)
    answers: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class RankingCases:
    """Questions with their candidates, one candidate a row, case after case.

    ``names`` are the columns of ``features``, shape (n_rows, n_columns). Case c has the rows
    ``bounds[c]`` to ``bounds[c + 1]``, in the blend's order. ``gains`` of shape (n_rows,) is above
    zero for what was taken; where the answer is not among the candidates, all are zero.
    """

    names: tuple[str, ...]
    features: Floats
    bounds: Longs
    items: Ints
    gains: Floats
    histories: tuple[History, ...]

    def __post_init__(self) -> None:
        rows = int(self.bounds[-1])
        if self.features.shape != (rows, len(self.names)) or len(self.histories) != len(self):
            raise ValueError("ranking cases need one history a case and one column a name")
        if self.items.shape != (rows,) or self.gains.shape != (rows,):
            raise ValueError("ranking cases need one item and one gain a row")

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def column(self, name: str) -> Floats:
        """One feature of all rows."""
        column: Floats = self.features[:, self.names.index(name)]
        return column

    def answered(self) -> npt.NDArray[np.bool_]:
        """Which cases have their answer among the candidates, shape (n_cases,)."""
        return np.array(
            [self.gains[a:b].max(initial=0.0) > 0 for a, b in zip(*self._ends(), strict=True)], bool
        )

    def _ends(self) -> tuple[Longs, Longs]:
        return self.bounds[:-1], self.bounds[1:]

    def take(self, cases: npt.NDArray[Any]) -> Self:
        """The cases that a mask or positions name."""
        chosen = np.arange(len(self))[cases]
        rows = [np.arange(self.bounds[case], self.bounds[case + 1]) for case in chosen]
        places = np.concatenate(rows) if rows else np.zeros(0, np.int64)
        lengths = np.array([len(row) for row in rows], np.int64)
        return type(self)(
            self.names,
            self.features[places],
            np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]),
            self.items[places],
            self.gains[places],
            tuple(self.histories[case] for case in chosen),
        )

    @classmethod
    def of(
        cls,
        names: tuple[str, ...],
        features: Sequence[Floats],
        items: Sequence[Sequence[int]],
        gains: Sequence[Floats],
        histories: Sequence[History],
    ) -> Self:
        """Cases from one array each."""
        lengths = [len(one) for one in items]
        return cls(
            names,
            np.concatenate([np.zeros((0, len(names)), np.float32), *features]),
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            np.array([item for one in items for item in one], np.int32),
            np.concatenate([np.zeros(0, np.float32), *gains]).astype(np.float32),
            tuple(histories),
        )

    def joined(self, other: RankingCases) -> Self:
        """These cases and then the others, which have the same columns."""
        if self.names != other.names:
            raise ValueError("cases with different columns cannot be joined")
        return type(self)(
            self.names,
            np.concatenate([self.features, other.features]),
            np.concatenate([self.bounds, other.bounds[1:] + self.bounds[-1]]),
            np.concatenate([self.items, other.items]),
            np.concatenate([self.gains, other.gains]),
            self.histories + other.histories,
        )


@dataclass(frozen=True, slots=True)
class ItemVectors:
    """What is known of the items in vectors of their own, one row an item.

    ``rating`` comes from who took what, ``relation`` from the knowledge graph; a row of zeros
    says that nothing is known. Either may have zero columns.
    """

    rating: Floats
    relation: Floats


@runtime_checkable
class Ranker(Protocol):
    """One way of ordering candidates. Every ranker passes the contract suite in tests/contracts."""

    name: str
    #: The columns that it reads, in order.
    columns: tuple[str, ...]
    #: Whether a score depends on the history itself, or on the features alone.
    reads_history: bool

    def fit(
        self, cases: RankingCases, held_out: RankingCases, vectors: ItemVectors, items: ItemTable
    ) -> None:
        """Learn from the cases that have an answer; ``held_out`` says when to stop."""

    def score(self, features: Floats, items: Ints, history: History) -> Floats:
        """How good each candidate is, shape (n_candidates,): finite, the best highest.

        ``features`` has shape (n_candidates, len(columns)). What one candidate gets depends on its
        features and the history alone, not on the order in which candidates are listed.
        """

    def take_items(self, items: ItemTable) -> None:
        """Know the items that will be asked for; they begin with those of the fit."""

    def save(self, folder: Path) -> None:
        """Write everything that ``load`` needs into an existing, empty folder."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; raises ValueError or OSError for what is broken."""


def ranker_class(name: str) -> type[Ranker]:
    """The class of that name; raises KeyError that lists the known ones."""
    if name not in RANKERS:
        raise KeyError(f"no ranker named {name!r}; known: {', '.join(RANKERS)}")
    module, _, attribute = RANKERS[name].partition(":")
    return cast("type[Ranker]", getattr(import_module(module), attribute))


def scores_of(ranker: Ranker, cases: RankingCases) -> Floats:
    """A ranker's scores for all rows of the cases, shape (n_rows,)."""
    chosen = [cases.names.index(name) for name in ranker.columns]
    features = np.ascontiguousarray(cases.features[:, chosen])
    if not ranker.reads_history:
        return ranker.score(features, cases.items, History.empty())
    parts = [
        ranker.score(features[start:end], cases.items[start:end], history)
        for start, end, history in zip(
            cases.bounds[:-1], cases.bounds[1:], cases.histories, strict=True
        )
    ]
    return np.concatenate([np.zeros(0, np.float32), *parts]).astype(np.float32)


def answer_ranks(scores: Floats, cases: RankingCases) -> npt.NDArray[np.float64]:
    """How many candidates each case places before its best answer, ties counting half.

    Infinite where the answer is not among the candidates. Shape (n_cases,).
    """
    ranks = np.full(len(cases), np.inf)
    for case in np.flatnonzero(cases.answered()):
        start, end = cases.bounds[case], cases.bounds[case + 1]
        own = scores[start:end]
        best = own[cases.gains[start:end] > 0].max()
        ranks[case] = float((own > best).sum()) + 0.5 * (float((own == best).sum()) - 1.0)
    return ranks
