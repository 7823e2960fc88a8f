import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.candidates.recency import history_rows
from recommender.contracts import History


def history(items, times):
    return History(
        np.array(items, np.int32), np.ones(len(items), np.float32), np.array(times, np.int64)
    )


def test_single_purchases_fade_by_their_distance_from_the_end():
    rows = history_rows([history([4, 1, 3], [10, 20, 30])], 5, decay=0.5).toarray()
    np.testing.assert_allclose(rows, [[0, 0.5, 0, 1.0, 0.25]])


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=3),
    st.sampled_from([0.3, 0.5, 0.9]),
)
def test_a_basket_weighs_what_all_its_orders_weigh_on_average(sizes, decay):
    times = [time for time, size in enumerate(sizes) for _ in range(size)]
    count = len(times)
    total, orders = np.zeros(count), 0
    for order in itertools.permutations(range(count)):
        if all(times[a] <= times[b] for a, b in itertools.pairwise(order)):
            for place, item in enumerate(order):
                total[item] += decay ** (count - 1 - place)
            orders += 1
    rows = history_rows([history(range(count), times)], count, decay=decay).toarray()
    np.testing.assert_allclose(rows[0], total / orders, rtol=1e-5)


def test_repetitions_add_up_and_old_interactions_are_cut():
    rows = history_rows([history([1, 0, 0], [1, 2, 3])], 2, decay=1.0, longest=2).toarray()
    np.testing.assert_allclose(rows, [[2.0, 0.0]])
