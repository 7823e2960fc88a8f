"""A shop whose shoppers have a taste, so that a model can be right or wrong about them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from catalog.models import Brand, Category, Product
from recommender.contracts import EventType
from recommender.events.record import EventInput, events_record

#: Aisles, products in each, shoppers of each aisle.
AISLES, GOODS, PEOPLE = 4, 8, 30
BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)


def market_make() -> None:
    """Fill the catalogue."""
    brand = Brand.objects.create(name="Meadow")
    for aisle in range(AISLES):
        category = Category.objects.create(
            name=f"Aisle {aisle}", path=f"Aisle {aisle}", slug=f"aisle-{aisle}", depth=0
        )
        Product.objects.bulk_create(
            Product(
                external_id=f"g{aisle}-{number}",
                title=f"Good {aisle} {number}",
                category=category,
                brand=brand,
                price=2,
                stock=10,
            )
            for number in range(GOODS)
        )


def week_events(week: int, *, seed: int = 0, shuffled: bool = False) -> list[EventInput]:
    """What everybody buys in a week: three things of their aisle, each following the last.

    ``shuffled`` gives every purchase to a product by chance instead.
    """
    dice = np.random.default_rng([seed, week])
    return list(_purchases(week, dice, shuffled))


def _purchases(week: int, dice: np.random.Generator, shuffled: bool) -> Iterator[EventInput]:
    for shopper in range(AISLES * PEOPLE):
        aisle = shopper % AISLES
        number = int(dice.integers(GOODS))
        for place in range(3):
            chosen = (aisle, (number + place) % GOODS)
            if shuffled:
                chosen = (int(dice.integers(AISLES)), int(dice.integers(GOODS)))
            yield EventInput(
                id=f"w{week}-{shopper}-{place}",
                type=EventType.PURCHASE,
                shopper=f"s{shopper}",
                product=f"g{chosen[0]}-{chosen[1]}",
                time=BEGIN + timedelta(weeks=week, minutes=shopper, hours=2 * place),
            )


def record(events: list[EventInput]) -> None:
    """Put them on record."""
    for start in range(0, len(events), 1000):
        events_record(origin="market", events=events[start : start + 1000], attests_consent=True)
