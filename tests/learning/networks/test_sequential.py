import subprocess
import sys

import numpy as np
import pytest
import torch

from recommender.contracts import InteractionLog, ItemTable, RefittableSource
from recommender.learning.networks.sequential import Sequential
from tests.learning.networks.sequential_worlds import (
    DAY,
    N_ITEMS,
    SMALL,
    catalogue,
    fitted_without_chance,
    history,
    items_of,
    walks,
)
from tests.processes import child_environment


@pytest.fixture(scope="module")
def walker():
    source = Sequential(**SMALL, epochs=12)
    source.fit(walks(), catalogue())
    return source


def test_what_always_follows_is_expected_first(walker):
    histories = [history((n - 4) % N_ITEMS, (n - 2) % N_ITEMS, n) for n in range(N_ITEMS)]
    scores = walker.score(histories)
    assert scores.argmax(axis=1).tolist() == [(n + 2) % N_ITEMS for n in range(N_ITEMS)]
    np.testing.assert_allclose(scores.max(axis=1), 1.0)
    assert np.median(np.sort(scores, axis=1)[:, -2]) < 0.1


def test_a_full_and_a_sampled_softmax_learn_the_same(walker):
    sampled = Sequential(**SMALL, epochs=12, negatives=10)
    sampled.fit(walks(), catalogue())
    asked = [history((n - 2) % N_ITEMS, n) for n in range(N_ITEMS)]
    assert sampled.score(asked).argmax(axis=1).tolist() == walker.score(asked).argmax(1).tolist()


def test_an_item_that_came_later_is_proposed_for_its_content():
    # What an item is like decides what follows: eight kinds, each followed by the next.
    rng = np.random.default_rng(2)
    kinds = np.eye(8)
    vectors = np.repeat(kinds, 12, axis=0) + 0.05 * rng.normal(size=(96, 8))
    n_shoppers, length = 300, 5
    first = rng.integers(0, 8, n_shoppers)
    steps = np.tile(np.arange(length), n_shoppers)
    kind = (np.repeat(first, length) + steps) % 8
    log = InteractionLog(
        np.repeat(np.arange(n_shoppers), length).astype(np.int32),
        (kind * 12 + rng.integers(0, 12, len(kind))).astype(np.int32),
        np.ones(len(kind), np.float32),
        (steps * DAY).astype(np.int64),
        n_shoppers,
        96,
    )
    source = Sequential(**SMALL, epochs=15, item_dropout=0.3)
    source.fit(log, items_of(vectors))
    source.grow(items_of(np.vstack([vectors, kinds[5] + 0.02])))
    scores = source.score([history(3 * 12 + 1, 4 * 12 + 7), history(0, 12 + 3)])
    assert scores.shape == (2, 97)
    # After the fifth kind comes the sixth, and the new item is one of those.
    assert scores[0, 96] > np.sort(scores[0])[-20]
    assert scores[0, 96] > 20 * scores[1, 96]
    # It may also stand in a history.
    after = source.score([history(4 * 12, 96)])[0]
    assert after[6 * 12 : 7 * 12].sum() > 5 * after[2 * 12 : 3 * 12].sum()


def test_of_an_item_without_content_or_interactions_nothing_is_said(walker):
    empty = items_of(np.vstack([catalogue().vectors, np.zeros((1, 12))]))
    source = Sequential(**SMALL, epochs=2)
    log = walks()
    source.fit(
        InteractionLog(
            log.shoppers, log.items, log.weights, log.times, log.n_shoppers, N_ITEMS + 1
        ),
        empty,
    )
    assert source.score([history(1, 3)])[0, N_ITEMS] == 0.0
    grown = Sequential(**SMALL, epochs=2)
    grown.fit(log, catalogue())
    grown.grow(empty)
    assert grown.score([history(1, 3)])[0, N_ITEMS] == 0.0


