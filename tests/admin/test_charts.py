"""Charts as numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsite.charts import bars, nice_maximum, stacked_bars


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
