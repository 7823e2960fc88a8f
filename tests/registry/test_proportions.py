"""Shares, their intervals and how far one fell below another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.registry.proportions import Fall, Share, fall_of

shares = st.integers(0, 10_000).flatmap(
    lambda of: st.integers(0, of).map(lambda hits: Share(hits, of))
)


def test_the_interval_is_wilsons():
    # Wilson's own arithmetic for 8 of 10.
    assert Share(8, 10).interval() == pytest.approx((0.4901625, 0.9433178), abs=1e-6)
    assert Share(0, 0).interval() == (0.0, 1.0)
    assert (Share(0, 0).rate, Share(1, 4).rate) == (None, 0.25)


@given(shares)
def test_the_interval_holds_the_share(share: Share):
    low, high = share.interval()
    assert 0 <= low <= high <= 1
    if share.of:
        assert low - 1e-9 <= share.rate <= high + 1e-9


def test_one_stratum_is_the_pooled_test_of_two_proportions():
    # 100 of 1000 against 60 of 1000: pooled share .08, error sqrt(.08 * .92 * 2 / 1000).
    fall = fall_of({0: Share(100, 1000)}, {0: Share(60, 1000)})
    assert (fall.before, fall.now, fall.is_matched) == (0.1, 0.06, True)
    assert fall.part == pytest.approx(0.4)
    assert fall.errors == pytest.approx(0.04 / 0.0121326, rel=1e-4)


def test_hours_are_compared_with_the_same_hours():
    """At night fewer click: a version that was shown at night only has not fallen for that."""
    before = {3: Share(10, 1000), 12: Share(100, 1000)}
    fall = fall_of(before, {3: Share(10, 1000)})
    assert (fall.before, fall.now, fall.errors, fall.is_matched) == (0.01, 0.01, 0.0, True)


def test_hours_that_were_not_there_before_are_compared_as_a_whole():
    fall = fall_of({12: Share(100, 1000)}, {3: Share(50, 900), 12: Share(10, 100)})
    assert (fall.before, fall.now, fall.is_matched) == (0.1, 0.06, False)


def test_nothing_against_something_tells_nothing():
    assert fall_of({}, {1: Share(1, 2)}) is None
    assert fall_of({1: Share(1, 2)}, {}) is None
    assert fall_of({1: Share(1, 2)}, {1: Share(0, 0)}) is None
    assert Fall(0.0, 0.0, 0.0, True).part == 0


@given(st.dictionaries(st.integers(0, 3), shares), st.dictionaries(st.integers(0, 3), shares))
def test_what_rises_one_way_falls_the_other(one: dict[int, Share], other: dict[int, Share]):
    fall = fall_of(one, other)
    if fall is not None:
        assert 0 <= fall.before <= 1 + 1e-9
        assert 0 <= fall.now <= 1 + 1e-9
        assert (fall.errors > 0) == (fall.before > fall.now) or fall.errors == pytest.approx(0)
