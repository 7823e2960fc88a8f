import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.learning.lifelong.drift import Drift, Mixing, drift_of, jensen_shannon
from recommender.learning.lifelong.window_shape import window_shape
from tests.learning.lifelong.markets import learnt, market_items, visits


def test_divergence_of_hand_made_counts():
    assert jensen_shannon(np.array([3, 1]), np.array([6, 2])) == 0.0
    assert jensen_shannon(np.array([2, 0]), np.array([0, 5])) == pytest.approx(1.0)
    # p = (1, 0), q = (1/2, 1/2), middle (3/4, 1/4).
    expected = (np.log2(4 / 3) + 0.5 * np.log2(2 / 3) + 0.5 * np.log2(2)) / 2
    assert jensen_shannon(np.array([4, 0]), np.array([3, 3])) == pytest.approx(expected)
    assert jensen_shannon(np.array([0, 0]), np.array([1, 2])) == 0.0


counts = st.lists(st.integers(0, 1000), min_size=4, max_size=4).filter(any)


@given(counts, counts)
def test_divergence_is_symmetric_and_bounded(one, other):
    there, back = (
        jensen_shannon(np.array(a), np.array(b)) for a, b in ((one, other), (other, one))
    )
    assert there == pytest.approx(back)
    assert 0.0 <= there <= 1.0


@given(st.integers(2, 40), st.integers(2, 6), st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_equal_samples_do_not_drift(visits_each, kinds, seed):
    codes = np.tile(np.arange(visits_each * 2) % kinds, 2)
    late = np.repeat([False, True], visits_each * 2)
    mixing = Mixing(np.arange(len(codes)) // 2, late, np.random.default_rng(seed))
    assert mixing.measure("products", codes).figure == 0.0
    assert mixing.mean_vector("text", codes, np.eye(kinds)).figure == pytest.approx(0.0, abs=1e-6)


def test_samples_of_one_distribution_seldom_pass_for_drift():
    dice = np.random.default_rng(0)
    beyond = 0
    for _ in range(60):
        # Visits that hold one product only: far fewer independent choices than interactions.
        taken = np.repeat(dice.choice(50, 60), 4)
        late = np.arange(240) >= 160
        mixing = Mixing(np.arange(240) // 4, late, dice)
        beyond += mixing.measure("products", taken).beyond_chance
    # One per cent is what the test allows itself; six of sixty would happen once in a million.
    assert beyond <= 5


def market(days, *, step=1, shoppers=150, seed=0, first=0):
    rng = np.random.default_rng(seed)
    return [
        row
        for day in range(first, first + days)
        for row in visits(rng, day, rng.integers(0, shoppers, 40), step)
    ]


def test_a_window_like_those_before_does_not_drift_and_another_does():
    past = market(40)
    items, before = market_items(), learnt(past)
    calm = drift_of(before, learnt(past + market(8, seed=1, first=40)), items)
    assert {measure.name for measure in calm.measures} == {
        "strength", "products", "groups", "lengths", "popularity", "new_items", "text",
    }  # fmt: skip
    assert all(measure.figure < 0.15 for measure in calm.measures)
    # Half of the groups is not bought any more.
    window = [row for row in market(16, seed=1, first=40) if row[1] >= 100]
    moved = drift_of(before, learnt(past + window), items)
    figures = {measure.name: measure for measure in moved.measures}
    assert all(figures[name].beyond_chance for name in ("products", "groups", "text"))
    assert figures["groups"].figure > 0.4
    assert moved.largest is not None
    assert moved.largest.figure == max(measure.figure for measure in moved.measures)
    assert Drift.from_json(moved.as_json()).window == moved.window


def test_the_mix_of_types_is_compared_where_it_is_given():
    past = market(6)
    before, now = learnt(past), learnt(past + market(2, seed=1, first=6))
    same = drift_of(
        before, now, market_items(), types=({"view": 800, "cart": 80}, {"view": 100, "cart": 10})
    )
    assert same.measures[0].name == "types"
    assert same.measures[0].figure == 0.0
    other = drift_of(before, now, market_items(), types=({"view": 800, "cart": 80}, {"cart": 110}))
    assert other.largest == other.measures[0]


def test_without_anything_to_compare_there_is_no_drift():
    past = learnt(market(3))
    assert drift_of(past, past, market_items()) == Drift()
    assert drift_of(learnt([]), past, market_items()) == Drift()
    assert Drift.from_json(Drift().as_json()) == Drift()


def test_shape_of_a_hand_made_window():
    past = [(0, 1, 10), (0, 2, 11), (1, 1, 12), (1, 3, 13), (2, 1, 14), (2, 2, 15)]
    before = learnt(past)
    now = learnt([*past, (0, 7, 100), (1, 7, 101), (2, 7, 102), (2, 8, 103)])
    shape = window_shape(before, now, market_items().ids)
    assert shape is not None
    assert (shape.interactions, shape.item) == (4, "p7")
    assert (shape.item_share, shape.shopper_share) == (0.75, 0.5)
    # The one earlier stretch of four: items 1 3 1 2, shoppers 1 1 2 2.
    assert (shape.item_share_before, shape.shopper_share_before) == (0.5, 0.5)
    assert window_shape(before, before) is None
