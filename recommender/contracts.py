"""The vocabulary of the pipeline: what one step hands to the next.

Data goes one way: interactions become histories, sources turn histories into scores, the blend
turns scores into candidates with their provenance, the policy turns candidates into a slate.
This module knows neither Django nor torch, so that each step can be read and tested alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class EventType(StrEnum):
    """What a shopper can do, or be shown, that the event log records."""

    VIEW = "view"
    CLICK = "click"
    CART = "cart"
    PURCHASE = "purchase"
    RATING = "rating"
    REVIEW = "review"
    LIKE = "like"
    DISLIKE = "dislike"
    HIDE = "hide"
    SEARCH = "search"
    IMPRESSION = "impression"


#: How strongly each event speaks for the product. Types that are absent say nothing in its favour.
#: A rating speaks through its value and is weighted where it is read.
EVENT_WEIGHTS: Mapping[EventType, float] = {
    EventType.VIEW: 0.2,
    EventType.CLICK: 0.3,
    EventType.CART: 0.6,
    EventType.PURCHASE: 1.0,
    EventType.RATING: 1.0,
    EventType.REVIEW: 1.0,
    EventType.LIKE: 1.0,
}

#: Events after which the product is not shown to that shopper again.
REJECTIONS: frozenset[EventType] = frozenset({EventType.DISLIKE, EventType.HIDE})


class Scenario(StrEnum):
    """The places where a slate is shown; the values are the names in the REST API."""

    HOME = "home"
    SIMILAR = "similar"
    COMPLEMENTARY = "complementary"
    BUY_AGAIN = "buy-again"
    TRENDING = "trending"

    @property
    def needs_product(self) -> bool:
        """Whether the slate is about one product rather than about the shopper alone."""
        return self in (Scenario.SIMILAR, Scenario.COMPLEMENTARY)


@dataclass(frozen=True, slots=True)
class ItemTable:
    """The items that a model knows; an item's index is its column in every score matrix.

    ``vectors`` holds one text vector per item, shape (n_items, dimensions), or has zero columns
    where nothing has been encoded yet. ``groups`` names the product type (the leaf category), and
    ``texts`` what a reader knows of the item: title, brand, category path. ``image_vectors`` and
    ``audio_vectors`` have a row of zeros for an item without picture or sound; left out, nothing
    of the kind has been encoded.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    brands: tuple[str, ...]
    groups: tuple[str, ...]
    vectors: Floats
    image_vectors: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    audio_vectors: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    def __post_init__(self) -> None:
        count = len(self.ids)
        lengths = {len(self.texts), len(self.brands), len(self.groups)}
        if lengths != {count} or self.vectors.shape[0] != count:
            raise ValueError("an item table needs one text, brand, group and vector per item")
        for name in ("image_vectors", "audio_vectors"):
            if getattr(self, name).shape == (0, 0):
                object.__setattr__(self, name, np.zeros((count, 0), np.float32))
        for name in ("vectors", "image_vectors", "audio_vectors"):
            vectors = getattr(self, name)
            if vectors.shape[0] != count:
                raise ValueError(f"{name} holds {vectors.shape[0]} rows for {count} items")
            # In blocks: of a million items the answers alone would take four hundred megabytes.
            for start in range(0, count, 65_536):
                finite = np.isfinite(vectors[start : start + 65_536]).all(axis=1)
                if not finite.all():
                    item = self.ids[start + int(np.argmin(finite))]
                    raise ValueError(f"{name} of {item!r} hold NaN or infinity")

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class TripleTable:
    """Accepted facts in columns, over entities and predicates that are named once.

    ``subjects``, ``objects`` (indices of entities), ``relations`` (indices of predicates) and
    ``confidences`` (0..1) have shape (n_triples,). ``products`` holds the external id of each
    entity that is a product and nothing for the others, so that the table needs no item table to
    be read and outlives one. ``names`` is what a reader calls the entity.
    """

    entities: tuple[str, ...]
    names: tuple[str, ...]
    products: tuple[str, ...]
    predicates: tuple[str, ...]
    subjects: Ints
    relations: Ints
    objects: Ints
    confidences: Floats

    def __post_init__(self) -> None:
        if not len(self.entities) == len(self.names) == len(self.products):
            raise ValueError("a triple table needs one name and one product per entity")
        columns = (self.subjects, self.relations, self.objects, self.confidences)
        if len({column.shape for column in columns}) != 1:
            raise ValueError("the columns of a triple table differ in length")
        for column, size in (
            (self.subjects, len(self.entities)),
            (self.objects, len(self.entities)),
            (self.relations, len(self.predicates)),
        ):
            if len(self) and (column.min() < 0 or column.max() >= size):
                raise ValueError("a triple names an entity or a predicate that is not there")
        if len(self) and not ((self.confidences >= 0) & (self.confidences <= 1)).all():
            raise ValueError("a triple's confidence lies outside 0..1")

    def __len__(self) -> int:
        return int(self.subjects.shape[0])

    @classmethod
    def empty(cls) -> Self:
        """A graph of which nothing is known."""
        none = np.zeros(0, np.int32)
        return cls((), (), (), (), none, none, none, np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True)
