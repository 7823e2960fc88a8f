"""A shopper's profile: what their behaviour says of them, in figures they can read."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Max, Q, QuerySet

from recommender.contracts import REJECTIONS, EventType
from recommender.events.models import Event
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
    likes, hidden = _judged(shopper)
    return Profile(
        categories=_favourites(chosen, "product__category__path"),
        brands=_favourites(chosen, "product__brand__name"),
        counts=counts,
        likes=likes,
        hidden=hidden,
    )


def _favourites(chosen: QuerySet[Event], field: str) -> tuple[Favourite, ...]:
    rows = (
        chosen.exclude(**{field: None})
        .values_list(field)
        .annotate(n=Count("pk"))
        .order_by("-n", field)[:FAVOURITES]
    )
    return tuple(Favourite(name, count) for name, count in rows)


def _judged(shopper: Shopper) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Liked and hidden products, newest first; of two judgements the newer one counts."""
    rejections = [kind.value for kind in REJECTIONS]
    liked_type = EventType.LIKE.value
    rows = (
        Event.objects.filter(shopper=shopper, type__in=[liked_type, *rejections])
        .exclude(product=None)
        .order_by()
        .values_list("product__external_id")
        .annotate(
            liked=Max("pk", filter=Q(type=liked_type)),
            rejected=Max("pk", filter=Q(type__in=rejections)),
        )
    )
    likes = [(liked, p) for p, liked, rejected in rows if (liked or 0) > (rejected or 0)]
    hidden = [(rejected, p) for p, liked, rejected in rows if (rejected or 0) > (liked or 0)]
    return (
        tuple(p for _, p in sorted(likes, reverse=True)),
        tuple(p for _, p in sorted(hidden, reverse=True)),
    )
