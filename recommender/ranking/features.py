"""What a ranker is told of a candidate beside a history, in numbers.

The same columns are made when a ranker is learnt and when it serves. Each belongs to a kind of
knowledge, so that a ranker can be measured without one: what shoppers took (``collaborative``),
texts, or the knowledge graph; the rest is the shopper's own deeds.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from recommender.candidates.fact_edges import FactEdges
from recommender.contracts import Floats, History, ItemTable, Longs
from recommender.features.graph_features import FEATURES as GRAPH_COLUMNS
from recommender.features.graph_features import GraphFeatures
from recommender.ranking.blend import Candidate
from recommender.ranking.ranker import BLEND, RankingCases

Kinds = frozenset[str]
#: Kinds of knowledge; "moment" is that of when the shopper asks.
KINDS: Final = ("graph", "text", "collaborative", "moment")
BLEND_PLACE: Final = "blend_place"

#: What a source draws on; one that is not listed learns from what shoppers took.
SOURCE_KINDS: Final[Mapping[str, Kinds]] = {
    "content": frozenset({"text"}),
    "lexical": frozenset({"text"}),
    "multimodal": frozenset({"text"}),
    "graph": frozenset({"graph"}),
    "text_ease": frozenset({"collaborative", "text"}),
    "text_transitions": frozenset({"collaborative", "text"}),
    "sequential": frozenset({"collaborative", "text"}),
    "generative": frozenset({"collaborative", "text"}),
}
OWN_COLUMNS: Final = (
    "taken_before",
    "taken_lately",
    "history_length",
    "since_last_days",
)
COLLABORATIVE_COLUMNS: Final = ("popularity", "knowledge")
TEXT_COLUMNS: Final = ("text_profile", "text_best", "text_last")
#: Brand and group are facts too, whoever states them.
TABLE_COLUMNS: Final = ("same_brand", "same_group", "last_brand", "last_group")
COLUMNS_OF_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    "collaborative": COLLABORATIVE_COLUMNS,
    "text": TEXT_COLUMNS,
    "graph": (*TABLE_COLUMNS, *GRAPH_COLUMNS),
    "moment": ("taken_lately", "since_last_days"),
}
#: Deeds that are compared with each candidate's text.
COMPARED = 50
#: How fast older deeds fade in the shopper's profile, each against the one after it.
PROFILE_DECAY = 0.8
DAY = 86_400.0


def kinds_of_source(name: str) -> Kinds:
    """The kinds of knowledge without which a source would not be."""
    return SOURCE_KINDS.get(name, frozenset({"collaborative"}))


def profile_weights(history: History) -> Floats:
    """What each deed counts in the profile, shape (len(history),), adding up to one."""
    ages = np.arange(len(history))[::-1]
    weights = history.weights.astype(np.float64) * PROFILE_DECAY**ages
    total = float(weights.sum()) or 1.0
    return (weights / total).astype(np.float32)


class CandidateFeatures:
    """Makes the columns for one model's items.

    ``sources`` are those whose contributions become columns. ``edges`` are the facts; without any
    the columns of the graph are zero.
    """

    def __init__(
        self,
        items: ItemTable,
        popularity: Longs,
        sources: Sequence[str],
        *,
        half_known: float = 5.0,
        edges: FactEdges | None = None,
    ):
        self.sources = tuple(sources)
        self.names: tuple[str, ...] = (
            BLEND,
            BLEND_PLACE,
            *self.sources,
            *(f"{name}_place" for name in self.sources),
            *OWN_COLUMNS,
            *COLLABORATIVE_COLUMNS,
            *TEXT_COLUMNS,
            *TABLE_COLUMNS,
            *GRAPH_COLUMNS,
        )
        self.popularity = np.log1p(popularity).astype(np.float32)
        self.knowledge = (popularity / (popularity + half_known)).astype(np.float32)
        self.brands = _codes(items.brands)
        self.groups = _codes(items.groups)
        self.vectors = _centred(items.vectors)
        self.graph = GraphFeatures(edges) if edges is not None else None

    def values(self, history: History, candidates: Sequence[Candidate]) -> Floats:
        """Shape (len(candidates), len(names)); all of the candidates make one pool."""
        items = np.array([candidate.item for candidate in candidates], np.int64)
        parts = np.array(
            [[c.sources.get(name, 0.0) for name in self.sources] for c in candidates], np.float32
        ).reshape(len(items), len(self.sources))
        total = parts.sum(axis=1, keepdims=True)
        columns = [
            total,
            _places(total),
            parts,
            _places(parts),
            self._own(history, items),
            np.stack([self.popularity[items], self.knowledge[items]], axis=1),
            self._text(history, items),
            self._table(history, items),
            self._graph(history, items),
        ]
        return np.concatenate(columns, axis=1).astype(np.float32)

    def _own(self, history: History, items: Longs) -> Floats:
        """How often and how lately the candidate was taken; how much and how lately anything."""
        values = np.zeros((len(items), 4), np.float32)
        values[:, 2] = np.log1p(len(history))
        if len(history):
            same = items[:, None] == history.items[None, :]  # (n_candidates, n_deeds)
            days = np.maximum(history.now - history.times, 0) / DAY
            values[:, 0] = np.log1p(same.sum(axis=1))
            values[:, 1] = np.where(same, 1.0 / (1.0 + days), 0.0).max(axis=1)
            values[:, 3] = np.log1p(days[-1])
        return values

    def _text(self, history: History, items: Longs) -> Floats:
        """Cosines with the profile, with the nearest deed and with the last one."""
        values = np.zeros((len(items), 3), np.float32)
        if len(history) and self.vectors.shape[1]:
            own = self.vectors[items]
            done = self.vectors[history.items[-COMPARED:]]
            profile = profile_weights(history)[-COMPARED:] @ done
            length = float(np.linalg.norm(profile)) or 1.0
            near = own @ done.T  # (n_candidates, n_deeds)
            # Not the deed with the very same product, which is no likeness.
            near[items[:, None] == history.items[None, -COMPARED:]] = 0.0
            values[:, 0] = own @ profile / length
            values[:, 1] = near.max(axis=1)
            values[:, 2] = near[:, -1]
        return values

    def _table(self, history: History, items: Longs) -> Floats:
        """Part of the profile with the candidate's brand and group; whether the last deed has."""
        values = np.zeros((len(items), 4), np.float32)
        if len(history):
            weights = profile_weights(history)
            for place, codes in enumerate((self.brands, self.groups)):
                own = codes[items][:, None]
                same = (own == codes[history.items][None, :]) & (own >= 0)
                values[:, place] = same @ weights
                values[:, place + 2] = same[:, -1]
        return values

    def _graph(self, history: History, items: Longs) -> Floats:
        if self.graph is None:
            return np.zeros((len(items), len(GRAPH_COLUMNS)), np.float32)
        return np.log1p(self.graph.values(history, items))


