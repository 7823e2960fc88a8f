"""What is known of a shopper at the moment of asking, read from the event log."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Count, Max, Min
from django.utils import timezone

from recommender.contracts import EVENT_WEIGHTS, EventType
from recommender.events.models import Event
from recommender.features.opinions import rejections
from recommender.features.wishes import NO_WISHES, wishes_read
from recommender.feedback.rewards import WORDS, event_reward, lessened, view_reward
from recommender.policy.buy_again import Purchases
from users.models import Consent, Shopper

#: The newest events that the sources look at; what is older hardly moves a slate.
RECENT_EVENTS = 200
#: Whoever bought a product longer ago than this is not reminded of it.
BUY_AGAIN_WINDOW = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing the shopper did that speaks for a product. ``time`` is in seconds since 1970."""

    product: str
    type: EventType
    weight: float
    time: int


@dataclass(frozen=True, slots=True)
class ShopperState:
    """A shopper's recent deeds (oldest first), purchases and rejections, by external id."""

    external_id: str = ""
    deeds: tuple[Deed, ...] = ()
    purchases: dict[str, Purchases] = field(default_factory=dict)
    rejected: frozenset[str] = frozenset()
    #: Categories (paths) of which the shopper wants to see fewer.
    fewer: frozenset[str] = frozenset()


#: Somebody of whom nothing is known or may be used.
STRANGER = ShopperState()


def rating_weight(stars: float) -> float:
    """What a rating says in favour: five stars as much as a purchase, two and below nothing."""
    return max(0.0, (stars - 2) / 3)


def event_weight(type: EventType, value: float | None) -> float:
    """How strongly an event speaks for its product; a view by how long it lasted."""
    if type in (EventType.RATING, EventType.REVIEW) and value is not None:
        return rating_weight(value)
    if type is EventType.VIEW:
        return view_reward(value)
    return EVENT_WEIGHTS.get(type, 0.0)


def weights_after_words(deeds: Sequence[tuple[str, EventType, float | None]]) -> list[float]:
    """The weight of each deed (product, type, value), oldest first.

    Where the newest word on a product speaks against it, what was done with it before counts less,
    and after a dislike for nothing.
    """
    weights: list[float] = []
    words: dict[str, float] = {}
    for product, type, value in reversed(deeds):
        weights.append(lessened(event_weight(type, value), words.get(product, 0.0)))
        if type in WORDS:
            words.setdefault(product, event_reward(type, value))
    weights.reverse()
    return weights


def shopper_states_read(external_ids: Iterable[str]) -> dict[str, ShopperState]:
    """The states of these shoppers; whoever is unknown or has not consented is a stranger."""
    shoppers = Shopper.objects.filter(
        external_id__in=set(external_ids), consent=Consent.GRANTED
    ).only("pk", "external_id")
    found = list(shoppers)
    names = [shopper.external_id for shopper in found]
    purchases = _purchases([shopper.pk for shopper in found])
    rejected, wishes = rejections(names), wishes_read(names)
    states = {}
    for shopper in found:
        wished = wishes.get(shopper.external_id, NO_WISHES)
        states[shopper.external_id] = ShopperState(
            external_id=shopper.external_id,
            deeds=_deeds(shopper, wished.forgotten),
            purchases={
                product: bought
                for product, bought in purchases.get(shopper.pk, {}).items()
                if product not in wished.forgotten
            },
            rejected=rejected.get(shopper.external_id, frozenset()),
            fewer=wished.fewer,
        )
    return states


def _deeds(shopper: Shopper, forgotten: Collection[str]) -> tuple[Deed, ...]:
    """The newest, oldest of them first. One query each: an index ends it after so many rows."""
    about = Event.objects.filter(shopper=shopper).exclude(product=None)
    rows = about.exclude(type=EventType.IMPRESSION.value).order_by("-time", "-pk")
    read = [
        (product, EventType(kind), value, int(time.timestamp()))
        for product, kind, value, time in rows.values_list(
            "product__external_id", "type", "value", "time"
        )[:RECENT_EVENTS]
    ][::-1]
    weights = weights_after_words([(product, kind, value) for product, kind, value, _ in read])
    return tuple(
        Deed(product, kind, weight, time)
        for (product, kind, _, time), weight in zip(read, weights, strict=True)
        if weight > 0 and product not in forgotten
    )


def _purchases(shoppers: Sequence[int]) -> dict[int, dict[str, Purchases]]:
    """What each shopper (primary key) bought, by external id of the product."""
    bought = (
        Event.objects.filter(
            shopper__in=shoppers,
            type=EventType.PURCHASE.value,
            time__gte=timezone.now() - BUY_AGAIN_WINDOW,
        )
        .exclude(product=None)
        .order_by()
        .values_list("shopper", "product__external_id")
        .annotate(count=Count("pk"), first=Min("time"), last=Max("time"))
    )
    purchases: dict[int, dict[str, Purchases]] = {}
    for shopper, product, count, first, last in bought:
        purchases.setdefault(shopper, {})[product] = Purchases(
            count, int(first.timestamp()), int(last.timestamp())
        )
    return purchases
