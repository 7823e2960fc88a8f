"""When a product is due again."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.policy.buy_again import DAY, Purchases, due_products, due_score

NOW = 1_000 * DAY


def days_ago(*days: float) -> Purchases:
    times = [round(NOW - d * DAY) for d in days]
    return Purchases(len(times), times[0], times[-1])


@pytest.mark.parametrize(
    ("bought", "expected"),
    [
        (days_ago(0), math.log(2)),
        (days_ago(60), math.log(2) / 2),
        # Every ten days and ten days ago: the moment has come.
        (days_ago(30, 20, 10), math.log(4)),
        # Just bought: two fifths of the interest.
        (days_ago(20, 10, 0), math.log(4) * 0.4),
        # Five rhythms without a purchase: faded by two.
        (days_ago(70, 60, 50), math.log(4) * math.exp(-2)),
    ],
)
def test_due_score(bought, expected):
    assert due_score(bought, NOW) == pytest.approx(expected)


def test_the_most_due_comes_first_and_ties_go_by_name():
    purchases = {"b": days_ago(60), "a": days_ago(60), "c": days_ago(30, 20, 10)}
    assert [product for product, _ in due_products(purchases, NOW)] == ["c", "a", "b"]


@given(st.lists(st.integers(0, NOW), min_size=1, max_size=30).map(sorted))
def test_a_score_is_finite_and_never_negative(times):
    score = due_score(Purchases(len(times), times[0], times[-1]), NOW)
    assert math.isfinite(score)
    assert 0.0 <= score <= math.log1p(len(times))
