"""A shopper's profile: what their behaviour says of them, in figures they can read."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from recommender.contracts import REJECTIONS, EventType
from recommender.events.models import Event
from recommender.features.opinions import opinions_read
from users.models import Shopper

FAVOURITES = 5
SPEAKS_FOR = [EventType.PURCHASE.value, EventType.LIKE.value, EventType.CART.value]


@dataclass(frozen=True, slots=True)
class Favourite:
    """A brand or category and how often the shopper chose it."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Profile:
    """What the shop has concluded from the log; products by external id."""

    categories: tuple[Favourite, ...]
    brands: tuple[Favourite, ...]
    #: Events by type.
    counts: dict[str, int]
    likes: tuple[str, ...]
    hidden: tuple[str, ...]


def profile_read(shopper: Shopper) -> Profile:
    """The profile of one shopper; four queries."""
    events = Event.objects.filter(shopper=shopper).order_by()
    chosen = events.filter(type__in=SPEAKS_FOR)
    counts = dict(events.values_list("type").annotate(n=Count("pk")))
    words = list(reversed(opinions_read([shopper.external_id]).items()))
    return Profile(
        categories=_favourites(chosen, "product__category__path"),
        brands=_favourites(chosen, "product__brand__name"),
        counts=counts,
        likes=tuple(product for product, word in words if word is EventType.LIKE),
        hidden=tuple(product for product, word in words if word in REJECTIONS),
    )


def _favourites(chosen: QuerySet[Event], field: str) -> tuple[Favourite, ...]:
    rows = (
        chosen.exclude(**{field: None})
        .values_list(field)
        .annotate(n=Count("pk"))
        .order_by("-n", field)[:FAVOURITES]
    )
    return tuple(Favourite(name, count) for name, count in rows)
