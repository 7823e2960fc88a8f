import gzip
import json
from functools import partial
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from recommender.benchmarks.lifelong import measure, metrics_on, ranks_in
from recommender.benchmarks.lifelong_curve import curve_svg
from recommender.benchmarks.period_folder import (
    Catalogue,
    all_prefixes,
    period_paths,
    read_period,
)
from recommender.learning.lifelong import neural
from recommender.learning.lifelong.popularity import Popularity
from recommender.learning.lifelong.protocol import Sessions
from recommender.learning.lifelong.session_network import NeuralSettings

# Sessions 1 and 2 are interleaved; session 1 comes back in period 1 as another one; c is new there.
PERIODS = ("1 a\n2 b\n1 b\n2 a\n1 a\n", "1 a\n1 c\n1 b\n3 c\n3 a\n", "4 c\n4 b\n4 a\n")


@pytest.fixture
def folder(tmp_path):
    for number, text in enumerate(PERIODS):
        (tmp_path / f"period_{number}.txt.gz").write_bytes(gzip.compress(text.encode()))
    return tmp_path


class AlwaysInOrder:
    """Recommends item 0, then 1, and so on; notes what it was told."""

    stored_bytes = 0

    def __init__(self):
        self.updates, self.asked = [], []

    def update(self, sessions, n_items):
        self.updates.append((lists(sessions), n_items))

    def recommend(self, prefixes, count):
        self.asked.append((len(self.updates), lists(prefixes)))
        n_items = self.updates[-1][1]
        row = [item if item < n_items else -1 for item in range(count)]
        return np.tile(np.array(row, np.int32), (len(prefixes), 1))


def lists(sessions):
    return [
        sessions.items[begin:end].tolist()
        for begin, end in zip(sessions.starts[:-1], sessions.starts[1:], strict=True)
    ]


def test_sessions_are_gathered_by_id_and_ordered_by_their_last_click(folder):
    catalogue = Catalogue()
    period = read_period(folder / "period_0.txt.gz")
    assert lists(catalogue.learn(period)) == [[0, 1], [1, 0, 1]]
    assert catalogue.indexes == {"b": 0, "a": 1}


def test_unseen_items_leave_test_sessions_and_lone_clicks_are_dropped(folder):
    catalogue = Catalogue()
    catalogue.learn(read_period(folder / "period_0.txt.gz"))
    # c is taken out of the middle of a c b; c a keeps one click and goes.
    assert lists(catalogue.recognise(read_period(folder / "period_1.txt.gz"))) == [[1, 0]]
    assert len(catalogue) == 2


def test_every_beginning_predicts_the_click_after_it():
    prefixes, targets = all_prefixes(Sessions.of([[5, 6, 7], [8], [9, 5]]))
    assert lists(prefixes) == [[5], [5, 6], [9]]
    assert targets.tolist() == [6, 7, 5]


def test_a_period_is_learnt_before_the_next_is_tested_and_never_earlier(folder):
    method = AlwaysInOrder()
    result = measure("default", method, period_paths(folder), seed=0)
    assert [n_items for _, n_items in method.updates] == [2, 3]
    # Period 1: a > b. Period 2: c > b, then c b > a. The last period is never learnt.
    assert method.asked == [(1, [[1]]), (2, [[2], [2, 0]])]
    assert [period.cases for period in result.periods] == [1, 2]
    # b is recommended first, a second.
    assert result.periods[0].metrics["mrr_at_20"] == 100
    assert result.periods[1].metrics["recall_at_10"] == 100
    assert result.periods[1].metrics["mrr_at_10"] == pytest.approx(75)
    assert result.mean("mrr_at_20") == pytest.approx(87.5)


def test_cuts_count_what_stands_within_them():
    class Far(AlwaysInOrder):
        def recommend(self, prefixes, count):
            return np.tile(np.arange(count, dtype=np.int32), (len(prefixes), 1))

    metrics, cases = metrics_on(Far(), Sessions.of([[0, 10], [0, 9], [0, 19], [0, 20]]))
    assert cases == 4
    assert metrics["recall_at_10"] == 25
    assert metrics["recall_at_20"] == 75
    assert metrics["mrr_at_10"] == pytest.approx(100 * (1 / 10) / 4)
    assert metrics["mrr_at_20"] == pytest.approx(100 * (1 / 11 + 1 / 10 + 1 / 20) / 4)


def test_the_rank_is_the_place_in_the_row():
    assert ranks_in(np.array([[3, 1], [2, -1]]), np.array([1, 7])).tolist() == [2, 3]