@pytest.mark.parametrize(("again", "negatives"), [(True, 0), (False, 0), (False, 10)])
def test_whether_things_are_taken_again_is_learnt(again, negatives):
    """Everybody stays within four alike items, and takes one twice or never twice."""
    rng = np.random.default_rng(3)
    n_shoppers = 200
    orders = rng.permuted(np.tile(np.arange(4), (n_shoppers, 1)), axis=1)
    if again:
        orders[:, 1:] = orders[:, :1]
    kinds = rng.integers(0, 6, n_shoppers)
    log = InteractionLog(
        np.repeat(np.arange(n_shoppers), 4).astype(np.int32),
        (kinds[:, None] * 4 + orders).ravel().astype(np.int32),
        np.ones(4 * n_shoppers, np.float32),
        np.tile(np.arange(4) * DAY, n_shoppers),
        n_shoppers,
        N_ITEMS,
    )
    source = Sequential(**SMALL, epochs=10, negatives=negatives)
    source.fit(log, items_of(np.repeat(np.eye(6), 4, axis=0) + 0.01 * rng.normal(size=(24, 6))))
    scores = source.score([history(8, 9), history(21)])
    if again:
        assert scores.argmax(axis=1).tolist() == [9, 21]
    else:
        assert set(np.argsort(-scores[0])[:2].tolist()) == {10, 11}
        assert set(np.argsort(-scores[1])[:3].tolist()) == {20, 22, 23}


def test_vectors_of_another_encoder_are_refused(walker, tmp_path):
    walker.save(tmp_path)
    source = Sequential.load(tmp_path)
    other = items_of(np.ones((N_ITEMS + 1, 7)))
    with pytest.raises(ValueError, match="7 dimensions, not 12"):
        source.grow(other)
    assert source.score([history(1)]).shape == (1, N_ITEMS)


def test_a_refit_goes_on_from_where_it_starts(walker, tmp_path):
    walker.save(tmp_path)
    start = Sequential.load(tmp_path)
    assert isinstance(start, RefittableSource)
    again = Sequential(**SMALL, epochs=12, refit_epochs=1)
    # Two items more, and somebody who took them.
    log = walks(seed=1)
    grown = InteractionLog(
        np.append(log.shoppers, [150, 150]).astype(np.int32),
        np.append(log.items, [N_ITEMS, N_ITEMS + 1]).astype(np.int32),
        np.append(log.weights, [1, 1]).astype(np.float32),
        np.append(log.times, [0, DAY]).astype(np.int64),
        151,
        N_ITEMS + 2,
    )
    again.refit(grown, catalogue(N_ITEMS + 2), start)
    assert again.report.epochs == 1
    asked = [history((n - 2) % N_ITEMS, n) for n in range(N_ITEMS)]
    assert (again.score(asked)[:, :N_ITEMS].argmax(1) == walker.score(asked).argmax(1)).all()
    fresh = Sequential(**SMALL, epochs=1)
    fresh.fit(walks(seed=1), catalogue())
    assert (fresh.score(asked).argmax(1) == walker.score(asked).argmax(1)).mean() < 0.7
    with pytest.raises(ValueError, match="same width"):
        Sequential(width=8).refit(walks(), catalogue(), start)


def test_the_artefact_is_held_in_half_precision(walker, tmp_path):
    walker.save(tmp_path)
    assert np.load(tmp_path / "item_vectors.npy").dtype == np.float16
    state = torch.load(tmp_path / "network.pt", weights_only=True)
    assert {tensor.dtype for tensor in state.values()} == {torch.float16}


def test_a_fit_keeps_to_its_time():
    source = Sequential(width=16, epochs=5_000, max_seconds=0.3)
    source.fit(walks(), catalogue())
    assert source.report.epochs < 5_000
    assert source.report.seconds < 3.0


def test_pictures_that_come_after_the_fit_are_left_aside(walker, tmp_path):
    walker.save(tmp_path)
    source = Sequential.load(tmp_path)
    table = catalogue(N_ITEMS + 1)
    with_pictures = ItemTable(
        table.ids, table.texts, table.brands, table.groups, table.vectors,
        image_vectors=np.ones((N_ITEMS + 1, 5), np.float32),
    )  # fmt: skip
    source.grow(with_pictures)
    plain = Sequential.load(tmp_path)
    plain.grow(table)
    np.testing.assert_array_equal(source.score([history(1, 3)]), plain.score([history(1, 3)]))


def test_two_processes_under_torchrun_fit_what_one_does(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
         "-m", "tests.learning.networks.sequential_worlds", str(tmp_path), "10"],
        env=child_environment(), capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    together = Sequential.load(tmp_path)
    alone = fitted_without_chance(10)
    asked = [history((n - 2) % N_ITEMS, n) for n in range(N_ITEMS)]
    np.testing.assert_allclose(together.score(asked), alone.score(asked), atol=0.01)
