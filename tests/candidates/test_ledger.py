import numpy as np
import pytest

from recommender.candidates.ledger import Ledger
from recommender.contracts import InteractionLog


def log_of(rows, n_shoppers=5, n_items=5):
    table = np.array(rows, np.int64).reshape(-1, 3)
    return InteractionLog(
        table[:, 0].astype(np.int32), table[:, 1].astype(np.int32),
        np.ones(len(table), np.float32), table[:, 2], n_shoppers, n_items,
    )  # fmt: skip


def rows_of(log):
    return list(zip(log.shoppers.tolist(), log.items.tolist(), log.times.tolist(), strict=True))


def test_addition_returns_the_touched_shoppers_before_and_after():
    ledger = Ledger(log_of([(0, 1, 10), (1, 2, 10), (2, 3, 10)]))
    before, after = ledger.add(log_of([(1, 4, 5)], n_items=6))
    assert rows_of(before) == [(1, 2, 10)]
    assert rows_of(after) == [(1, 4, 5), (1, 2, 10)]
    assert ledger.log.n_items == 6
    assert rows_of(ledger.log) == [(0, 1, 10), (1, 4, 5), (1, 2, 10), (2, 3, 10)]


def test_equal_interactions_are_removed_one_by_one():
    ledger = Ledger(log_of([(0, 1, 10), (0, 1, 10), (0, 1, 10), (1, 1, 10)]))
    before, after = ledger.remove(log_of([(0, 1, 10), (0, 1, 10)]))
    assert len(before) == 3
    assert rows_of(after) == [(0, 1, 10)]
    assert rows_of(ledger.log) == [(0, 1, 10), (1, 1, 10)]


@pytest.mark.parametrize(
    "unknown", [[(0, 2, 10)], [(0, 1, 10), (0, 1, 10)], [(4, 1, 10)], [(0, 1, 11)]]
)
def test_what_was_never_learnt_cannot_be_forgotten(unknown):
    ledger = Ledger(log_of([(0, 1, 10), (1, 1, 10)]))
    with pytest.raises(ValueError, match="never learnt"):
        ledger.remove(log_of(unknown))
    assert len(ledger.log) == 2


def test_a_ledger_survives_the_disk(tmp_path):
    ledger = Ledger(log_of([(3, 1, 10), (0, 1, 10)]))
    ledger.save(tmp_path)
    again = Ledger.load(tmp_path)
    assert rows_of(again.log) == rows_of(ledger.log)
    assert (again.log.n_shoppers, again.log.n_items) == (5, 5)
