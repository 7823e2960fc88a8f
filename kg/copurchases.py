"""Co-purchases: which products are bought together more often than chance explains.

A basket is what a shopper bought on one day (UTC). For products a and b in n_a and n_b of N
baskets, n of them shared, lift is ``n * N / (n_a * n_b)``. The confidence is the normalised
pointwise mutual information ``ln(lift) / -ln(n / N)`` (Bouma 2009), which lies in 0..1 where the
lift is above one, times ``n / (n + SHRINKAGE)``, so that few baskets prove less than many.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from django.db import transaction

from catalog.importing.report import ImportReport
from catalog.importing.run import Progress
from catalog.models import Product
from kg.bulk import facts_write, pieces
from kg.catalogue_facts import SyncReport
from kg.entities import product_key
from kg.models import Fact
from kg.statement_writer import Statement, StatementWriter
from kg.vocabulary import vocabulary_ensure
from recommender.contracts import EventType
from recommender.events.models import Event

PREDICATE = "bought_with"
SUPPORT = 3
PER_PRODUCT = 20
SHRINKAGE = 2.0
#: A larger basket is a stock order rather than a choice, and its pairs would outnumber all others.
BASKET_LIMIT = 100
CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Copurchase:
    """Two products (the lesser number first) and how firmly the baskets join them."""

    first: int
    second: int
    together: int
    baskets: int
    lift: float
    confidence: float

    @property
    def evidence(self) -> str:
        """The figures, for whoever reviews the fact."""
        return (
            f"Together in {self.together:,} of {self.baskets:,} baskets, "
            f"{self.lift:.1f} times as often as by chance."
        )


def copurchases_find(
    baskets: Sequence[Sequence[int]],
    *,
    support: int = SUPPORT,
    per_product: int = PER_PRODUCT,
) -> list[Copurchase]:
    """The firmest pairs, each product in at most ``per_product`` of them, firmest first.

    ``baskets`` hold distinct product numbers. ``support`` is how many baskets a pair needs.
    """
    single = Counter(product for basket in baskets for product in basket)
    pairs: Counter[tuple[int, int]] = Counter()
    for basket in baskets:
        # A product that is bought less often than a pair must be is in no pair.
        often = sorted(product for product in basket if single[product] >= support)
        if len(often) <= BASKET_LIMIT:
            pairs.update(combinations(often, 2))
    found = [
        pair
        for (first, second), together in pairs.items()
        if together >= support
        and (pair := _measured(first, second, together, len(baskets), single)) is not None
    ]
    found.sort(key=lambda pair: (-pair.confidence, -pair.together, pair.first, pair.second))
    room: Counter[int] = Counter()
    kept = []
    for pair in found:
        if room[pair.first] < per_product and room[pair.second] < per_product:
            room.update((pair.first, pair.second))
            kept.append(pair)
    return kept


def _measured(
    first: int, second: int, together: int, baskets: int, single: Mapping[int, int]
) -> Copurchase | None:
    """The pair with its figures; None where chance explains it."""
    lift = together * baskets / (single[first] * single[second])
    if lift <= 1 or together == baskets:
        return None
    information = math.log(lift) / -math.log(together / baskets)
    confidence = round(min(1.0, information) * together / (together + SHRINKAGE), 2)
    if confidence <= 0:
        return None
    return Copurchase(first, second, together, baskets, lift, confidence)


def baskets_read(*, since: datetime | None = None) -> list[tuple[int, ...]]:
    """Distinct products (primary keys) of each shopper and day."""
    events = Event.objects.filter(type=EventType.PURCHASE.value, product__isnull=False)
    if since is not None:
        events = events.filter(time__gte=since)
    return list(
        _baskets(
            events.order_by("shopper", "time")
            .values_list("shopper_id", "time", "product_id")
            .iterator(chunk_size=10_000)
        )
    )


def _baskets(rows: Iterator[tuple[int, datetime, int]]) -> Iterator[tuple[int, ...]]:
    current: tuple[object, ...] = ()
    basket: set[int] = set()
    for shopper, time, product in rows:
        if (shopper, time.date()) != current:
            if basket:
                yield tuple(sorted(basket))
            current, basket = (shopper, time.date()), set()
        basket.add(product)
    if basket:
        yield tuple(sorted(basket))


def copurchases_refresh(
    *,
    support: int = SUPPORT,
    per_product: int = PER_PRODUCT,
    progress: Progress | None = None,
) -> SyncReport:
    """State what the log shows now and retract what it no longer shows.

    Facts that a person rejected or stated stay as they are. ``progress`` is called with the pairs
    written since the last call.
    """
    vocabulary_ensure()
    pairs = copurchases_find(baskets_read(), support=support, per_product=per_product)
    keys = {
        pk: product_key(external_id)
        for pk, external_id in Product.objects.exclude(status=Product.Status.DRAFT)
        .order_by()
        .values_list("pk", "external_id")
    }
    wanted: dict[tuple[str, str], Copurchase] = {}
    for pair in pairs:
        if pair.first in keys and pair.second in keys:
            one, two = keys[pair.first], keys[pair.second]
            wanted[min(one, two), max(one, two)] = pair
    report = SyncReport(products=len({pk for p in pairs for pk in (p.first, p.second)}))
    present = {
        (subject, object): confidence
        for subject, object, confidence in Fact.objects.filter(
            predicate__key=PREDICATE, source=Fact.Source.LOG, status=Fact.Status.ACCEPTED
        )
        .order_by()
        .values_list("subject__key", "object__key", "confidence")
    }
    _retract([pair for pair in present if pair not in wanted], report)
    # Evidence that says the same to two decimals is no news: the history would grow by it daily.
    news = [
        (sides, pair) for sides, pair in wanted.items() if present.get(sides) != pair.confidence
    ]
    report.unchanged += len(wanted) - len(news)
    writer = StatementWriter(reason="purchases")
    for piece in pieces(news, CHUNK):
        taken = ImportReport()
        with transaction.atomic():
            writer.write([_statement(*sides, pair) for sides, pair in piece], taken)
        report.add(taken)
        if progress:
            progress(len(piece))
    return report


def _statement(subject: str, object: str, pair: Copurchase) -> Statement:
    return Statement(
        0,
        subject,
        PREDICATE,
        object,
        confidence=pair.confidence,
        evidence=pair.evidence,
        source=Fact.Source.LOG,
    )


def _retract(gone: Sequence[tuple[str, str]], report: SyncReport) -> None:
    for piece in pieces(gone):
        facts = Fact.objects.filter(
            predicate__key=PREDICATE,
            source=Fact.Source.LOG,
            status=Fact.Status.ACCEPTED,
            subject__key__in={subject for subject, _object in piece},
        ).select_related("subject", "predicate", "object")
        removed = [f for f in facts.order_by("pk") if (f.subject.key, f.object.key) in set(piece)]
        facts_write(removed=removed, reason="purchases no longer show it")
        report.retracted += len(removed)
