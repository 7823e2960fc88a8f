"""What an importer or a data set hands over: one catalogue row or one interaction, as plain data.

Rows know nothing of the database and check nothing by themselves: a row may be wrong, and the
import says so with its line number. Readers of files and loaders of data sets both yield them, so
everything after them is written once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from recommender.contracts import EventType


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One product as the catalogue should hold it; ``external_id`` is the key of an upsert."""

    external_id: str
    title: str
    description: str = ""
    #: In the shop's currency, two decimals; None where the source knows none.
    price: Decimal | None = None
    #: Units that can be sold now.
    stock: int = 0
    status: str = "active"
    #: What kind of thing it is: goods, article, video, track, trip.
    product_type: str = "goods"
    #: From the root to the leaf, as a reader sees the names.
    category: tuple[str, ...] = ()
    brand: str = ""
    #: Typed facts: text, whole numbers, decimals and truth values by their own Python types.
    attributes: Mapping[str, Any] = field(default_factory=dict)
    #: Which drawing stands for the product where it has no picture of its own.
    group: str = ""
    #: Aware, UTC: when the product first appeared; None where the source does not say.
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class InteractionRow:
    """One thing a shopper did; ``id`` makes recording it twice the same as recording it once."""

    id: str
    shopper: str
    product: str
    type: EventType
    #: What the type measures: a purchase its quantity, a rating its stars; None where nothing.
    value: float | None
    #: Aware, UTC.
    time: datetime
    #: What was searched for; only a search has words, and it has no product.
    query: str = ""
