import numpy as np
import pytest

from recommender.candidates import TextTransitions, Transitions
from recommender.candidates.transitions import text_neighbours
from recommender.contracts import History, InteractionLog, ItemTable


def log_of(*sequences, n_items=4):
    rows = [(s, item, time) for s, sequence in enumerate(sequences) for item, time in sequence]
    table = np.array(rows, np.int64)
    return InteractionLog(
        table[:, 0].astype(np.int32), table[:, 1].astype(np.int32),
        np.ones(len(table), np.float32), table[:, 2], len(sequences), n_items,
    )  # fmt: skip


def items_of(vectors):
    names = tuple(map(str, range(len(vectors))))
    return ItemTable(names, names, names, names, np.asarray(vectors, np.float32))


FLAT = items_of(np.zeros((4, 0)))


def test_forward_counts_more_than_backward_and_near_more_than_far():
    source = Transitions(gap_decay=0.5, backward=0.25, damping=0.0)
    source.fit(log_of([(0, 1), (1, 2), (2, 3)]), FLAT)
    np.testing.assert_allclose(
        source.matrix.toarray(),
        [[0, 1, 0.5, 0], [0.25, 0, 1, 0], [0.125, 0.25, 0, 0], [0, 0, 0, 0]],
    )


def test_damping_divides_by_what_comes_in():
    source = Transitions(backward=0.0, damping=0.5)
    source.fit(log_of([(0, 1), (1, 2)], [(2, 1), (1, 2)], [(0, 1), (3, 2)]), FLAT)
    scores = source.score([History.of([0])])[0]
    assert scores[1] == pytest.approx(1 / np.sqrt(2))
    assert scores[3] == pytest.approx(1.0)


def test_the_newest_item_counts_most():
    source = Transitions(backward=0.0, damping=0.0, history_decay=0.25)
    source.fit(log_of([(0, 1), (2, 2)], [(1, 1), (3, 2)]), FLAT)
    scores = source.score([History.of([0, 1])])[0]
    np.testing.assert_allclose(scores, [0, 0, 0.25, 1.0])


def test_neighbours_are_the_nearest_others_and_sum_to_one():
    vectors = np.array([[1, 0], [0.8, 0.6], [0, 1], [-1, 0]], np.float32)
    alike = text_neighbours(vectors, 2, 3.0).toarray()
    np.testing.assert_allclose(alike[0], [0, 1, 0, 0])
    weights = np.array([0.8**3, 0.6**3])
    np.testing.assert_allclose(alike[1, [0, 2]], weights / weights.sum(), rtol=1e-6)
    np.testing.assert_allclose(alike[3], 0.0)


def test_neighbours_do_not_depend_on_the_block():
    vectors = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32)
    whole = text_neighbours(vectors, 5, 3.0)
    pieces = text_neighbours(vectors, 5, 3.0, block=7)
    np.testing.assert_allclose(whole.toarray(), pieces.toarray(), atol=1e-6)


def test_transitions_are_spread_over_neighbours_on_both_sides():
    rng = np.random.default_rng(1)
    items = items_of(rng.normal(size=(4, 3)))
    source = TextTransitions(neighbours=2, gap_decay=0.5, damping=0.0)
    source.fit(log_of([(0, 1), (1, 2), (2, 3)]), items)
    m, k = source.transitions.matrix.toarray(), source.alike.toarray()
    np.testing.assert_allclose(source.score([History.of([0])])[0], (k @ m + m @ k)[0], rtol=1e-5)
