"""Windows of a dated log, and updates beside a full retrain."""

from __future__ import annotations

import csv
import gzip
import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from recommender.benchmarks import lifelong_windows
from recommender.benchmarks.window_cut import cut_windows
from recommender.contracts import InteractionLog

N_SHOPPERS, N_ITEMS, DAYS = 60, 12, 40


def ring_log() -> InteractionLog:
    """Shoppers who walk along a ring of items, a step every fourth day."""
    rows = [
        (shopper, (shopper + step) % N_ITEMS, (shopper + 4 * step) % DAYS)
        for shopper in range(N_SHOPPERS)
        for step in range(DAYS // 4)
    ]
    table = np.array(sorted(rows, key=lambda row: (row[0], row[2])), np.int64)
    return InteractionLog(
        table[:, 0].astype(np.int32),
        table[:, 1].astype(np.int32),
        np.ones(len(table), np.float32),
        table[:, 2] * 86_400,
        N_SHOPPERS,
        N_ITEMS,
    )


def test_windows_follow_in_time_and_what_is_held_out_is_never_learnt():
    log = ring_log()
    windows = cut_windows(log, 4, first_share=0.55, held_share=0.2, held_cases=9, cases=25, seed=3)
    assert (windows.ends // 86_400).tolist() == [21, 27, 33, 39]
    whole = set(zip(log.shoppers, log.items, log.times, strict=True))
    learnt = windows.learnt(3).log
    left = set(zip(learnt.shoppers, learnt.items, learnt.times, strict=True))
    held = set()
    for window in range(4):
        begin = windows.ends[window - 1] if window else -1
        for owner, target, history in zip(
            windows.owners[window],
            windows.held[window].targets,
            windows.held[window].histories,
            strict=True,
        ):
            assert begin < history.now <= windows.ends[window]
            assert (history.times <= history.now).all()
            deeds = zip(history.items, history.times, strict=True)
            assert {(owner, item, at) for item, at in deeds} <= left
            held.add((owner, target, history.now))
        assert len(windows.held[window]) == 9
    assert left | held == whole
    assert not left & held
    assert [len(coming) for coming in windows.coming] == [0, 25, 25, 25]
    for window in (1, 2, 3):
        for history in windows.coming[window].histories:
            assert (history.times <= windows.ends[window - 1]).all()
            assert history.now > windows.ends[window - 1]
    assert set(windows.learnt(0).log.times) == {day * 86_400 for day in range(22)}


def test_a_log_of_one_moment_cannot_be_cut():
    log = ring_log()
    still = InteractionLog(
        log.shoppers, log.items, log.weights, np.zeros_like(log.times), N_SHOPPERS, N_ITEMS
    )
    with pytest.raises(ValueError, match="moments are too few"):
        cut_windows(still, 3)


@pytest.fixture
def folder(tmp_path, monkeypatch, settings):
    """The ring as a data set, and an encoder that reads a text's number."""

    class NumberEncoder:
        checksum = "numbers"
        dimensions = 4

        def __init__(self, progress=False):
            pass

        def encode(self, texts):
            turns = np.array([int(text.split()[-1]) for text in texts])[:, None] / N_ITEMS
            return np.cos(2 * np.pi * (turns - np.arange(4) / 4)).astype(np.float32)

    monkeypatch.setattr(lifelong_windows, "MiniLMEncoder", NumberEncoder)
    settings.VAR_DIR = tmp_path / "var"
    made = tmp_path / "data"
    made.mkdir()
    log = ring_log()
    with gzip.open(made / "interactions.csv.gz", "wt", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["user_id", "item_id", "timestamp", "position"])
        for place in range(len(log)):
            writer.writerow(
                [log.shoppers[place] + 1, log.items[place] + 1, log.times[place], place]
            )
    with gzip.open(made / "items.jsonl.gz", "wt") as file:
        for item in range(N_ITEMS):
            row = {"item_id": item + 1, "asin": f"a{item}", "title": f"no {item}", "brand": ""}
            file.write(json.dumps({**row, "categories": []}) + "\n")
    return made


def run(folder, *more):
    out = StringIO()
    call_command(
        "benchmark", "lifelong", "--dataset", "ring", "--data", str(folder), "--windows", "3",
        "--retrain-every", "1", "--epochs", "2", "--cases", "20", *more, stdout=out,
    )  # fmt: skip
    return json.loads(out.getvalue().splitlines()[-1])["figures"], out.getvalue()


def test_a_stopped_run_goes_on_and_tells_updates_beside_a_retrain(folder, tmp_path):
    kept, curve = tmp_path / "kept", tmp_path / "curve.svg"
    whole, text = run(folder, "--keep", str(kept), "--curve", str(curve))
    assert {"default.ndcg_at_10", "retrain.ndcg_at_10", "finetune.ndcg_at_10"} <= whole.keys()
    assert whole["cases"] == 20
    assert whole["default.share_of_retrain"] == pytest.approx(
        whole["default.ndcg_at_10"] / whole["retrain.ndcg_at_10"], rel=1e-4
    )
    assert whole["cost_ratio"] == pytest.approx(
        whole["default.update_seconds"] / whole["retrain.update_seconds"], rel=1e-3
    )
    # Who walks along a ring is easy to follow.
    assert whole["default.hr_at_10"] > 0.9
    assert "after windows 2;" in text
    assert curve.read_text().count("<path d=") >= 3
    # As after a kill: the last window's result is not there, its models are half written.
    (kept / "window-1.json").unlink()
    again, _ = run(folder, "--keep", str(kept))
    timeless = [name for name in whole if not name.endswith(("seconds", "cost_ratio"))]
    assert {name: again[name] for name in timeless} == {name: whole[name] for name in timeless}


def test_a_method_that_learns_no_windows_is_refused(folder):
    with pytest.raises(CommandError, match="--methods: knn cannot learn windows"):
        run(folder, "--methods", "knn")
