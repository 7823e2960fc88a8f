"""Which slate an event is an answer to, and what reward it got for it.

An event that names a slate is that slate's. One that names none, as a purchase at the till, is the
newest slate's that the shopper had in view with the product within the day before; where nobody
reported what was in view, the newest that held the product.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from recommender.contracts import EventType
from recommender.delivery.models import SlateTrace
from recommender.events.models import Event
from recommender.features.models import Wish
from recommender.feedback.rewards import FEWER, FORGET, event_reward

#: An answer is given within this time of being shown.
WINDOW = timedelta(days=1)
#: Slates of one shopper within the window that are looked through for a product.
LOOKED_THROUGH = 200


class How(StrEnum):
    """How an event came to its slate."""

    NAMED = "named"
    IN_VIEW = "in-view"
    HELD = "held"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Reward:
    """What an event is worth, and of which slate it says so."""

    reward: float
    trace: UUID | None = None
    place: int | None = None
    how: How = How.NONE


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a shopper (primary key) did about a product (primary key and external id)."""

    shopper: int
    product: int
    external_id: str
    time: datetime


#: A slate, the place at which the product stood, and how it was found.
Attributed = tuple[UUID, int | None, How]


def rewards_of(events: Sequence[Event]) -> list[Reward]:
    """The reward of each event and its slate, in order; at most two queries.

    ``events`` should be read with their products.
    """
    open_ones = {
        at: Deed(event.shopper_id, event.product.pk, event.product.external_id, event.time)
        for at, event in enumerate(events)
        if event.trace is None and event.product is not None and event.type != EventType.SEARCH
    }
    found = _newest_shown(list(open_ones.values()))
    slates = dict(zip(open_ones, found, strict=True))
    rewards = []
    for at, event in enumerate(events):
        reward = event_reward(EventType(event.type), event.value)
        if event.trace is not None:
            rewards.append(Reward(reward, event.trace, event.rank, How.NAMED))
        elif (attributed := slates.get(at)) is not None:
            rewards.append(Reward(reward, *attributed))
        else:
            rewards.append(Reward(reward))
    return rewards


def wish_rewards(wishes: Sequence[Wish]) -> list[Reward]:
    """The same for wishes: to forget a product, or to see fewer of the kind; at most two queries.

    A wish for fewer of a kind is about all of its products, so only what was named counts for a
    slate: wishes of this kind have none.
    """
    about = {
        at: Deed(wish.shopper_id, wish.product.pk, wish.product.external_id, wish.made_at)
        for at, wish in enumerate(wishes)
        if wish.product is not None
    }
    found = dict(zip(about, _newest_shown(list(about.values())), strict=True))
    rewards = []
    for at, wish in enumerate(wishes):
        reward = FORGET if wish.kind == Wish.Kind.FORGET else FEWER
        attributed = found.get(at)
        rewards.append(Reward(reward, *attributed) if attributed else Reward(reward))
    return rewards


def _newest_shown(deeds: Sequence[Deed]) -> list[Attributed | None]:
    """For each deed the newest slate within the window before it that showed the product."""
    if not deeds:
        return []
    since = min(deed.time for deed in deeds) - WINDOW
    until = max(deed.time for deed in deeds)
    shoppers = {deed.shopper for deed in deeds}
    seen: defaultdict[tuple[int, int | None], list[tuple[datetime, UUID, int | None]]]
    seen = defaultdict(list)
    impressions = Event.objects.filter(
        shopper__in=shoppers,
        product__in={deed.product for deed in deeds},
        type=EventType.IMPRESSION.value,
        trace__isnull=False,
        time__gte=since,
        time__lte=until,
    ).order_by("-time", "-pk")
    for shopper, product, time, trace, rank in impressions.values_list(
        "shopper", "product", "time", "trace", "rank"
    ):
        if trace is not None:
            seen[shopper, product].append((time, trace, rank))
    found: list[Attributed | None] = []
    for deed in deeds:
        fitting = (
            (trace, rank, How.IN_VIEW)
            for time, trace, rank in seen[deed.shopper, deed.product]
            if deed.time - WINDOW <= time <= deed.time
        )
        found.append(next(fitting, None))
    if None in found:
        held = _newest_held(deeds, since, until)
        found = [one or held.get(deed) for one, deed in zip(found, deeds, strict=True)]
    return found


def _newest_held(
    deeds: Sequence[Deed], since: datetime, until: datetime
) -> dict[Deed, Attributed | None]:
    """The newest slate that held the product, whether or not it was in view."""
    slates: defaultdict[int, list[tuple[datetime, UUID, dict[str, int]]]] = defaultdict(list)
    rows = SlateTrace.objects.filter(
        shopper__in={deed.shopper for deed in deeds}, scored_at__gte=since, scored_at__lte=until
    ).order_by("-scored_at")
    for shopper, trace, items, scored_at in rows.values_list(
        "shopper", "trace", "items", "scored_at"
    )[: LOOKED_THROUGH * len({deed.shopper for deed in deeds})]:
        if shopper is not None:
            places = {str(item["product"]): int(item["rank"]) for item in items}
            slates[shopper].append((scored_at, trace, places))
    return {
        deed: next(
            (
                (trace, places[deed.external_id], How.HELD)
                for scored_at, trace, places in slates[deed.shopper]
                if deed.time - WINDOW <= scored_at <= deed.time and deed.external_id in places
            ),
            None,
        )
        for deed in deeds
    }
