"""What a model has learnt against what the record says now."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.contracts import InteractionLog
from recommender.learning.learnt_log import LearntLog, difference


def learnt(names, rows, n_items=5) -> LearntLog:
    """Rows of (shopper's name, item, time, weight), sorted as a log is."""
    rows = sorted((names.index(name), time, item, weight) for name, item, time, weight in rows)
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
    log = InteractionLog(
        np.array(columns[0], np.int32),
        np.array(columns[2], np.int32),
        np.array(columns[3], np.float32),
        np.array(columns[1], np.int64),
        len(names),
        n_items,
    )
    return LearntLog(tuple(names), log)


def rows_of(log):
    columns = (log.shoppers, log.items, log.times, log.weights)
    return list(zip(*(column.tolist() for column in columns), strict=True))


BEFORE = learnt(
    ["ann", "bob", "cyd"],
    [("ann", 1, 10, 1.0), ("bob", 2, 10, 0.5), ("bob", 2, 10, 0.5), ("cyd", 3, 10, 1.0)],
)


def test_shoppers_keep_their_index_new_ones_follow_and_erased_ones_leave_an_empty_place():
    # The record counts its shoppers in another order, and knows one more item.
    after = learnt(
        ["dan", "cyd", "bob"],
        [("cyd", 3, 10, 0.25), ("bob", 2, 10, 0.5), ("bob", 4, 5, 1.0), ("dan", 5, 20, 1.0)],
        n_items=6,
    )
    change = difference(BEFORE, after)
    assert change.shoppers == ("", "bob", "cyd", "dan")
    # Ann is gone, one of two equal deeds of bob was taken back, cyd's was worth less.
    assert rows_of(change.removed) == [(0, 1, 10, 1.0), (1, 2, 10, 0.5), (2, 3, 10, 1.0)]
    assert rows_of(change.added) == [(1, 4, 5, 1.0), (2, 3, 10, 0.25), (3, 5, 20, 1.0)]
    assert rows_of(change.now.log) == [
        (1, 4, 5, 1.0), (1, 2, 10, 0.5), (2, 3, 10, 0.25), (3, 5, 20, 1.0),
    ]  # fmt: skip
    sizes = {(log.n_shoppers, log.n_items) for log in (change.removed, change.added)}
    assert sizes == {(4, 6)}
    assert not difference(change.now, after)
    # Who comes back gets a new place.
    again = difference(change.now, BEFORE)
    assert again.shoppers == ("", "bob", "cyd", "", "ann")
    assert rows_of(again.added)[-1] == (4, 1, 10, 1.0)


def test_a_learnt_log_survives_the_disk_with_its_empty_places(tmp_path):
    gone = difference(BEFORE, learnt(["bob"], [("bob", 2, 10, 0.1)])).now
    gone.save(tmp_path)
    again = LearntLog.load(tmp_path)
    assert again.shoppers == ("", "bob", "")
    assert rows_of(again.log) == [(1, 2, 10, pytest.approx(0.1))]
    assert again.log.weights.dtype == np.float32
    assert (again.log.n_shoppers, again.log.n_items) == (3, 5)
    assert not difference(gone, again)


def test_nobody_and_nothing_can_be_kept_too(tmp_path):
    assert LearntLog.load(tmp_path) is None
    LearntLog((), InteractionLog.empty(n_items=3)).save(tmp_path)
    again = LearntLog.load(tmp_path)
    assert (again.shoppers, len(again.log), again.log.n_items) == ((), 0, 3)
    assert len(difference(again, BEFORE).added) == 4


@pytest.mark.parametrize(
    ("names", "problem"),
    [(("ann", "bob"), "one name per"), (("ann", "ann", "bob"), "once"), (("ann", "", "x"), "name")],
)
def test_a_log_whose_shoppers_are_not_clear_is_refused(names, problem):
    with pytest.raises(ValueError, match=problem):
        LearntLog(names, BEFORE.log)
