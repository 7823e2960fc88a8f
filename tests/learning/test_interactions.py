"""From events to the columns that sources learn from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from recommender.contracts import ItemTable
from recommender.events.snapshots import COLUMNS
from recommender.learning.interactions import MOST_CORRECTED, interaction_log

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def items(*names: str) -> ItemTable:
    blank = ("",) * len(names)
    return ItemTable(names, blank, blank, blank, np.zeros((len(names), 0), np.float32))


def events(*rows: tuple[Any, ...]) -> pa.Table:
    """Rows of shopper, product, type, value, minutes after noon and, if any, a correction."""
    return pa.table(
        [
            pa.array(column, kind)
            for column, kind in zip(
                zip(
                    *(
                        (n, *what, NOON + timedelta(minutes=minutes), *(more or [1.0]))
                        for n, (*what, minutes, more) in enumerate(
                            (*row[:5], row[5:]) for row in rows
                        )
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


def test_answers_weigh_by_their_place_but_never_as_much_as_what_was_bought():
    log = interaction_log(
        events(
            ("a", "x", "click", None, 0, 0.5),
            ("a", "y", "click", None, 1, 2.0),
            ("a", "z", "cart", 1, 2, 2.0),
            ("a", "w", "purchase", 1, 3),
        ),
        items("x", "y", "z", "w"),
    )
    assert log.weights.tolist() == pytest.approx([0.15, 0.6, MOST_CORRECTED, 1.0])


def test_a_word_against_a_product_takes_back_what_was_done_before_it():
    log = interaction_log(
        events(
            ("a", "x", "purchase", 1, 0),
            ("a", "x", "dislike", None, 100),
            ("a", "x", "view", None, 200),
            ("a", "y", "purchase", 1, 0),
            ("a", "y", "rating", 2, 100),
            ("b", "x", "purchase", 1, 0),
            ("b", "x", "hide", None, 90),
            ("b", "y", "purchase", 1, 0),
            ("b", "y", "dislike", None, 100),
            ("b", "y", "like", None, 200),
        ),
        items("x", "y"),
    )
    rows = list(zip(log.shoppers.tolist(), log.items.tolist(), log.weights.tolist(), strict=True))
    assert sorted(rows) == [
        (0, 0, pytest.approx(0.2)),
        (0, 1, pytest.approx(0.5)),
        (1, 0, pytest.approx(0.2)),
        (1, 1, 1.0),
        (1, 1, 1.0),
    ]


def test_what_a_shopper_weighs_depends_on_nobody_else():
    own = [("a", "x", "cart", 1, 0), ("a", "x", "hide", None, 90), ("a", "y", "view", 300, 5)]
    others = [("b", "x", "dislike", None, 95), ("b", "y", "purchase", 1, 1)]
    alone = interaction_log(events(*own), items("x", "y"))
    among = interaction_log(events(*own, *others), items("x", "y"))
    mine = among.shoppers == 0
    assert among.weights[mine].tolist() == alone.weights.tolist() == pytest.approx([0.12, 5 / 12])
