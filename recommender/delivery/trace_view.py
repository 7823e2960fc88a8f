"""A stored slate as people read it: each place with its product, its sources and its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from catalog.models import Product
from catalog.selectors import products_by_external_id
from recommender.contracts import EventType
from recommender.delivery.models import SlateTrace
from recommender.delivery.words import explanation_products, explanation_words
from recommender.events.models import Event
from recommender.features.models import Wish
from recommender.feedback.attribution import WINDOW, How, Reward, rewards_of, wish_rewards
from recommender.feedback.rewards import Answer, slate_rewards

#: Sources in the order of their colours; one that is not listed takes the last colour.
SOURCES = (
    "transitions",
    "text_transitions",
    "ease",
    "item_knn",
    "sessions",
    "content",
    "lexical",
    "graph",
    "popular",
    "buy_again",
    "text_ease",
    "sequential",
    "generative",
    "multimodal",
)
EVENTS_BEFORE = 12
#: Answers that a slate's page shows.
ANSWERS = 24


@dataclass(frozen=True, slots=True)
class Part:
    """What one source contributed to a place: its share of the score, in percent."""

    source: str
    value: float
    percent: float

    @property
    def colour(self) -> int:
        """Number of the source's colour in the style sheet."""
        return SOURCES.index(self.source) if self.source in SOURCES else len(SOURCES)


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the slate; ``product`` is None where the catalogue has it no more."""

    rank: int
    external_id: str
    product: Product | None
    score: float
    #: Score relative to the first place, in percent.
    score_percent: float
    parts: tuple[Part, ...]
    rules: tuple[str, ...]
    reason: str
    #: Which ranker gave the score, and the chance in percent that it gives the product.
    ranker: str
    chance_percent: float | None
    #: What the shopper's answer to it is worth, -1 to 1; None where it was not in view.
    reward: float | None = None


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """Something that the shopper did, or wished, about a product of this slate."""

    product: Product | None
    words: str
    time: datetime
    place: int | None
    reward: Reward
    answer: Answer | None

    @property
    def is_named(self) -> bool:
        """Whether it says of itself that it answers this slate."""
        return self.reward.how is How.NAMED


@dataclass(frozen=True, slots=True)
class TraceView:
    """Everything that the page of a slate shows."""

    places: tuple[Place, ...]
    legend: tuple[Part, ...]
    #: What the shopper did before the slate was scored, newest first.
    before: tuple[Event, ...]
    #: What came of it, oldest first.
    after: tuple[AnswerRow, ...]


def parts_of(sources: Mapping[str, Any]) -> tuple[Part, ...]:
    """Contributions as shares of their sum, largest first; nothing negative is drawn."""
    values = {name: max(0.0, float(value)) for name, value in sources.items()}
    total = sum(values.values())
    if total <= 0:
        return ()
    ordered = sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Part(name, value, 100 * value / total) for name, value in ordered if value > 0)


def _percent(chance: float | None) -> float | None:
    return None if chance is None else 100 * float(chance)


def trace_view(trace: SlateTrace) -> TraceView:
    """Read what belongs to a trace, in a constant number of queries."""
    items: list[dict[str, Any]] = list(trace.items or [])
    wanted = [str(item.get("product", "")) for item in items]
    for item in items:
        wanted.extend(explanation_products(item.get("explanation") or {}))
    products = products_by_external_id(wanted)
    titles = {external_id: product.title for external_id, product in products.items()}
    best = max((float(item.get("score") or 0) for item in items), default=0.0)
    after = answers_of(trace, wanted[: len(items)])
    rewards = _rewards(trace, after, wanted[: len(items)])
    places = tuple(
        Place(
            rank=int(item.get("rank") or number),
            external_id=str(item.get("product", "")),
            product=products.get(str(item.get("product", ""))),
            score=float(item.get("score") or 0),
            score_percent=100 * float(item.get("score") or 0) / best if best > 0 else 0.0,
            parts=parts_of(item.get("sources") or {}),
            rules=tuple(str(rule) for rule in item.get("rules") or ()),
            reason=explanation_words(item.get("explanation") or {}, titles),
            ranker=str(item.get("ranker") or ""),
            chance_percent=_percent(item.get("probability")),
            reward=rewards.get(str(item.get("product", ""))),
        )
        for number, item in enumerate(items, start=1)
    )
    weights: dict[str, float] = {}
    for place in places:
        for part in place.parts:
            weights[part.source] = weights.get(part.source, 0.0) + part.value
    return TraceView(
        places=places,
        legend=parts_of(weights),
        before=_events_before(trace),
        after=after,
    )


def _events_before(trace: SlateTrace) -> tuple[Event, ...]:
    if trace.shopper_id is None:
        return ()
    events = (
        Event.objects.filter(shopper=trace.shopper_id, time__lte=trace.scored_at)
        .exclude(type="impression")
        .select_related("product__brand", "product__category")
        .prefetch_related("product__media")
        .order_by("-time")
    )
    return tuple(events[:EVENTS_BEFORE])


def answers_of(trace: SlateTrace, products: Sequence[str]) -> tuple[AnswerRow, ...]:
    """What came of a slate, oldest first: what names it, and what is attributed to it.

    A constant number of queries.
    """
    about = Q(trace=trace.pk)
    if trace.shopper_id is not None:
        about |= Q(
            trace=None,
            shopper=trace.shopper_id,
            product__external_id__in=products,
            time__gte=trace.scored_at,
            time__lte=trace.scored_at + WINDOW,
        )
    events = list(
        Event.objects.filter(about)
        .exclude(type=EventType.IMPRESSION.value)
        .select_related("product__brand", "product__category")
        .prefetch_related("product__media")
        .order_by("time", "pk")[:ANSWERS]
    )
    rows = [
        AnswerRow(
            event.product,
            event.get_type_display(),
            event.time,
            reward.place,
            reward,
            Answer(EventType(event.type), event.value),
        )
        for event, reward in zip(events, rewards_of(events), strict=True)
        if reward.trace == trace.pk
    ]
    return tuple(sorted([*rows, *_wishes_of(trace, products)], key=lambda row: row.time))


def _wishes_of(trace: SlateTrace, products: Sequence[str]) -> list[AnswerRow]:
    if trace.shopper_id is None:
        return []
    wishes = list(
        Wish.objects.filter(
            shopper=trace.shopper_id,
            product__external_id__in=products,
            made_at__gte=trace.scored_at,
            made_at__lte=trace.scored_at + WINDOW,
        )
        .select_related("product__brand", "product__category")
        .prefetch_related("product__media")[:ANSWERS]
    )
    return [
        AnswerRow(wish.product, wish.get_kind_display(), wish.made_at, reward.place, reward, None)
        for wish, reward in zip(wishes, wish_rewards(wishes), strict=True)
        if reward.trace == trace.pk
    ]


def _rewards(
    trace: SlateTrace, after: Sequence[AnswerRow], products: Sequence[str]
) -> dict[str, float]:
    """The reward of each product that was in view."""
    answers: defaultdict[str, list[Answer]] = defaultdict(list)
    for row in after:
        if row.product is not None and row.answer is not None:
            answers[row.product.external_id].append(row.answer)
    seen = set(
        Event.objects.filter(trace=trace.pk, type=EventType.IMPRESSION.value)
        .order_by()
        .values_list("product__external_id", flat=True)
    )
    return slate_rewards([name for name in products if name in seen or name in answers], answers)
