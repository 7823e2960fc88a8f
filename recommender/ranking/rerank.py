"""Reranking the first candidates by how likely a language model finds their titles.

Who gets it is decided by a gate that was learnt on validation, how much by a budget in
milliseconds; every slate says what became of it. The model itself is behind ``TitleReader``:
nothing here needs torch.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol, Self

import numpy as np

from recommender.contracts import Floats, History, Longs
from recommender.ranking.blend import Candidate

#: The name under which the model's part of a score stands beside the sources'.
SOURCE = "language_model"
#: Candidates that are read, best first, and the newest titles of the history before them.
CANDIDATES = 10
HISTORY = 5
#: What a place is worth. Places and not scores are weighed against likelihoods: the blend's sums
#: and a ranker's chances have scales of their own, and a gate holds for both.
STEP = 1 / CANDIDATES
#: Fewer are not worth reading: there is nothing to choose from.
CANDIDATES_AT_LEAST = 3
#: With fewer interactions than this an item counts as cold.
COLD_BELOW = 5


class TitleReader(Protocol):
    """A language model that reads titles."""

    def keep_measured(self) -> None:
        """Measure the speed anew where the last measure is old."""

    def read_priors(self, titles: Sequence[str], *, seconds: float) -> int:
        """Read priors ahead for at most so long; returns how many are left unread."""

    def estimated_ms(self, history: Sequence[str], titles: Sequence[str]) -> float:
        """What ``likelihoods`` would take, from the speed that was measured."""

    def likelihoods(self, history: Sequence[str], titles: Sequence[str]) -> tuple[Floats, Floats]:
        """Mean natural log probability of each title's tokens, shape (len(titles),) each.

        Behind the titles of the history (oldest first), and behind no history: the title's prior.
        """


class Outcome(StrEnum):
    """What became of reranking a slate."""

    USED = "used"
    #: Validation never said whom it helps.
    UNMEASURED = "unmeasured"
    #: Validation says that it does not help this shopper, or nobody.
    GATE = "gate"
    #: It would take longer than it may.
    BUDGET = "budget"
    #: The model that the gate was learnt with is not there.
    NO_MODEL = "no-model"
    #: The shopper gets it from the background run that was ordered.
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of a case before the language model is asked."""

    #: Different items in the history.
    history_length: float
    #: How undecided the blend is among the first candidates: entropy of their scores, 0..1.
    entropy: float
    #: Share of the first candidates that hardly anybody took.
    cold_share: float


FEATURES = ("history_length", "entropy", "cold_share")


def features_of(
    history: Collection[int], scores: Floats, popularity: Longs | Sequence[int]
) -> Features:
    """The blend's ``scores`` and the ``popularity`` (interactions) of the first candidates.

    Entropy: C. Shannon, 1948, over the scores as shares of their sum, divided by its maximum.
    """
    total = float(np.sum(scores))
    entropy = 1.0
    if len(scores) > 1 and total > 0:
        shares = np.asarray(scores, np.float64) / total
        present = shares[shares > 0]
        entropy = float(-(present * np.log(present)).sum() / np.log(len(scores)))
    cold = float(np.mean(np.asarray(popularity) < COLD_BELOW)) if len(scores) else 0.0
    return Features(float(len(set(history))), entropy, cold)


@dataclass(frozen=True, slots=True)
class Gate:
    """For whom the model's word counts, and how much; learnt by ``ranking.rerank_gate``."""

    #: What one standard deviation of likelihood is worth, in parts of ``CANDIDATES`` places; 0:
    #: the gate is closed.
    weight: float
    #: How much of a title's prior is taken away (lambda).
    prior_weight: float
    #: The feature that decides, and its bounds; all are let in where it is the empty word.
    feature: str = ""
    low: float = 0.0
    high: float = 0.0
    #: The model whose likelihoods were used, as settings name it.
    model: str = ""
    #: Validation: cases, NDCG@10 gained per case on those it was not chosen on, its standard error,
    #: the share of cases let in, and seconds since 1970.
    cases: int = 0
    gain: float = 0.0
    error: float = 0.0
    share: float = 0.0
    learnt_at: float = 0.0

    def __post_init__(self) -> None:
        numbers = [self.weight, self.prior_weight, self.low, self.high, self.gain, self.error]
        if not np.isfinite(numbers).all() or self.weight < 0:
            raise ValueError("a gate's numbers must be finite and its weight not negative")
        if self.feature not in ("", *FEATURES):
            raise ValueError(f"a gate knows no feature {self.feature!r}")

    @property
    def is_open(self) -> bool:
        """Whether it lets anybody in."""
        return self.weight > 0

    def admits(self, features: Features) -> bool:
        """Whether validation says that the model helps such a case."""
        if not self.is_open:
            return False
        return not self.feature or self.low <= getattr(features, self.feature) <= self.high

    def save(self, path: Path) -> None:
        """Write it, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(self), indent=1) + "\n")
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """What ``save`` wrote; None where nothing was, or nothing that can be read."""
        try:
            return cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None


@dataclass(frozen=True, slots=True)
class RerankNote:
    """What became of reranking one slate."""

    outcome: Outcome
    took_ms: float = 0.0
    estimated_ms: float = 0.0
    candidates: int = 0

    def words(self) -> dict[str, str]:
        """For the slate's trace."""
        said = {"rerank": self.outcome.value}
        if self.outcome is Outcome.USED:
            said |= {"rerank_ms": f"{self.took_ms:.0f}", "rerank_candidates": str(self.candidates)}
        elif self.outcome is Outcome.BUDGET and self.estimated_ms:
            said["rerank_needs_ms"] = f"{self.estimated_ms:.0f}"
        return said


