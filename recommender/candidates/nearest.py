"""Nearest items by inner product: exact while the catalogue is small, an index beyond that.

The index is faiss's inverted file: k-means cuts the items into lists, and a search looks into the
``probes`` lists whose centres are nearest. What it finds is scored again with the exact vectors,
so that compressed storage costs places in the candidate set, never a wrong score.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import numpy as np

from recommender.contracts import Floats, Longs

Storage = Literal["float32", "float16", "int8"]

#: Above this many items the exact search takes longer than a slate has time for.
EXACT_UP_TO: Final = 50_000
#: How many lists a search may look into, tried in turn until the recall is reached.
PROBES: Final = (4, 8, 16, 32, 64, 128, 256)
#: Queries that the recall is measured with.
SAMPLE: Final = 300
#: The cut-offs of the measured recall; the first one decides.
CUTS: Final = (10, 100)
#: Items per list that k-means looks at, and its rounds: more changes the recall by noise.
LEARNT_FROM: Final = 40
ROUNDS: Final = 6
#: With this many times the items that the lists were cut for, they are cut anew.
RECUT: Final = 2.0
#: Candidates taken from the index for each item wanted, which the exact scores then order.
SPARE: Final = 3
#: Scores held at once, which bounds the memory of exact searches.
CELLS: Final = 16_000_000


@dataclass(frozen=True, slots=True)
class NearestSettings:
    """When and how an index takes the place of the exact search.

    Up to ``exact_up_to`` items every query is compared with every item. ``storage`` is how the
    index keeps its copy of the vectors; ``recall`` the share of the true ten nearest to be found.
    """

    exact_up_to: int = EXACT_UP_TO
    storage: Storage = "int8"
    recall: float = 0.98
    seed: int = 0

    def __post_init__(self) -> None:
        if self.storage not in ("float32", "float16", "int8"):
            raise ValueError(f"storage must be float32, float16 or int8, not {self.storage!r}")
        if not 0.0 < self.recall <= 1.0:
            raise ValueError(f"recall must lie above 0 and at most at 1, not {self.recall}")


class NearestItems(Protocol):
    """The items whose vectors have the largest inner product with a query."""

    @property
    def report(self) -> Mapping[str, Any]:
        """How it was built: kind, items, seconds, and the recall where it is not exact."""

    def search(self, queries: Floats, count: int) -> tuple[Longs, Floats]:
        """Items and their products, each (n_queries, count), best first, the lower index of equals.

        Where fewer than ``count`` items are found, the rest is -1 with a product of zero.
        """

    def grow(self, vectors: Floats) -> None:
        """Take in the table as it is now: rows may have changed, and been added at its end."""

    def save(self, folder: Path) -> None:
        """Write what ``load_nearest`` needs besides the vectors."""


def nearest_items(vectors: Floats, settings: NearestSettings | None = None) -> NearestItems:
    """What fits the number of items; ``vectors`` has shape (n_items, dimensions) and is kept."""
    chosen = settings or NearestSettings()
    if len(vectors) <= chosen.exact_up_to or not vectors.shape[1]:
        return ExactNearest(vectors)
    return FaissNearest(vectors, chosen)


def load_nearest(folder: Path, vectors: Floats) -> NearestItems:
    """Read what ``save`` wrote, for the vectors that it was built from.

    Raises ValueError where the index is of another number of items.
    """
    if not (folder / "nearest.json").exists():  # of a release that knew no index
        return ExactNearest(vectors)
    told = json.loads((folder / "nearest.json").read_text())
    if told["report"]["kind"] == ExactNearest.kind:
        return ExactNearest(vectors)
    return FaissNearest.load(folder, vectors, told)


class ExactNearest:
    """Every query is compared with every item."""

    kind = "exact"

    def __init__(self, vectors: Floats):
        self.vectors = vectors

    @property
    def report(self) -> Mapping[str, Any]:
        """Nothing had to be built."""
        return {"kind": self.kind, "items": len(self.vectors)}

    def search(self, queries: Floats, count: int) -> tuple[Longs, Floats]:
        """As the protocol says."""
        count = min(count, len(self.vectors))
        found = np.full((len(queries), count), -1, np.int64)
        products = np.zeros((len(queries), count), np.float32)
        block = max(1, CELLS // max(len(self.vectors), 1))
        for start in range(0, len(queries) if count else 0, block):
            scores = queries[start : start + block] @ self.vectors.T
            for row, score in enumerate(scores, start):
                # Everything that ties with the last place takes part, so the order never varies.
                edge = np.partition(score, len(score) - count)[len(score) - count]
                near = np.flatnonzero(score >= edge)
                best = near[np.argsort(-score[near], kind="stable")][:count]
                found[row], products[row] = best, score[best]
        return found, products

    def grow(self, vectors: Floats) -> None:
        """As the protocol says."""
        self.vectors = vectors

    def save(self, folder: Path) -> None:
        """Only that it is exact."""
        (folder / "nearest.json").write_text(json.dumps({"report": dict(self.report)}))


@dataclass(slots=True)
class _Built:
    """How an index came about."""

    lists: int
    probes: int
    cut_for: int
    build_s: float
    recall: dict[str, float] = field(default_factory=dict)


class FaissNearest:
    """An inverted file over the vectors; the same vectors and seed give the same index."""

    kind = "faiss"

    def __init__(self, vectors: Floats, settings: NearestSettings):
        self.vectors = vectors
        self.settings = settings
        self._index: Any
        self._build()

    @property
    def report(self) -> Mapping[str, Any]:
        """Lists, probes, seconds, bytes per item and the recall against the exact search."""
        plain = {key: value for key, value in asdict(self._built).items() if key != "recall"}
        return {
            "kind": self.kind,
            "items": len(self.vectors),
            "storage": self.settings.storage,
            **plain,
            **self._built.recall,
        }

    def _build(self) -> None:
        faiss = _faiss()
        began = time.perf_counter()
        count, dimensions = self.vectors.shape
        lists = max(1, min(round(2 * count**0.5), count // 8))
        centres = faiss.IndexFlatIP(dimensions)
        index: Any
        if self.settings.storage == "float32":
            index = faiss.IndexIVFFlat(centres, dimensions, lists, faiss.METRIC_INNER_PRODUCT)
        else:
            code = {"float16": faiss.ScalarQuantizer.QT_fp16, "int8": faiss.ScalarQuantizer.QT_8bit}
            index = faiss.IndexIVFScalarQuantizer(
                centres,
                dimensions,
                lists,
                code[self.settings.storage],
                faiss.METRIC_INNER_PRODUCT,
            )
        index.cp.seed = self.settings.seed + 1
        index.cp.niter = ROUNDS
        index.cp.spherical = True
        index.cp.min_points_per_centroid = 1
        rng = np.random.default_rng(self.settings.seed)
        sample = np.sort(rng.choice(count, min(count, lists * LEARNT_FROM), replace=False))
        index.train(np.ascontiguousarray(self.vectors[sample], np.float32))
        self._index = index
        self._append(0)
        self._built = _Built(lists, PROBES[0], count, round(time.perf_counter() - began, 3))
        self._choose_probes(rng)
        self._built.build_s = round(time.perf_counter() - began, 3)

    def _append(self, start: int, block: int = 65_536) -> None:
        for first in range(start, len(self.vectors), block):
            rows = np.ascontiguousarray(self.vectors[first : first + block], np.float32)
            self._index.add_with_ids(rows, np.arange(first, first + len(rows)))

    def _choose_probes(self, rng: np.random.Generator) -> None:
        """The fewest that find enough of what the exact search finds."""
        queries = sample_queries(self.vectors, SAMPLE, rng)
        exact, _ = ExactNearest(self.vectors).search(queries, max(CUTS))
        for probes in (p for p in PROBES if p <= self._built.lists):
            self._built.probes = probes
            found, _ = self.search(queries, max(CUTS))
            self._built.recall = {
                f"recall_at_{cut}": recall_of(found[:, :cut], exact[:, :cut]) for cut in CUTS
            }
            if self._built.recall[f"recall_at_{CUTS[0]}"] >= self.settings.recall:
                return

    def search(
        self, queries: Floats, count: int, probes: int | None = None
    ) -> tuple[Longs, Floats]:
        """As the protocol says, looking into ``probes`` lists instead of the chosen number."""
        count = min(count, len(self.vectors))
        found = np.full((len(queries), count), -1, np.int64)
        products = np.zeros((len(queries), count), np.float32)
        if not count or not len(queries):
            return found, products
        self._index.nprobe = probes or self._built.probes
        wanted = np.ascontiguousarray(queries, np.float32)
        _, rough = self._index.search(wanted, min(count * SPARE, len(self.vectors)))
        for row, candidates in enumerate(rough):
            # Sorted, so that the vectors are read in order and equals keep the lower index.
            near = np.sort(candidates[candidates >= 0])
            score = self.vectors[near] @ wanted[row]
            best = np.argsort(-score, kind="stable")[:count]
            found[row, : len(best)], products[row, : len(best)] = near[best], score[best]
        return found, products

    def lists(self) -> Iterator[tuple[Longs, Longs]]:
        """For each list its items, and those of the ``probes`` lists nearest to it with its own.

        What asks for the neighbours of every item goes from list to list: one product of matrices
        answers for all items of a list.
        """
        faiss = _faiss()
        inverted = self._index.invlists
        members = [
            faiss.rev_swig_ptr(inverted.get_ids(place), inverted.list_size(place)).copy()
            if inverted.list_size(place)
            else np.zeros(0, np.int64)
            for place in range(self._built.lists)
        ]
        centres = np.stack([self._index.quantizer.reconstruct(n) for n in range(len(members))])
        _, near = self._index.quantizer.search(centres, self._built.probes)
        for place, own in enumerate(members):
            if len(own):
                around = {place, *(int(other) for other in near[place] if other >= 0)}
                yield own, np.sort(np.concatenate([members[other] for other in sorted(around)]))

    def grow(self, vectors: Floats) -> None:
        """Items join the lists as they are; a catalogue that doubled is cut anew."""
        known = self.vectors
        self.vectors = vectors
        if len(vectors) > RECUT * self._built.cut_for:
            self._build()
            return
        changed = changed_rows(known, vectors)
        if len(changed):
            self._index.remove_ids(changed)
            self._index.add_with_ids(np.ascontiguousarray(vectors[changed], np.float32), changed)
        self._append(len(known))

    def save(self, folder: Path) -> None:
        """The index with its copy of the vectors, and how it was built."""
        _faiss().write_index(self._index, str(folder / "nearest.faiss"))
        told = {
            "report": dict(self.report),
            "settings": asdict(self.settings),
            "built": asdict(self._built),
        }
        (folder / "nearest.json").write_text(json.dumps(told, indent=1))

    @classmethod
    def load(cls, folder: Path, vectors: Floats, told: Mapping[str, Any]) -> FaissNearest:
        """Read what ``save`` wrote; raises ValueError for vectors of another catalogue."""
        nearest = cls.__new__(cls)
        nearest.vectors = vectors
        nearest.settings = NearestSettings(**told["settings"])
        nearest._built = _Built(**told["built"])
        # In memory: mapped lists are read by a thread of their own, which costs a search more
        # than the search itself.
        nearest._index = _faiss().read_index(str(folder / "nearest.faiss"))
        if (nearest._index.ntotal, nearest._index.d) != vectors.shape:
            raise ValueError(
                f"the index holds {nearest._index.ntotal} vectors of {nearest._index.d} "
                f"dimensions, the catalogue {vectors.shape[0]} of {vectors.shape[1]}"
            )
        return nearest


def _faiss() -> Any:
    """The library, loaded when the first index needs it."""
    # It tells of every variant of itself that does not suit this processor.
    logging.getLogger("faiss.loader").setLevel(logging.WARNING)
    import faiss

    return faiss


def sample_queries(vectors: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Queries like those that come: half of them beside an item, half between two.

    The first are like the words of a search, the second like what a shopper took. Length one.
    """
    one = vectors[rng.integers(0, len(vectors), count)].astype(np.float32)
    two = vectors[rng.integers(0, len(vectors), count)].astype(np.float32)
    noise = rng.normal(size=one.shape).astype(np.float32)
    noise *= 0.4 * np.linalg.norm(one, axis=1, keepdims=True) / np.sqrt(one.shape[1])
    mixed = np.arange(count)[:, None] % 2 == 1
    queries = np.where(mixed, one + two, one + noise)
    norms = np.linalg.norm(queries, axis=1, keepdims=True)
    unit: Floats = np.asarray(queries / np.where(norms > 0, norms, 1.0), np.float32)
    return unit


def changed_rows(before: Floats, now: Floats, block: int = 65_536) -> Longs:
    """Which of the rows that were there before are different now."""
    if before is now:
        return np.zeros(0, np.int64)
    found = [
        start + np.flatnonzero((before[start : start + block] != now[start:stop]).any(axis=1))
        for start in range(0, len(before), block)
        for stop in (min(start + block, len(before)),)
    ]
    return np.concatenate(found or [np.zeros(0, np.int64)]).astype(np.int64)


def recall_of(found: Longs, exact: Longs) -> float:
    """Share of the exact answers that were found; both have shape (n_queries, count)."""
    if not exact.size:
        return 1.0
    hits = sum(
        np.isin(want, have, assume_unique=True).sum()
        for want, have in zip(exact, found, strict=True)
    )
    return float(hits / exact.size)
