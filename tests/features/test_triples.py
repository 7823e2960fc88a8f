"""Accepted facts read from the record, and as an earlier log would have shown them."""

from __future__ import annotations

import numpy as np
import pytest

from catalog.models import Product
from kg.facts import entity_make, fact_state
from kg.models import Fact
from kg.vocabulary import vocabulary_make
from recommender.contracts import InteractionLog, TripleTable
from recommender.features.copurchase_facts import facts_as_of
from recommender.features.triples import triples_read
from tests.candidates.small_graph import make_items

DAY = 86_400


@pytest.fixture
def facts(db) -> None:
    vocabulary_make()
    soap, comb = (
        entity_make(
            kind="product",
            name=title,
            product=Product.objects.create(external_id=external_id, title=title),
        )
        for external_id, title in (("p1", "Soap"), ("p2", "Comb"))
    )
    ada = entity_make(kind="brand", name="Ada")
    cleaning = entity_make(kind="use", name="cleaning")
    entity_make(kind="brand", name="Of whom nothing is said")
    for subject, predicate, object, confidence, status in (
        (soap, "made_by", ada, 1.0, Fact.Status.ACCEPTED),
        (soap, "complements", comb, 0.25, Fact.Status.ACCEPTED),
        (soap, "used_for", cleaning, 0.5, Fact.Status.PROPOSED),
        (comb, "used_for", cleaning, 0.5, Fact.Status.REJECTED),
    ):
        fact_state(
            subject=subject, predicate=predicate, object=object,
            confidence=confidence, status=status,
        )  # fmt: skip


def told(table: TripleTable) -> set[tuple[str, str, str, float]]:
    return {
        (table.entities[s], table.predicates[r], table.entities[o], round(float(c), 4))
        for s, r, o, c in zip(
            table.subjects, table.relations, table.objects, table.confidences, strict=True
        )
    }


@pytest.mark.django_db
def test_only_accepted_facts_are_read_in_two_queries(facts, django_assert_num_queries):
    with django_assert_num_queries(2):
        table = triples_read()
    assert told(table) == {
        ("product:p1", "made_by", "brand:Ada", 1.0),
        ("product:p1", "complements", "product:p2", 0.25),
    }
    by_key = dict(zip(table.entities, zip(table.names, table.products, strict=True), strict=True))
    assert by_key == {
        "product:p1": ("Soap", "p1"),
        "product:p2": ("Comb", "p2"),
        "brand:Ada": ("Ada", ""),
    }


@pytest.mark.django_db
def test_an_empty_record_is_an_empty_table():
    table = triples_read()
    assert len(table) == 0
    assert table.entities == table.predicates == ()


def log_of(rows):
    shoppers, items, days, weights = (np.array(column) for column in zip(*rows, strict=True))
    return InteractionLog(
        shoppers.astype(np.int32), items.astype(np.int32), weights.astype(np.float32),
        days.astype(np.int64) * DAY + 3_600, int(shoppers.max()) + 1, 6,
    )  # fmt: skip


def test_copurchases_come_from_the_given_log_alone_and_other_facts_stay():
    # comb and brush together in three of six baskets; comb and soap only by viewing.
    rows = [(shopper, item, 1, 1.0) for shopper in range(3) for item in (0, 1)]
    rows += [(shopper, 2, 1, 0.2) for shopper in range(3)]
    rows += [(shopper, 3, 9, 1.0) for shopper in range(3)]
    stale = TripleTable(
        ("product:comb", "product:lamp", "brand:Ada"), ("comb", "lamp", "Ada"),
        ("comb", "lamp", ""), ("bought_with", "made_by"),
        np.array([0, 0], np.int32), np.array([0, 1], np.int32), np.array([1, 2], np.int32),
        np.array([0.9, 1.0], np.float32),
    )  # fmt: skip
    table = facts_as_of(stale, log_of(sorted(rows, key=lambda r: (r[0], r[2]))), make_items())
    # Lift 3·6 / (3·3) = 2 and nothing is bought with chance less: ln 2 / ln 2 · 3 / (3 + 2).
    assert told(table) == {
        ("product:comb", "made_by", "brand:Ada", 1.0),
        ("product:comb", "bought_with", "product:brush", 0.6),
    }
    assert table.products[table.entities.index("product:brush")] == "brush"


def test_two_days_of_one_shopper_are_two_baskets():
    rows = [(shopper, 0, 1, 1.0) for shopper in range(3)]
    rows += [(shopper, 1, 2, 1.0) for shopper in range(3)]
    table = facts_as_of(TripleTable.empty(), log_of(sorted(rows)), make_items())
    assert len(table) == 0
