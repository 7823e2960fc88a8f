"""From events to the columns that sources learn from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from recommender.contracts import ItemTable
from recommender.events.snapshots import COLUMNS
from recommender.learning.interactions import interaction_log

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def items(*names: str) -> ItemTable:
    blank = ("",) * len(names)
    return ItemTable(names, blank, blank, blank, np.zeros((len(names), 0), np.float32))


def events(*rows: tuple[str, str, str, float | None, int]) -> pa.Table:
    """Rows of shopper, product, type, value and minutes after noon."""
    return pa.table(
        [
            pa.array(column, kind)
            for column, kind in zip(
                zip(
                    *(
                        (n, shopper, product, type, value, NOON + timedelta(minutes=minutes))
                        for n, (shopper, product, type, value, minutes) in enumerate(rows)
                    ),
                    strict=True,
                ),
                COLUMNS.types,
                strict=True,
            )
        ],
        schema=COLUMNS,
    )


def test_columns_are_sorted_by_shopper_and_time():
    log = interaction_log(
        events(
            ("b", "y", "purchase", 1, 5),
            ("a", "x", "purchase", 1, 9),
            ("a", "y", "purchase", 1, 2),
        ),
        items("x", "y"),
    )
    assert (log.n_shoppers, log.n_items) == (2, 2)
    noon = int(NOON.timestamp())
    assert list(zip(log.shoppers, log.items, (log.times - noon) // 60, strict=True)) == [
        (0, 1, 5),
        (1, 1, 2),
        (1, 0, 9),
    ]


def test_a_view_a_cart_and_a_purchase_within_the_hour_are_one_deed_at_its_strongest():
    log = interaction_log(
        events(
            ("a", "x", "view", None, 0),
            ("a", "x", "cart", 1, 4),
            ("a", "x", "purchase", 1, 9),
            ("a", "x", "view", None, 200),
        ),
        items("x"),
    )
    assert log.weights.tolist() == pytest.approx([1.0, 0.2])
    assert log.times.tolist() == [NOON.timestamp() + 9 * 60, NOON.timestamp() + 200 * 60]


def test_what_speaks_against_a_product_or_is_unknown_is_left_out():
    log = interaction_log(
        events(
            ("a", "x", "hide", None, 0),
            ("a", "x", "rating", 2, 100),
            ("a", "gone", "purchase", 1, 200),
            ("a", "x", "rating", 5, 300),
        ),
        items("x"),
    )
    assert log.weights.tolist() == [1.0]


def test_nothing_gives_an_empty_log():
    log = interaction_log(COLUMNS.empty_table(), items("x"))
    assert (len(log), log.n_items) == (0, 1)