def lifts(likelihoods: Floats, priors: Floats, gate: Gate) -> Floats:
    """What the model adds to each candidate's place, at least 0, shape (n_candidates,).

    Standardised over the candidates, so that neither the length of the history nor the model's
    mood decides; where all are alike it is zero.
    """
    value = np.asarray(likelihoods - gate.prior_weight * priors, np.float64)
    spread = float(value.std())
    if not np.isfinite(spread) or spread < 1e-9:
        return np.zeros(len(value), np.float32)
    lift: Floats = (gate.weight * (value - value.min()) / spread).astype(np.float32)
    return lift


def new_order(likelihoods: Floats, priors: Floats, gate: Gate) -> list[int]:
    """The old places of the candidates in their new order; those that tie keep their order."""
    places = np.arange(len(likelihoods)) * STEP
    values = lifts(likelihoods, priors, gate) - places
    return [int(place) for place in np.argsort(-values, kind="stable")]


def reranked(
    candidates: Sequence[Candidate], likelihoods: Floats, priors: Floats, gate: Gate
) -> list[Candidate]:
    """The first ``len(likelihoods)`` candidates in their new order, the others behind them.

    A place keeps its score, so that scores still fall from place to place; what the model added
    stands beside the sources, in parts of what they contributed to the best candidate.
    """
    count = len(likelihoods)
    parts = lifts(likelihoods, priors, gate)
    most = max((blend_score(candidate) for candidate in candidates[:count]), default=0.0)
    first = [
        replace(
            candidates[old],
            score=candidates[place].score,
            sources={**candidates[old].sources, SOURCE: float(parts[old]) * most},
        )
        for place, old in enumerate(new_order(likelihoods, priors, gate))
    ]
    return [*first, *candidates[count:]]


def blend_score(candidate: Candidate) -> float:
    """The sum of the sources' contributions, whatever a ranker made of it."""
    return float(sum(candidate.sources.values()))


@dataclass(frozen=True, slots=True)
class Reranker:
    """Everything that one slate needs to be reranked, or to say why it was not."""

    gate: Gate | None
    #: None where nobody may wait for the model; ``absent`` then says what is noted.
    reader: TitleReader | None
    #: Titles of items by external id; those of items that are gone are absent.
    titles: Callable[[Sequence[str]], Mapping[str, str]]
    budget_ms: float
    absent: Outcome = Outcome.NO_MODEL
    clock: Callable[[], float] = field(default=time.perf_counter)

    def __call__(
        self,
        history: History,
        candidates: Sequence[Candidate],
        ids: Sequence[str],
        popularity: Longs,
    ) -> tuple[list[Candidate], RerankNote]:
        """The candidates in the order in which they are to be shown, and what became of it.

        ``ids`` and ``popularity`` are the model's, by item.
        """
        kept = list(candidates)
        if self.gate is None:
            return kept, RerankNote(Outcome.UNMEASURED)
        first = kept[:CANDIDATES]
        items = [candidate.item for candidate in first]
        known = features_of(
            history.items.tolist(),
            np.array([blend_score(candidate) for candidate in first], np.float32),
            popularity[items],
        )
        if len(first) < CANDIDATES_AT_LEAST or not len(history) or not self.gate.admits(known):
            return kept, RerankNote(Outcome.GATE)
        if self.reader is None:
            return kept, RerankNote(self.absent)
        began = self.clock()
        before = newest_items(history)
        names = self.titles([ids[item] for item in (*before, *items)])
        told = [names[ids[item]] for item in before if ids[item] in names]
        titles = [names.get(ids[item], "") for item in items]
        needed = self.reader.estimated_ms(told, titles)
        while needed > self.budget_ms and len(titles) > CANDIDATES_AT_LEAST:
            titles.pop()
            needed = self.reader.estimated_ms(told, titles)
        if needed > self.budget_ms:
            return kept, RerankNote(Outcome.BUDGET, estimated_ms=needed)
        likelihoods, priors = self.reader.likelihoods(told, titles)
        took_ms = (self.clock() - began) * 1000
        note = RerankNote(Outcome.USED, took_ms, needed, len(titles))
        return reranked(kept, likelihoods, priors, self.gate), note


def newest_items(history: History) -> list[int]:
    """The last ``HISTORY`` different items, oldest first."""
    newest = dict.fromkeys(int(item) for item in history.items[::-1])
    return list(newest)[:HISTORY][::-1]