class InteractionLog:
    """Interactions in columns, sorted by shopper and then by time (oldest first).

    All arrays have shape (n_interactions,). ``shoppers`` and ``items`` are indices, ``weights``
    is how strongly the event speaks for the item, ``times`` is in whole seconds since 1970, UTC.
    Interactions of one shopper that share a time are one basket.
    """

    shoppers: Ints
    items: Ints
    weights: Floats
    times: Longs
    n_shoppers: int
    n_items: int

    def __post_init__(self) -> None:
        shapes = {a.shape for a in (self.shoppers, self.items, self.weights, self.times)}
        if len(shapes) != 1:
            raise ValueError("the columns of an interaction log differ in length")
        if len(self) and (self.items.min() < 0 or self.items.max() >= self.n_items):
            raise ValueError("an interaction names an item outside the item table")
        if len(self) and (self.shoppers.min() < 0 or self.shoppers.max() >= self.n_shoppers):
            raise ValueError("an interaction names a shopper outside the log's range")

    def __len__(self) -> int:
        return int(self.items.shape[0])

    @classmethod
    def empty(cls, *, n_items: int) -> Self:
        """A log in which nobody has done anything."""
        none = np.zeros(0, np.int32)
        return cls(none, none, np.zeros(0, np.float32), np.zeros(0, np.int64), 0, n_items)

    def take(self, chosen: npt.NDArray[Any] | slice) -> Self:
        """The log restricted to, or ordered by, positions or a mask."""
        return type(self)(
            self.shoppers[chosen],
            self.items[chosen],
            self.weights[chosen],
            self.times[chosen],
            self.n_shoppers,
            self.n_items,
        )

    def bounds(self) -> Longs:
        """Where each shopper's interactions begin and end, shape (n_shoppers + 1,)."""
        return np.searchsorted(self.shoppers, np.arange(self.n_shoppers + 1)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class History:
    """What one shopper did, oldest first: arrays of one length, and the moment of asking."""

    items: Ints
    weights: Floats
    times: Longs
    now: int = 0

    def __len__(self) -> int:
        return int(self.items.shape[0])

    @classmethod
    def empty(cls, now: int = 0) -> Self:
        """The history of somebody unknown."""
        return cls(np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.int64), now)

    @classmethod
    def of(cls, items: Sequence[int], now: int = 0) -> Self:
        """A history of equally weighted items, one second apart: for tests and for one product."""
        array = np.asarray(items, np.int32)
        ages = np.arange(len(items), 0, -1, dtype=np.int64)
        return cls(array, np.ones(len(items), np.float32), now - ages, now)


@runtime_checkable
class CandidateSource(Protocol):
    """One way of proposing items. Every source passes the contract suite in tests/contracts."""

    name: str

    def fit(self, log: InteractionLog, items: ItemTable) -> None:
        """Learn from all interactions of the log, forgetting what was learnt before."""

    def score(self, histories: Sequence[History]) -> Floats:
        """Score every item for each history: shape (len(histories), n_items), finite, >= 0.

        Zero means "not proposed". An empty history scores zero everywhere unless the source does
        not depend on the shopper.
        """

    def save(self, folder: Path) -> None:
        """Write everything that ``load`` needs into an existing, empty folder."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; large arrays may stay on disk (memory-mapped)."""


