import csv
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from recommender.candidates import source_names
from recommender.candidates.search_space import (
    Choice,
    ParameterError,
    Real,
    Whole,
    default_parameters,
    parameters_checked,
    search_space,
)
from recommender.candidates.transitions import Transitions
from recommender.contracts import InteractionLog, ItemTable
from recommender.learning.search import (
    NothingToSearchError,
    SearchSettings,
    SearchTask,
    halves,
    search,
)
from recommender.learning.splits import leave_one_out


def chains(shoppers=60, length=7, n_items=20, seed=0) -> InteractionLog:
    """Everybody walks round a ring of items, one step at a time, from somewhere."""
    rng = np.random.default_rng(seed)
    items = (rng.integers(n_items, size=(shoppers, 1)) + np.arange(length)) % n_items
    return InteractionLog(
        np.repeat(np.arange(shoppers), length).astype(np.int32),
        items.ravel().astype(np.int32),
        np.ones(shoppers * length, np.float32),
        np.tile(np.arange(length) * 1000, shoppers).astype(np.int64),
        shoppers,
        n_items,
    )


def table(n_items=20) -> ItemTable:
    names = tuple(f"i{n}" for n in range(n_items))
    return ItemTable(names, names, names, names, np.zeros((n_items, 0), np.float32))


def task(source="transitions", seed=0) -> SearchTask:
    train, validation = leave_one_out(chains(seed=seed), minimum=3)
    return SearchTask("rings", source, train, table(), *halves(validation, 30, 0))


def settings(tmp_path, trials, **changes) -> SearchSettings:
    return SearchSettings(trials=trials, storage=tmp_path / "studies.sqlite3", **changes)


def rows(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_the_defaults_come_first_and_nothing_worse_is_called_best(tmp_path):
    path = tmp_path / "trials.csv"
    result = search(task(), settings(tmp_path, 12, table=path))
    assert result.default == default_parameters("transitions")
    assert (result.trials, result.failed) == (12, 0)
    assert result.searched_best >= result.searched_default > 0
    assert (result.cases_searched, result.cases_confirming) == (30, 30)
    written = rows(path)
    assert len(written) == 12
    assert {name: float(written[0][name]) for name in result.default} == result.default
    complete = [float(row["ndcg_at_10"]) for row in written if row["state"] == "complete"]
    assert max(complete) == pytest.approx(result.searched_best)
    for row in written:
        tried = {n: int(row[n]) if n == "window" else float(row[n]) for n in result.default}
        parameters_checked("transitions", tried)


def test_the_cases_are_split_in_two_that_share_nobody():
    _, validation = leave_one_out(chains(), minimum=3)
    one, two = halves(validation, 20, 0)
    assert (len(one), len(two)) == (20, 20)
    starts = [{id(history) for history in part.histories} for part in (one, two)]
    assert not starts[0] & starts[1]
    with pytest.raises(NothingToSearchError, match="there are none"):
        halves(validation.sample(1, 0), 20, 0)


CHILD = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "recsite.settings.test"
import django; django.setup()
from pathlib import Path
from recommender.candidates.transitions import Transitions
from recommender.learning.search import search
from tests.learning.test_search import settings, task
fit, count = Transitions.fit, 0
def counted(self, log, items):
    global count
    count += 1
    if count == 5:
        os.kill(os.getpid(), 9)
    fit(self, log, items)
Transitions.fit = counted
search(task(), settings(Path(sys.argv[1]), 9))
"""


def test_a_killed_search_goes_on_as_if_it_had_not_been(tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    broken.mkdir()
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(broken)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr[-2000:]
    fits = []
    original = Transitions.fit

    def counted(self, log, items):
        fits.append(self.settings())
        original(self, log, items)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transitions, "fit", counted)
        resumed = search(task(), settings(broken, 9, table=broken / "trials.csv"))
    assert len(fits) == 9 - 4 + 2  # what was left, and the two that are confirmed
    expected = search(task(), settings(whole, 9, table=whole / "trials.csv"))
    assert resumed.best == expected.best
    without_time = [
        [{k: v for k, v in row.items() if k != "seconds"} for row in rows(folder / "trials.csv")]
        for folder in (broken, whole)
    ]
    assert without_time[0] == without_time[1]


def test_a_study_is_gone_on_with_and_other_data_begin_another(tmp_path):
    first = search(task(), settings(tmp_path, 3))
    again = search(task(), settings(tmp_path, 3))
    assert (again.study, again.trials, again.best) == (first.study, 3, first.best)
    assert search(task(), settings(tmp_path, 5)).trials == 5
    other = search(task(seed=1), settings(tmp_path, 2))
    assert other.study != first.study
    assert other.trials == 2
    assert search(task(), settings(tmp_path, 2, seed=1)).study != first.study


def test_given_parameters_are_tried_early_and_refused_outside_their_bounds(tmp_path):
    path = tmp_path / "trials.csv"
    search(task(), settings(tmp_path, 2, first=({"window": 3},), table=path))
    assert [row["window"] for row in rows(path)] == ["8", "3"]
    for wrong, words in (
        ({"window": 0}, "transitions: window=0 must lie between 1 and 20"),
        ({"window": 2.5}, "window=2.5 must be a whole number"),
        ({"damping": float("nan")}, "damping=nan must lie between"),
        ({"gap_decay": "much"}, "must be a number"),
        ({"windows": 3}, "no parameter 'windows' to tune; known: gap_decay"),
    ):
        with pytest.raises(ParameterError, match=words):
            search(task(), settings(tmp_path, 2, first=(wrong,)))
    assert len(rows(path)) == 2


def test_a_source_that_proposes_nothing_is_said_so(tmp_path):
    with pytest.raises(NothingToSearchError, match="proposes none of the 30 validation items"):
        search(task("content"), settings(tmp_path, 3))
    with pytest.raises(NothingToSearchError, match="graph reads facts; rings has none"):
        search(task("graph"), settings(tmp_path, 3))


def test_it_ends_when_its_time_is_up(tmp_path):
    assert search(task(), settings(tmp_path, 50, max_seconds=1e-6)).trials == 1
    with pytest.raises(ValueError, match="trials must be at least 1"):
        settings(tmp_path, 0)


def test_the_result_is_written_as_json(tmp_path):
    result = search(task(), settings(tmp_path, 2))
    stored = json.loads(result.save(tmp_path / "docs").read_text())
    assert stored["best"] == result.best
    assert (stored["watched"], stored["source"]) == ("ndcg_at_10", "transitions")


def test_every_declared_space_holds_its_sources_defaults():
    declared = [name for name in source_names() if _declares(name)]
    assert {"transitions", "sessions", "text_ease", "popular"} <= set(declared)
    for name in declared:
        assert (
            parameters_checked(name, default_parameters(name)).keys() == search_space(name).keys()
        )
    with pytest.raises(ParameterError, match="no source named 'magic'"):
        search_space("magic")


def _declares(name):
    try:
        return bool(search_space(name))
    except ParameterError:
        return False


@pytest.mark.parametrize(
    ("domain", "good", "bad"),
    [
        (Real(0.0, 1.0), [0, 0.5, 1.0], [-0.1, 1.1, True, None, "0.5", float("inf")]),
        (Whole(1, 3), [1, 3], [0, 4, 2.0, False]),
        (Choice(("a", "b")), ["a"], ["c", None]),
    ],
)
def test_bounds(domain, good, bad):
    assert [domain.why_not(value) for value in good] == [""] * len(good)
    assert all(domain.why_not(value) for value in bad)
