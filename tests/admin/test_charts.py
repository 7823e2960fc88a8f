"""Charts as numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsite.charts import (
    Dot,
    Measured,
    bars,
    curve,
    nice_maximum,
    nice_range,
    stacked_bars,
)


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (1, 1), (2, 2), (3, 5), (6, 10), (11, 20), (499, 500), (501, 1000)]
)
def test_the_axis_ends_at_a_round_number(value: int, top: int) -> None:
    assert nice_maximum(value) == top


def test_bars_stand_on_the_ground_and_side_by_side() -> None:
    drawn = bars([0, 5, 10], ["a", "b", "c"], width=300, height=100)
    assert [(b.x, b.y, b.width, b.height) for b in drawn] == [
        (0, 100, 98, 0),
        (100, 50, 98, 50),
        (200, 0, 98, 100),
    ]


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(0, 10**7)), max_size=20))
def test_columns_stay_within_the_picture(columns: list[dict[str, int]]) -> None:
    drawn = stacked_bars(columns, ["x"] * len(columns), list("abc"), width=600, height=160)
    assert all(bar.height >= 1 and bar.y + bar.height <= 160 for bar in drawn)
    # A sliver that would not be seen is drawn one unit high, so a column may pass the top by two.
    assert all(bar.y >= -2 for bar in drawn)
    assert sum(bar.value for bar in drawn) == sum(sum(c.values()) for c in columns)


@pytest.mark.parametrize(
    ("low", "high", "ends"),
    [
        (0.031, 0.058, (0.03, 0.06, 0.005)),
        (0.0, 1.0, (0.0, 1.0, 0.5)),
        (5.0, 5.0, (4.0, 6.0, 2.0)),
        (0.0, 0.0, (0.0, 0.5, 0.5)),
    ],
)
def test_an_axis_has_round_ends(low: float, high: float, ends: tuple[float, float, float]) -> None:
    assert nice_range(low, high) == pytest.approx(ends)


def test_a_curve_goes_from_left_to_right_and_leaves_out_what_is_not_there() -> None:
    drawn = curve([Measured(5, 4, 6), None, Measured(3, 3, 3)])
    assert drawn.dots == [
        Dot("16.67", "33.33", "0.00", "66.67", 0),
        Dot("83.33", "100.00", "100.00", "100.00", 2),
    ]
    assert drawn.path == "M16.67 33.33 L83.33 100.00"
    assert [value for _place, value in drawn.grid] == [3, 4, 5, 6]
    assert curve([None, None]).dots == ()


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30))
def test_every_dot_lies_within_the_chart(values: list[float]) -> None:
    drawn = curve([Measured(value, value / 2, value) for value in values])
    for dot in drawn.dots:
        assert -0.01 <= float(dot.top) <= float(dot.at) <= float(dot.bottom) <= 100.01
    assert 2 <= len(drawn.grid) <= 12