def cases_without(cases: RankingCases, sources: Sequence[str], kind: str) -> RankingCases:
    """The same candidates, seen without a kind of knowledge and every source that draws on it.

    The blend is then the sum of what is left. For ablations: what the pool holds stays.
    """
    gone = {name for name in sources if kind in kinds_of_source(name)}
    dropped = {*gone, *(f"{name}_place" for name in gone), *COLUMNS_OF_KIND[kind]}
    names = tuple(name for name in cases.names if name not in dropped)
    features = cases.features[:, [cases.names.index(name) for name in names]]
    left = [names.index(name) for name in sources if name not in gone]
    total = features[:, left].sum(axis=1, dtype=np.float32)[:, None]
    features[:, names.index(BLEND)] = total[:, 0]
    for start, end in itertools.pairwise(cases.bounds):
        features[start:end, names.index(BLEND_PLACE)] = _places(total[start:end])[:, 0]
    return replace(cases, names=names, features=features)


def _places(values: Floats) -> Floats:
    """1 for each column's largest value, 1/2 for the next and so on; 0 where nothing is proposed.

    Equal values share the better place.
    """
    places = np.zeros_like(values)
    for column in range(values.shape[1]):
        ordered = np.sort(-values[:, column])
        before = np.searchsorted(ordered, -values[:, column])
        places[:, column] = np.where(values[:, column] > 0, 1.0 / (1.0 + before), 0.0)
    return places


def _codes(words: Sequence[str]) -> Longs:
    """A number for each word, -1 for none."""
    numbers: dict[str, int] = {"": -1}
    return np.array([numbers.setdefault(word, len(numbers)) for word in words], np.int64)


def _centred(vectors: Floats) -> Floats:
    """The vectors without what all of them share, at length one; zeros stay zeros."""
    known = np.abs(vectors).sum(axis=1) > 0
    if not known.any():
        return np.asarray(vectors, np.float32)
    moved = np.where(known[:, None], vectors - vectors[known].mean(axis=0), 0.0)
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    return (moved / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
