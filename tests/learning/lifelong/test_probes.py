from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from recommender.learning.erasure import NAMES
from recommender.learning.lifelong.kept_probes import KeptProbes
from recommender.learning.lifelong.probes import fresh_rows, probes_of, window_split
from tests.learning.lifelong.markets import learnt, market_items, visits

IDS = market_items().ids


def two_windows(seed=0):
    rng = np.random.default_rng(seed)
    past = [row for day in range(4) for row in visits(rng, day, range(60))]
    window = [row for day in range(4, 6) for row in visits(rng, day, range(40))]
    return past, window


def test_only_what_is_not_known_by_name_item_and_time_is_fresh():
    before = learnt([(0, 5, 10), (0, 6, 20), (1, 5, 10)], names=("ann", "bob"))
    # Bob comes first now, Ann did the same at another time, and a third is new.
    now = learnt([(0, 5, 10), (1, 5, 10), (1, 5, 11), (1, 6, 20), (2, 5, 10)], ("bob", "ann", "cy"))
    assert fresh_rows(now, before).tolist() == [False, False, True, False, True]
    assert not fresh_rows(before, before).any()
    assert fresh_rows(before, learnt([])).all()


def test_the_newest_are_the_last_of_shoppers_of_the_window_and_are_not_learnt():
    past, window = two_windows()
    before, now = learnt(past), learnt(past + window)
    part, newest = window_split(now, before, IDS, cases=25)
    assert len(newest) == 25
    assert len(part.log) == len(now.log) - 25
    last = {name: now.log.bounds()[place + 1] - 1 for place, name in enumerate(now.shoppers)}
    for shopper, history, target in zip(
        newest.shoppers, newest.holdout.histories, newest.holdout.targets, strict=True
    ):
        assert int(shopper[1:]) < 40
        assert target == now.log.items[last[shopper]]
        assert history.now == now.log.times[last[shopper]] >= 4 * 86_400
        assert len(history) == np.count_nonzero(now.log.shoppers == int(shopper[1:])) - 1


def test_a_small_window_keeps_four_fifths_to_learn_from():
    past, window = two_windows()
    part, newest = window_split(learnt(past + window[:50]), learnt(past), IDS)
    assert len(newest) == 10
    assert len(part.log) == len(past) + 40


def test_what_a_shopper_has_just_bought_is_not_asked_for():
    past, window = two_windows()
    now, before = learnt(past + window), learnt(past)
    bought = replace(now.log, weights=np.ones(len(now.log), np.float32))
    _, newest = window_split(replace(now, log=bought), before, IDS)
    assert len(newest)
    for history, target in zip(newest.holdout.histories, newest.holdout.targets, strict=True):
        assert target not in history.items


def test_probes_ask_the_new_the_old_the_absent_and_earlier_windows():
    past, window = two_windows()
    # Nobody has touched the last items before.
    past = [(s, item if item < 190 else 0, at) for s, item, at in past]
    window += [(s, 195, 7 * 86_400 + s) for s in range(10)]
    before, now = learnt(past), learnt(past + window)
    part, newest = window_split(now, before, IDS)
    kept = [newest.named("window-1"), newest.sample(5, 0).named("window-2")]
    probes = {p.name: p for p in probes_of(newest, part, before, IDS, kept=kept, cases=60)}
    assert list(probes) == [
        "newest", "old_windows", "window-1", "window-2", "inactive", "new_items", "old_items",
    ]  # fmt: skip
    assert len(probes["newest"]) == 20
    # Shoppers 40 to 59 stayed away; those that fit are asked for their last deed.
    assert {int(name[1:]) for name in probes["inactive"].shoppers} <= set(range(40, 60))
    # What is left goes to the windows, the small one first.
    assert (len(probes["window-1"]), len(probes["window-2"])) == (15, 5)
    assert len(probes["old_windows"]) == 20
    assert (probes["new_items"].holdout.targets >= 190).sum() > 0
    counts = np.bincount(before.log.items, minlength=200)
    assert (counts[probes["new_items"].holdout.targets] < 5).all()
    assert (counts[probes["old_items"].holdout.targets] >= 5).all()
    assert len(probes["new_items"]) + len(probes["old_items"]) == 20


