"""EASE against a derivation of its own: column-wise constrained ridge regression."""

import numpy as np
import pytest

from recommender.candidates import Ease
from recommender.candidates.collaborative import ease_weights
from recommender.contracts import History, InteractionLog, ItemTable


def items_of(count):
    names = tuple(map(str, range(count)))
    return ItemTable(names, names, names, names, np.zeros((count, 0), np.float32))


def log_of(matrix):
    shoppers, items = np.nonzero(matrix)
    return InteractionLog(
        shoppers.astype(np.int32),
        items.astype(np.int32),
        matrix[shoppers, items].astype(np.float32),
        np.arange(len(items), dtype=np.int64) * 100,
        *matrix.shape,
    )


def regressed(x, regularisation):
    """Each item from all others by ridge regression, one small solve per column.

    With column j's own weight fixed at zero, minimising |x_j - X b|² + λ|b|² is an ordinary ridge
    regression on the other columns, so no Lagrange multiplier and no inverse diagonal is needed.
    """
    size = x.shape[1]
    weights = np.zeros((size, size))
    for j in range(size):
        others = np.delete(np.arange(size), j)
        a = x[:, others]
        weights[others, j] = np.linalg.solve(
            a.T @ a + regularisation * np.eye(size - 1), a.T @ x[:, j]
        )
    return weights


@pytest.mark.parametrize("regularisation", [0.5, 10.0, 250.0])
def test_weights_equal_one_regression_per_item(regularisation):
    x = (np.random.default_rng(0).random((60, 23)) < 0.25).astype(np.float64)
    weights = ease_weights((x.T @ x).astype(np.float32), regularisation)
    np.testing.assert_allclose(weights, regressed(x, regularisation), atol=2e-5)
    assert weights.flags.c_contiguous


def test_mirroring_in_blocks_leaves_no_seam():
    x = np.random.default_rng(1).random((40, 2300)).astype(np.float32)
    gram = x.T @ x
    weights = ease_weights(gram.copy(), 5.0)
    # P is symmetric, so B_ij · P_jj = B_ji · P_ii for all pairs.
    inverse = np.linalg.inv(gram.astype(np.float64) + 5.0 * np.eye(2300))
    np.testing.assert_allclose(
        weights[2299, :50], -inverse[2299, :50] / np.diag(inverse)[:50], atol=1e-4
    )
    np.testing.assert_allclose(
        weights[:50, 2299], -inverse[:50, 2299] / inverse[2299, 2299], atol=1e-4
    )


def test_scores_sum_the_rows_of_the_history():
    x = (np.random.default_rng(2).random((50, 12)) < 0.3).astype(np.float64)
    source = Ease(regularisation=4.0, history_decay=1.0)
    source.fit(log_of(x), items_of(12))
    expected = np.maximum(regressed(x, 4.0)[[2, 7]].sum(axis=0), 0.0)
    np.testing.assert_allclose(source.score([History.of([2, 7])])[0], expected, atol=2e-5)


def test_repeated_and_weak_events_count_at_most_one_interaction():
    x = np.zeros((3, 3))
    x[0] = [1.0, 0.2, 0.0]
    x[1] = [1.0, 1.0, 0.0]
    log = log_of(x)
    doubled = InteractionLog(
        np.repeat(log.shoppers, 2), np.repeat(log.items, 2), np.repeat(log.weights, 2),
        np.repeat(log.times, 2), 3, 3,
    )  # fmt: skip
    source = Ease()
    source.fit(doubled, items_of(3))
    # Twice 0.2 is 0.4; twice 1 stays 1.
    np.testing.assert_allclose(
        source.gram.shares().toarray(),
        [[2.0, 1.4, 0.0], [1.4, 1.16, 0.0], [0.0, 0.0, 0.0]],
        atol=1e-6,
    )


def test_only_the_most_taken_items_enter_a_bounded_solve():
    x = np.array([[1, 1, 0, 1], [1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 0, 1]], np.float64)
    source = Ease(regularisation=1.0, history_decay=1.0, largest=2)
    source.fit(log_of(x), items_of(4))
    assert source.members.tolist() == [0, 1]
    scores = source.score([History.of([0])])[0]
    np.testing.assert_allclose(scores, [0, regressed(x[:, :2], 1.0)[0, 1], 0, 0], atol=1e-5)
