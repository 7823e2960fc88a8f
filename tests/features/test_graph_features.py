import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.candidates.fact_edges import FactEdges, fact_edges
from recommender.contracts import History
from recommender.features.graph_features import FEATURES, GraphFeatures
from tests.candidates.small_graph import ITEMS, make_facts, make_items


def test_the_small_graph_counted_by_hand():
    features = GraphFeatures(fact_edges(make_items(), make_facts()))
    values = features.values(History.of([0]), np.arange(len(ITEMS)))
    assert FEATURES[0] == "fact_degree"
    np.testing.assert_array_equal(
        values,
        [
            # facts, joined directly, shared entities, paths of 2, paths of 3; comb itself first
            [2, 0, 0, 0, 0],
            [3, 1, 1, 1, 0],
            [3, 0, 0, 0, 1],  # comb - brush - cleaning - soap
            [2, 0, 0, 0, 0],
            [0, 0, 0, 0, 0],
            [0, 0, 0, 0, 0],
        ],
    )


def test_an_item_of_the_history_is_compared_with_the_rest():
    features = GraphFeatures(fact_edges(make_items(), make_facts()))
    values = features.values(History.of([0, 1]), np.array([0]))
    alone = features.values(History.of([1]), np.array([0]))
    np.testing.assert_array_equal(values, alone)


@given(
    edges=st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=16),
    history=st.lists(st.integers(0, 3), max_size=4),
)
def test_paths_are_those_that_a_search_finds(edges, history):
    pairs = [(one, two) for one, two in edges if one != two]
    count = len(pairs)
    ends = np.array(pairs, np.int32).reshape(-1, 2)
    graph = FactEdges(
        4, ("brand:a", "brand:b", "use:c"), ("a", "b", "c"), ("is",),
        ends[:, 0], np.zeros(count, np.int32), ends[:, 1], np.ones(count, np.float32),
        np.ones(count, bool),
    )  # fmt: skip
    near = {
        node: {b for a, b in pairs if a == node} | {a for a, b in pairs if b == node}
        for node in range(7)
    }
    values = GraphFeatures(graph).values(History.of(history), np.arange(4))
    for item in range(4):
        starts = set(history) - {item}
        two = sum(m in near[s] and item in near[m] for s in starts for m in range(7))
        shared = sum(m in near[s] and item in near[m] for s in starts for m in range(4, 7))
        three = sum(
            m in near[s] and n in near[m] and item in near[n]
            for s in starts
            for m, n in itertools.permutations(set(range(7)) - {s, item}, 2)
        )
        direct = sum(item in near[s] for s in starts)
        assert values[item].tolist() == [len(near[item]), direct, shared, two, three]
