import numpy as np

from recommender.contracts import InteractionLog
from recommender.learning.splits import (
    leave_last_few_out,
    leave_last_out,
    leave_one_out,
    shuffle_ties,
)


def log_of(*sequences):
    rows = [
        (shopper, item, time)
        for shopper, sequence in enumerate(sequences)
        for item, time in sequence
    ]
    table = np.array(rows, np.int64)
    return InteractionLog(
        table[:, 0].astype(np.int32), table[:, 1].astype(np.int32),
        np.ones(len(table), np.float32), table[:, 2], len(sequences), 20,
    )  # fmt: skip


LOG = log_of([(1, 10), (2, 20), (3, 30), (4, 30)], [(5, 1), (6, 2)], [(7, 1), (8, 2), (9, 3)])


def test_the_last_item_is_the_test_and_the_one_before_it_the_validation():
    split = leave_last_out(LOG)
    assert split.train.items.tolist() == [1, 2, 5, 6, 7]
    assert split.validation.targets.tolist() == [3, 8]
    assert split.test.targets.tolist() == [4, 9]
    assert [h.items.tolist() for h in split.validation.histories] == [[1, 2], [7]]
    # The validation item is known at test time.
    assert [h.items.tolist() for h in split.test.histories] == [[1, 2, 3], [7, 8]]
    assert split.test.tied.tolist() == [True, False]
    assert split.validation.tied.tolist() == [False, False]


def test_leaving_one_out_keeps_short_sequences_whole():
    train, holdout = leave_one_out(LOG, minimum=3)
    assert train.items.tolist() == [1, 2, 3, 5, 6, 7, 8]
    assert holdout.targets.tolist() == [4, 9]


def test_only_ties_are_shuffled_and_by_the_seed():
    sequence = [(item, 5) for item in range(10)] + [(15, 6), (16, 7)]
    log = log_of(sequence, sequence)
    mixed = shuffle_ties(log, 1)
    assert sorted(mixed.items[:10].tolist()) == list(range(10))
    assert mixed.items[:10].tolist() != list(range(10))
    assert mixed.items[10:12].tolist() == [15, 16]
    np.testing.assert_array_equal(mixed.items, shuffle_ties(log, 1).items)
    assert mixed.items.tolist() != shuffle_ties(log, 2).items.tolist()


def test_a_sample_keeps_histories_and_targets_together():
    split = leave_last_out(log_of(*[[(n, 1), (n + 1, 2), (n + 2, 3)] for n in range(15)]))
    sample = split.test.sample(5, 0)
    assert len(sample) == 5
    for history, target in zip(sample.histories, sample.targets, strict=True):
        assert history.items.tolist() == [target - 2, target - 1]
    assert split.test.sample(99, 0) is split.test


def test_several_last_ones_are_left_out_where_a_shopper_has_many():
    long = log_of([(n, n) for n in range(10)], [(1, 1), (2, 2)], [(3, 1), (4, 2), (5, 3)])
    train, holdout, owners = leave_last_few_out(long, few=3, share=0.25)
    assert train.items.tolist() == [*range(8), 1, 2, 3, 4], "a quarter of ten is two"
    assert holdout.targets.tolist() == [8, 9, 5]
    assert owners.tolist() == [0, 0, 2]
    # What was held out before it belongs to a history, as it would be known by then.
    assert [h.items.tolist() for h in holdout.histories] == [
        list(range(8)),
        list(range(9)),
        [3, 4],
    ]
    assert [h.now for h in holdout.histories] == [8, 9, 3]
    assert leave_last_few_out(long, few=1)[1].targets.tolist() == [9, 5]
    capped = leave_last_few_out(long, few=3, share=1.0)
    assert capped[1].targets.tolist() == [7, 8, 9, 4, 5]
