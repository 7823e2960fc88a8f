import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from recommender.contracts import History, InteractionLog
from recommender.learning.networks.sequence_batches import (
    NONE,
    SequenceBatches,
    gap_buckets,
    history_batch,
    strength_buckets,
    windows,
)

DAY = 86_400


def log_of(*shoppers, n_items=20):
    """Each shopper is a list of (item, time)."""
    owners = [number for number, rows in enumerate(shoppers) for _ in rows]
    items = [item for rows in shoppers for item, _ in rows]
    times = [time for rows in shoppers for _, time in rows]
    return InteractionLog(
        np.array(owners, np.int32),
        np.array(items, np.int32),
        np.ones(len(items), np.float32),
        np.array(times, np.int64),
        len(shoppers),
        n_items,
    )


def predictions(batches):
    """Every (item before, predicted item) of an epoch."""
    pairs: list[tuple[int, int]] = []
    for batch in batches:
        there = batch["targets"] != NONE
        pairs += zip(batch["items"][there].tolist(), batch["targets"][there].tolist(), strict=True)
    return pairs


def test_gaps_fall_into_doubling_buckets():
    times = np.array([0, 0, 59, 120, 120 + 7 * 60, 120 + 7 * 60 + 40 * 365 * DAY])
    first = np.array([True, False, False, False, False, False])
    # A beginning; the same basket; under a minute; under three; under fifteen; decades.
    assert gap_buckets(times, first).tolist() == [0, 1, 2, 3, 5, 25]


def test_strengths_are_those_of_the_event_types():
    weights = np.array([0.2, 0.3, 0.6, 1.0], np.float32)
    assert strength_buckets(weights).tolist() == [0, 1, 2, 3]


@given(
    sizes=st.lists(st.integers(0, 40), max_size=8),
    longest=st.integers(1, 7),
    seed=st.integers(0, 99),
)
def test_windows_predict_each_interaction_but_the_first_exactly_once(sizes, longest, seed):
    bounds = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    starts, lengths = windows(bounds, longest, np.random.default_rng(seed))
    predicted = [
        place
        for start, length in zip(starts.tolist(), lengths.tolist(), strict=True)
        for place in range(start + 1, start + length)
    ]
    expected = set(range(int(bounds[-1]))) - set(bounds[:-1].tolist())
    assert sorted(predicted) == sorted(expected)
    assert (lengths <= longest + 1).all()
    assert (lengths >= 2).all()


def test_an_epoch_predicts_every_step_of_every_history():
    log = log_of([(1, 0), (2, DAY), (3, 2 * DAY)], [(4, 0)], [(5, 0), (6, DAY)])
    batches = SequenceBatches(log, longest=10, positions=2)(0, np.random.default_rng(0))
    assert sorted(predictions(batches)) == [(1, 2), (2, 3), (5, 6)]
    assert len(batches) == len(list(batches)) == 2


def test_the_order_within_a_basket_is_drawn_anew_and_not_the_logs():
    basket = [(item, DAY) for item in range(8)]
    one, other = log_of([(9, 0), *basket]), log_of([(9, 0), *basket[::-1]])

    def epoch(log, number):
        made = SequenceBatches(log, longest=20, positions=50)(number, np.random.default_rng(number))
        return predictions(made)

    assert epoch(one, 0) == epoch(other, 0)
    assert epoch(one, 0) != epoch(one, 1)
    items = {item for pair in epoch(one, 0) for item in pair}
    assert items == {0, 1, 2, 3, 4, 5, 6, 7, 9}


def test_batches_are_of_similar_length_and_within_the_size_asked_for():
    rng = np.random.default_rng(4)
    log = log_of(*[[(1, n) for n in range(int(size))] for size in rng.integers(2, 30, 200)])
    batches = list(SequenceBatches(log, longest=50, positions=100)(0, np.random.default_rng(0)))
    real = [int((batch["targets"] != NONE).sum()) for batch in batches]
    assert max(real) <= 100
    assert sum(real) == len(log) - 200
    assert sum(batch["targets"].numel() for batch in batches) < 1.2 * sum(real)


def test_negatives_are_drawn_as_often_as_their_probability_says():
    log = log_of([(0, 0), (1, DAY)], n_items=3)
    made = SequenceBatches(log, 5, 10, negatives=9_000, sampling=np.array([0.0, 1 / 3, 2 / 3]))
    (batch,) = made(0, np.random.default_rng(0))
    share = torch.bincount(batch["shared_negatives"], minlength=3) / 9_000
    torch.testing.assert_close(share, torch.tensor([0.0, 1 / 3, 2 / 3]), atol=0.02, rtol=0)


def test_a_history_keeps_its_newest_interactions_and_the_gap_before_them():
    history = History(
        np.array([7, 8, 9], np.int32),
        np.array([0.2, 0.6, 1.0], np.float32),
        np.array([0, 3 * 60, 3 * 60], np.int64),
    )
    batch, owners, counts = history_batch([history, History.of([5])], longest=2, orders=3)
    assert owners.tolist() == [0, 0, 0, 1]
    assert counts.tolist() == [2, 2, 2, 1]
    assert {tuple(row) for row in batch["items"][:3].tolist()} <= {(8, 9), (9, 8)}
    assert batch["gaps"][:3].tolist() == [[4, 1]] * 3
    assert batch["items"][3].tolist() == [5, 0]
    assert batch["gaps"][3, 0] == 0
    strength = {8: 2, 9: 3}
    assert batch["strengths"][0].tolist() == [strength[i] for i in batch["items"][0].tolist()]


def test_orders_of_a_basket_differ_from_each_other_and_not_with_the_log():
    items = np.arange(10, dtype=np.int32)
    ones, times = np.ones(10, np.float32), np.zeros(10, np.int64)
    batch, _, _ = history_batch([History(items, ones, times)], 10, 4)
    mixed, _, _ = history_batch([History(items[::-1].copy(), ones, times)], 10, 4)
    assert torch.equal(batch["items"], mixed["items"])
    assert len({tuple(row) for row in batch["items"].tolist()}) == 4
