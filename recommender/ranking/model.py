"""The fitted model as the pool uses it: sources, their blend, and the items that they know.

Nothing here needs torch; a model's folder is read in milliseconds, its large arrays stay on disk.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

import numpy as np

from recommender.candidates import Graph, source_class
from recommender.candidates.fact_edges import FactEdges
from recommender.candidates.nearest import ExactNearest, NearestItems, load_nearest
from recommender.contracts import (
    CandidateSource,
    ExchangingSource,
    FactSource,
    Floats,
    GrowingSource,
    History,
    InteractionLog,
    ItemTable,
    Longs,
    TripleTable,
    UpdatableSource,
)
from recommender.ranking.blend import (
    BlendWeights,
    Candidate,
    Weight,
    best_candidates,
    contributions,
)
from recommender.ranking.stage import DEPTH, RankingStage

RelatedMode = Literal["similar", "complementary"]

#: What is known of the items in vectors, one file each.
VECTORS = ("vectors", "image_vectors", "audio_vectors")
NO_VECTORS = np.zeros((0, 0), np.float32)
#: Files that models of earlier releases did not have.
LATER_VECTORS = frozenset({"image_vectors", "audio_vectors"})

#: What answers where no other source knows anything.
FALLBACK = "popular"

#: Alike in what it is, then in who takes it.
SIMILAR = BlendWeights(
    {
        "content": Weight(1.0, 1.0),
        "lexical": Weight(0.6, 0.8),
        "item_knn": Weight(0.6, 0.2),
        "text_ease": Weight(0.5, 0.3),
    }
)
#: Taken with it or soon after.
COMPLEMENTARY = BlendWeights(
    {
        "transitions": Weight(1.0, 1.0),
        "item_knn": Weight(0.8, 0.4),
        "sessions": Weight(0.4, 0.2),
        "text_transitions": Weight(0.3, 0.6),
    }
)
#: How much less the sources' word counts for what goes with everything: scores are divided by
#: (interactions + the first number) to the power of the second. Undivided, most shelves of a grocer
#: are milk and bananas; divided by all interactions (a power of one, the lift), they are chance
#: pairs of rare products. A half, as in the cosine, put pasta sauce beside spaghetti and hot dogs
#: beside their buns on the shelves that were looked at, with few flukes.
COMMONNESS: tuple[float, float] = (20.0, 0.5)
#: What a fact between two products counts on a shelf, beside what the sources contribute: as much
#: as their best proposal where a person is sure of it, less where another log suggests it.
RELATING: Mapping[RelatedMode, Mapping[str, float]] = {
    "similar": {"substitutes": 1.5, "also_viewed": 0.3},
    "complementary": {
        "complements": 1.5,
        "bought_with": 0.8,
        "bought_together": 0.8,
        "also_bought": 0.3,
    },
}


class ModelFolderError(ValueError):
    """The folder does not hold a complete model."""


@dataclass(slots=True)
class BlendedModel:
    """Everything needed to answer for a history or for a product."""

    items: ItemTable
    sources: dict[str, CandidateSource]
    weights: BlendWeights
    #: Interactions per item that the model has learnt from, shape (n_items,).
    popularity: Longs
    ranking: RankingStage | None = None
    #: Finds items by their text vectors; without one every vector is compared.
    nearest: NearestItems = field(default_factory=lambda: ExactNearest(NO_VECTORS))
    positions: dict[str, int] = field(init=False, repr=False)
    #: A number for each item's group, equal within a group.
    group_codes: Longs = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.popularity) != len(self.items):
            raise ValueError("a model needs one popularity per item")
        if not self.nearest.report["items"]:
            self.nearest = ExactNearest(self.items.vectors)
        self._index_items()

    def _index_items(self) -> None:
        """Make anew what depends on the items, their interactions or their facts."""
        self.positions = {item: index for index, item in enumerate(self.items.ids)}
        self.group_codes = np.unique(np.array(self.items.groups, str), return_inverse=True)[1]
        if self.ranking is not None:
            self.ranking.take_items(self.items, self.popularity, facts_of(self.sources))

    def __len__(self) -> int:
        return len(self.items)

    def index(self, item_id: str) -> int | None:
        """The index of an external id, or None where the model does not know it."""
        return self.positions.get(item_id)

    def scores(self, histories: Sequence[History], names: Iterable[str]) -> dict[str, Floats]:
        """The named sources' scores, each (len(histories), n_items); absent sources are skipped."""
        return {name: self.sources[name].score(histories) for name in names if name in self.sources}

    def candidates(
        self,
        history: History,
        top_n: int,
        exclude_indices: Iterable[int] = (),
        weights: BlendWeights | None = None,
        scored: Mapping[str, Floats] | None = None,
    ) -> list[Candidate]:
        """The best items for a shopper, at most ``top_n``, with each source's contribution.

        A ranker, where the model has one, orders the best of the blend's own weights anew for
        everybody of whom something is known. The popular items answer where no weighted source
        knows anything of the shopper. ``scored``: what ``scores`` said of this history, shape
        (1, n_items) for each source, where several histories were scored together.
        """
        barred = _indices(exclude_indices)
        if weights is None and self.ranking is not None and len(history):
            pool = self._blend(history, self.weights, max(top_n, DEPTH), barred, scored=scored)
            found = self.ranking.rank(history, pool)[:top_n]
        else:
            found = self._blend(history, weights or self.weights, top_n, barred, scored=scored)
        if not found and FALLBACK in self.sources:
            found = self._blend(history, BlendWeights.of({FALLBACK: 1.0}), top_n, barred)
        return found

    def related(
        self,
        item: int,
        mode: RelatedMode = "similar",
        top_n: int = 12,
        exclude_indices: Iterable[int] = (),
    ) -> list[Candidate]:
        """Items that could take this one's place, or that go with it; never the item itself.

        ``complementary`` leaves out the item's own group, since two of a kind do not complete each
        other, unless a fact says that they do; and whatever a fact calls a substitute. What is
        bought with everything goes with nothing in particular, so the sources' scores (not the
        facts) are divided by a power of the item's interactions (``COMMONNESS``). Raises IndexError
        for an item that the model does not have.
        """
        if not 0 <= item < len(self.items):
            raise IndexError(f"the model has no item {item}")
        barred = {item, *(int(index) for index in exclude_indices)}
        rivals = np.zeros(0, np.int64)
        if mode == "complementary" and self.items.groups[item]:
            rivals = np.flatnonzero(self.group_codes == self.group_codes[item])
        facts: Floats | None = None
        if isinstance(graph := self.sources.get(Graph.name), Graph):
            facts = graph.index.linked(item, RELATING[mode])
            if mode == "complementary":
                stated = graph.index.linked(item, {"complements": 1.0}) > 0
                replaced = np.flatnonzero(graph.index.linked(item, {"substitutes": 1.0}) > 0)
                rivals = np.union1d(rivals[~stated[rivals]], replaced)
        weights = SIMILAR if mode == "similar" else COMPLEMENTARY
        excluded = np.concatenate([_indices(barred), rivals])
        rarity = self._rarity() if mode == "complementary" else None
        return self._blend(History.of([item]), weights, top_n, excluded, facts, rarity)

    def _rarity(self) -> Floats:
        """What each item's scores are multiplied by where common items are to step back."""
        offset, power = COMMONNESS
        return ((self.popularity + offset) ** -power).astype(np.float32)

    def _blend(
        self,
        history: History,
        weights: BlendWeights,
        top_n: int,
        barred: Longs,
        facts: Floats | None = None,
        rarity: Floats | None = None,
        scored: Mapping[str, Floats] | None = None,
    ) -> list[Candidate]:
        """The best sums, from scores multiplied by ``rarity`` before each source is scaled.

        ``facts`` join them unscaled, under the name of the graph. Both have shape (n_items,).
        """
        scores = dict(scored) if scored else self.scores([history], weights.sources)
        if rarity is not None:
            scores = {name: score * rarity for name, score in scores.items()}
        parts = contributions(scores, weights, weights.knowledge(self.popularity))
        rows = {name: part[0] for name, part in parts.items()}
        if facts is not None:
            rows[Graph.name] = rows[Graph.name] + facts if Graph.name in rows else facts
        return best_candidates(rows, top_n, barred) if rows else []

    def update(
        self,
        added: InteractionLog,
        items: ItemTable,
        *,
        removed: InteractionLog | None = None,
        facts: TripleTable | None = None,
        replaced: Mapping[str, CandidateSource] | None = None,
    ) -> dict[str, float]:
        """Learn new interactions; ``items`` may have grown at its end. Seconds per source.

        ``removed`` interactions are unlearnt before, ``facts`` are what the graph is to know from
        now on, and ``replaced`` sources take the place of those of their name: they have learnt
        already. Other sources that cannot be updated keep what they know of the interactions until
        the next fit; where they cannot grow either, the items may only stay as they are.

        Raises:
            ValueError: what is removed was never learnt, or a source can neither be updated nor
                grow. The model is of no use then.
        """
        fresh = replaced or {}
        self.sources.update(fresh)
        if more := len(items) > len(self.items):
            self._check_growth()
        seconds = {}
        for name, source in self.sources.items():
            started = time.perf_counter()
            if facts is not None and isinstance(source, FactSource):
                source.take_facts(facts)
            if isinstance(source, UpdatableSource):
                _exchange(source, removed, added, items)
            elif isinstance(source, GrowingSource) and name not in fresh and more:
                source.grow(items)
            seconds[name] = time.perf_counter() - started
        grown = np.zeros(len(items), np.int64)
        grown[: len(self.popularity)] = self.popularity
        self.popularity = grown + np.bincount(added.items, minlength=len(items))
        if removed is not None:
            self.popularity -= np.bincount(removed.items, minlength=len(items))
        self.items = items
        self.nearest.grow(items.vectors)
        self._index_items()
        return seconds

    def grow(self, items: ItemTable, facts: TripleTable | None = None) -> dict[str, float]:
        """Know new items by their content alone, before anybody has touched them.

        ``items`` begins with the items that the model knows, in their order; their texts and
        vectors may have changed. ``facts`` are what the graph is to know from now on. Returns the
        seconds per source.

        Raises:
            ValueError: the table does not begin with the known items, or a source can neither be
                updated nor grow.
        """
        if items.ids[: len(self.items)] != self.items.ids:
            raise ValueError("a grown table begins with the items that the model knows")
        self._check_growth()
        nothing = InteractionLog.empty(n_items=len(items))
        seconds = {}
        for name, source in self.sources.items():
            started = time.perf_counter()
            if facts is not None and isinstance(source, FactSource):
                source.take_facts(facts)
            if isinstance(source, UpdatableSource):
                source.update(nothing, items)
            elif isinstance(source, GrowingSource):
                source.grow(items)
            seconds[name] = time.perf_counter() - started
        unknown = np.zeros(len(items) - len(self.items), self.popularity.dtype)
        self.popularity = np.concatenate([self.popularity, unknown])
        self.items = items
        self.nearest.grow(items.vectors)
        self._index_items()
        return seconds

    def _check_growth(self) -> None:
        stuck = [
            name
            for name, source in self.sources.items()
            if not isinstance(source, UpdatableSource | GrowingSource)
        ]
        if stuck:
            raise ValueError(f"new items need a full fit of {', '.join(stuck)}")

    def forget(self, removed: InteractionLog) -> None:
        """Unlearn interactions, in every source that can; raises ValueError if never learnt."""
        for source in self.sources.values():
            if isinstance(source, UpdatableSource):
                source.forget(removed)
        self.popularity = self.popularity - np.bincount(removed.items, minlength=len(self.items))
        self._index_items()

    def save(self, folder: Path) -> None:
        """Write the model into a folder that is new or empty."""
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise ModelFolderError(f"{folder} is not empty")
        table = {
            name: list(getattr(self.items, name)) for name in ("ids", "texts", "brands", "groups")
        }
        (folder / "items.json").write_text(json.dumps(table, ensure_ascii=False))
        for name in VECTORS:
            np.save(folder / f"{name}.npy", getattr(self.items, name))
        np.save(folder / "popularity.npy", self.popularity)
        self.nearest.save(folder)
        self.weights.save(folder / "weights.json")
        (folder / "sources.json").write_text(json.dumps(list(self.sources)))
        for name, source in self.sources.items():
            (folder / "sources" / name).mkdir(parents=True)
            source.save(folder / "sources" / name)
        if self.ranking is not None:
            self.ranking.save(folder / "ranker")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; raises ModelFolderError where a part is missing or broken."""
        try:
            table: Mapping[str, list[str]] = json.loads((folder / "items.json").read_text())
            items = ItemTable(
                ids=tuple(table["ids"]),
                texts=tuple(table["texts"]),
                brands=tuple(table["brands"]),
                groups=tuple(table["groups"]),
                **{
                    name: np.load(folder / f"{name}.npy", mmap_mode="r")
                    for name in VECTORS
                    if name not in LATER_VECTORS or (folder / f"{name}.npy").exists()
                },
            )
            names: list[str] = json.loads((folder / "sources.json").read_text())
            sources = {name: source_class(name).load(folder / "sources" / name) for name in names}
            for name, source in sources.items():
                width = source.score([History.empty()]).shape[1]
                if width != len(items):
                    raise ValueError(f"{name} scores {width} items of {len(items)}")
            weights = BlendWeights.load(folder / "weights.json")
            ranking = folder / "ranker"
            return cls(
                items,
                sources,
                weights,
                np.load(folder / "popularity.npy"),
                RankingStage.load(ranking) if ranking.exists() else None,
                load_nearest(folder, items.vectors),
            )
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise ModelFolderError(f"{folder} holds no complete model: {error}") from error


def _exchange(
    source: UpdatableSource,
    removed: InteractionLog | None,
    added: InteractionLog,
    items: ItemTable,
) -> None:
    if removed is None or not len(removed):
        source.update(added, items)
    elif isinstance(source, ExchangingSource):
        source.exchange(removed, added, items)
    else:
        source.forget(removed)
        source.update(added, items)


def facts_of(sources: Mapping[str, CandidateSource]) -> FactEdges | None:
    """The knowledge graph of a model, which its source keeps; None without that source."""
    graph = sources.get(Graph.name)
    return graph.edges if isinstance(graph, Graph) else None


def _indices(values: Iterable[int]) -> Longs:
    return np.fromiter((int(value) for value in values), np.int64)