def test_kept_windows_outlive_the_item_table(tmp_path):
    past, window = two_windows()
    _, newest = window_split(learnt(past + window), learnt(past), IDS)
    kept = KeptProbes(tmp_path / "probes", windows=2, cases=30)
    for upto in (300, 99, 1000):
        kept.keep(newest, upto)
    kept.keep(newest, 1000)
    assert sorted(path.name for path in kept.folder.iterdir()) == [
        "000000000300.parquet", "000000001000.parquet",
    ]  # fmt: skip
    # By this column an erasure finds whose rows they are.
    assert NAMES in pq.read_schema(kept.folder / "000000001000.parquet").names
    # Another table: the items turned round, one of them gone.
    gone = IDS[int(newest.holdout.targets[0])]
    turned = [item for item in reversed(IDS) if item != gone]
    first, second = kept.read(turned)
    assert (first.name, second.name) == ("window-1", "window-2")
    assert [probe.name for probe in kept.read(turned, before=1000)] == ["window-1"]
    wanted = newest.sample(30, 0)
    places = [
        place
        for place, target in enumerate(wanted.holdout.targets)
        if IDS[int(target)] != gone
    ]  # fmt: skip
    assert first.shoppers == tuple(wanted.shoppers[place] for place in places)
    for place, history, target in zip(
        places, first.holdout.histories, first.holdout.targets, strict=True
    ):
        was = wanted.holdout.histories[place]
        assert turned[target] == IDS[int(wanted.holdout.targets[place])]
        names = [IDS[int(item)] for item in was.items]
        assert [turned[item] for item in history.items] == [n for n in names if n != gone]
        assert history.now == was.now


def test_who_is_to_be_forgotten_is_not_asked_about():
    past, window = two_windows()
    before, now = learnt(past), learnt([row for row in past + window if row[0] not in (5, 50)])
    part, newest = window_split(now, before, IDS)
    _, old = window_split(before, learnt([]), IDS)
    old = old.named("window-1")
    assert {"s5", "s50"} <= set(old.shoppers)
    probes = {p.name: p for p in probes_of(newest, part, before, IDS, kept=[old])}
    assert set(probes["window-1"].shoppers) == set(old.shoppers) - {"s5", "s50"}
    assert "s50" not in probes["inactive"].shoppers
    assert "s49" in probes["inactive"].shoppers


def test_a_probe_without_names_cannot_be_kept(tmp_path):
    past, window = two_windows()
    _, newest = window_split(learnt(past + window), learnt(past))
    with pytest.raises(ValueError, match="external ids"):
        KeptProbes(tmp_path).keep(newest, 1)
    with pytest.raises(ValueError, match="one shopper per case"):
        replace(newest, shoppers=("ann",))


def test_segments_part_the_newest_by_deeds_and_by_group():
    rng = np.random.default_rng(0)
    past = [row for day in range(25) for row in visits(rng, day, range(40))]
    past += visits(rng, 24, range(40, 80), length=2)
    window = [row for day in range(25, 30) for row in visits(rng, day, range(80), length=2)]
    before, now = learnt(past), learnt(past + window)
    groups = [f"g{place // 100} / part{place % 3}" for place in range(200)]
    groups[:50] = [""] * 50
    part, newest = window_split(now, before, IDS)
    probes = {p.name: p for p in probes_of(newest, part, before, IDS, groups=groups)}
    # Forty shoppers had more than a hundred deeds, the others eleven: nobody had few.
    assert len(newest) == 80
    assert "segment-few" not in probes
    assert {int(name[1:]) for name in probes["segment-some"].shoppers} == set(range(40, 80))
    assert {int(name[1:]) for name in probes["segment-many"].shoppers} == set(range(40))
    assert (probes["segment-group-g1"].holdout.targets >= 100).all()
    assert len(probes["segment-group-g1"]) == (newest.holdout.targets >= 100).sum()
    assert "segment-group-" not in probes