@runtime_checkable
class UpdatableSource(CandidateSource, Protocol):
    """A source whose update by new interactions equals a full refit."""

    def update(self, added: InteractionLog, items: ItemTable) -> None:
        """Add interactions; ``items`` may have grown at its end since the last fit."""

    def forget(self, removed: InteractionLog) -> None:
        """Subtract interactions that were learnt before, as if they had never been there."""


@runtime_checkable
class ExchangingSource(UpdatableSource, Protocol):
    """An updatable source that forgets and learns in one step, for the cost of one of them."""

    def exchange(self, removed: InteractionLog, added: InteractionLog, items: ItemTable) -> None:
        """Like ``forget`` and then ``update``."""


@runtime_checkable
class GrowingSource(CandidateSource, Protocol):
    """A source that cannot be updated exactly, but takes in items that nobody has touched yet."""

    def grow(self, items: ItemTable) -> None:
        """Know the items at the end of ``items`` from their content alone.

        The table begins with the items of the last fit, in the same order.
        """


@runtime_checkable
class RefittableSource(CandidateSource, Protocol):
    """A source that is costly to fit, and can go on from what it knew of less."""

    def refit(self, log: InteractionLog, items: ItemTable, start: CandidateSource) -> None:
        """Learn from all interactions of the log, beginning with what ``start`` has learnt.

        The table begins with the items of the start's fit, in the same order. Raises ValueError
        where the start is of another class or size.
        """


@runtime_checkable
class ContinuingSource(RefittableSource, Protocol):
    """A costly source that can go on with what is new alone, by a named method."""

    def learn_window(
        self,
        log: InteractionLog,
        window: InteractionLog,
        items: ItemTable,
        start: CandidateSource,
        method: str = "replay",
    ) -> None:
        """Go on from ``start`` with the window, which holds what of ``log`` it has not learnt.

        The log and the table begin with the shoppers and items of the start. Raises ValueError for
        a method that there is not, or a start of another class or size.
        """


@runtime_checkable
class FactSource(CandidateSource, Protocol):
    """A source that also reads the knowledge graph."""

    def take_facts(self, facts: TripleTable) -> None:
        """Keep the facts that the next ``fit`` or ``update`` is to use; without any it does too."""


@dataclass(frozen=True, slots=True)
class SlateRequest:
    """What a page or a client asks for. ``product`` is an external id, as are the exclusions."""

    scenario: Scenario
    shopper: str = ""
    product: str = ""
    count: int = 12
    exclude: tuple[str, ...] = ()
    #: Free words about the moment (device, page); recorded in the trace.
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SlateItem:
    """One slot of a slate, with everything that put it there."""

    product: str
    rank: int
    score: float
    #: Each source that proposed the item and what it contributed.
    sources: Mapping[str, float]
    #: The template's key and its arguments; the words are made where the language is known.
    explanation: Mapping[str, Any] = field(default_factory=dict)
    #: Rules of the policy that moved the item.
    rules: tuple[str, ...] = ()
    #: Which ranker gave the score, and how likely it holds that the shopper takes the item.
    ranker: str = ""
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Slate:
    """An ordered list of items for one shopper and scenario, and where it came from."""

    trace: str
    scenario: Scenario
    shopper: str
    product: str
    model_version: str
    #: Seconds since 1970 of the moment at which the shopper's history was read.
    scored_at: float
    items: tuple[SlateItem, ...]
    #: True where the pool did not answer in time and something older or simpler is shown.
    degraded: bool = False
    #: What else was decided on the way, in words for the trace.
    notes: Mapping[str, str] = field(default_factory=dict)


class ItemEncoder(Protocol):
    """Turns texts into vectors. ``checksum`` names the model, so that vectors are not mixed."""

    checksum: str
    dimensions: int

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors of length one, shape (len(texts), dimensions)."""