def test_the_command_ends_with_the_figures_and_draws_the_curve(folder, tmp_path):
    out = StringIO()
    curve = tmp_path / "images" / "curve.svg"
    call_command(
        "benchmark", "lifelong", "--data", str(folder), "--methods", "default", "knn",
        "popularity", "--curve", str(curve), stdout=out,
    )  # fmt: skip
    last = json.loads(out.getvalue().splitlines()[-1])
    assert last["dataset"] == "periods"
    assert {name.split(".")[0] for name in last["figures"]} == {"default", "knn", "popularity"}
    # Two or three items: all are among the first twenty.
    assert last["figures"]["default.recall_at_20"] == 100
    assert last["figures"]["popularity.cases"] == 3
    assert "popularity 100.0" in curve.read_text()
    lines = out.getvalue().splitlines()
    at = lines.index("Recall@20 by period")
    assert lines[at + 1].split() == ["method", "1", "2"]
    assert lines[at + 3].split() == ["default", "100.0", "100.0"]
    assert "Processor seconds by update" in lines
    assert "Kept after each update, MiB" in lines
    assert "published" not in out.getvalue().splitlines()[2]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: (f / "period_1.txt.gz").unlink(), "period_1.txt.gz: missing"),
        (lambda f: [p.unlink() for p in f.iterdir() if "_0" not in p.name], "needs period_0"),
        (lambda f: [p.unlink() for p in f.iterdir()], "needs period_0"),
        (
            lambda f: (f / "period_2.txt.gz").write_bytes(gzip.compress(b"4 c\n4\n4 a\n")),
            "period_2.txt.gz, line 2: expected a session id and an item id, found '4'",
        ),
        (lambda f: (f / "period_2.txt.gz").write_bytes(b"4 c\n4 a\n"), "cannot be read"),
        (
            lambda f: (f / "period_2.txt.gz").write_bytes(gzip.compress(b"4 c\n4 a\n")[:-9]),
            "cannot be read",
        ),
        (lambda f: (f / "period_0.txt.gz").write_bytes(gzip.compress(b"")), "no interaction"),
        (
            lambda f: (f / "period_2.txt.gz").write_bytes(gzip.compress(b"4 x\n4 y\n")),
            "shares no two clicks",
        ),
    ],
)
def test_a_bad_folder_is_named(folder, change, words):
    change(folder)
    with pytest.raises(CommandError, match=words):
        call_command("benchmark", "lifelong", "--data", str(folder), "--methods", "popularity")


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (["--dataset", "a/b"], "--dataset 'a/b'"),
        (["--neural-share", "0"], "--neural-share must lie"),
        (["--periods", "0"], "--periods must be at least 1"),
    ],
)
def test_a_bad_option_is_named(folder, option, words):
    with pytest.raises(CommandError, match=words):
        call_command("benchmark", "lifelong", "--data", str(folder), *option)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(CommandError, match="nowhere: no such folder"):
        call_command("benchmark", "lifelong", "--data", str(tmp_path / "nowhere"))


def run(folder, *methods, keep, seed="0"):
    out = StringIO()
    call_command(
        "benchmark", "lifelong", "--data", str(folder), "--methods", *methods, "--keep", str(keep),
        "--seed", seed, stdout=out,
    )  # fmt: skip
    return json.loads(out.getvalue().splitlines()[-1])["figures"]


def test_methods_measured_in_several_runs_are_joined_without_measuring_again(folder, tmp_path):
    keep = tmp_path / "kept"
    first = run(folder, "popularity", keep=keep)
    # A figure that no run would measure shows that the kept one is reported.
    part = json.loads((keep / "popularity.json").read_text())
    part["periods"][0]["update_cpu_seconds"] = 1234.0
    (keep / "popularity.json").write_text(json.dumps(part))
    joined = run(folder, "popularity", "knn", keep=keep)
    assert joined["popularity.update_seconds_max"] == 1234
    assert joined["popularity.mrr_at_20"] == first["popularity.mrr_at_20"]
    assert joined["knn.cases"] == first["popularity.cases"]


def test_a_killed_run_goes_on_after_the_last_period(folder, tmp_path, monkeypatch):
    quick = {"dimensions": 4, "epochs": 1, "first_epochs": 1, "drawn": 4}
    monkeypatch.setattr(neural, "NeuralSettings", partial(NeuralSettings, **quick))
    whole = run(folder, "replay", keep=tmp_path / "whole")
    monkeypatch.setattr("recommender.benchmarks.lifelong.trial_checksum", lambda *_: "same")
    learnt, update = [], neural.Neural.update

    def killed_once(method, sessions, n_items):
        learnt.append(n_items)
        if learnt == [2, 3]:
            raise KeyboardInterrupt
        update(method, sessions, n_items)

    monkeypatch.setattr(neural.Neural, "update", killed_once)
    with pytest.raises(KeyboardInterrupt):
        run(folder, "replay", keep=tmp_path / "kept")
    resumed = run(folder, "replay", keep=tmp_path / "kept")
    # The first period, with its two items, is not learnt again.
    assert learnt == [2, 3, 3]
    for figure in ("recall_at_10", "mrr_at_10", "mrr_at_20", "cases"):
        assert resumed[f"replay.{figure}"] == whole[f"replay.{figure}"]
    assert [path.name for path in (tmp_path / "kept").iterdir() if path.is_dir()] == []


def test_a_method_measured_by_code_that_decides_otherwise_is_refused(folder, tmp_path, monkeypatch):
    run(folder, "popularity", keep=tmp_path / "kept")
    monkeypatch.setattr(Popularity, "recommend", AlwaysInOrder.recommend)
    monkeypatch.setattr(Popularity, "asked", [], raising=False)
    monkeypatch.setattr(Popularity, "updates", [(None, 9)], raising=False)
    with pytest.raises(CommandError, match=r"keeps popularity as measured by code that decides"):
        run(folder, "popularity", keep=tmp_path / "kept")


def test_kept_methods_of_another_seed_or_other_data_are_refused(folder, tmp_path):
    run(folder, "popularity", keep=tmp_path / "kept")
    with pytest.raises(CommandError, match="run with other seed"):
        run(folder, "popularity", keep=tmp_path / "kept", seed="1")
    (folder / "period_2.txt.gz").write_bytes(gzip.compress(b"4 c\n4 a\n"))
    with pytest.raises(CommandError, match="run with other data"):
        run(folder, "popularity", keep=tmp_path / "kept")


def test_labels_of_lines_that_end_together_do_not_overlap():
    drawn = curve_svg({"one": [(1, 50.0), (2, 50.0)], "a<b": [(1, 49.9), (2, 49.9)]}, "T")
    heights = [
        float(line.split(' y="')[1].split('"')[0])
        for line in drawn.splitlines()
        if line.endswith(("one 50.0</text>", "a&lt;b 49.9</text>"))
    ]
    assert len(heights) == 2
    assert abs(heights[0] - heights[1]) >= 14.9
