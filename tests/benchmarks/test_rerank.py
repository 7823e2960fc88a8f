"""The reranking benchmark on a small world whose right answer only the titles tell."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from recommender.benchmarks import amazon_beauty, rerank
from recommender.benchmarks.report import BenchmarkReport
from recommender.contracts import Floats
from recommender.learning import encode_text

COLOURS = ("red", "green", "blue")


class Colours:
    """Finds a title likely that has the colour of the history's last one."""

    ms_per_token = 0.5

    def keep_measured(self) -> None: ...

    def read_priors(self, titles: Sequence[str], *, seconds: float) -> int:
        return 0

    def estimated_ms(self, history: Sequence[str], titles: Sequence[str]) -> float:
        return 1.0

    def likelihoods(self, history: Sequence[str], titles: Sequence[str]) -> tuple[Floats, Floats]:
        colour = history[-1].split()[0]
        likely = [0.0 if title.startswith(colour) else -3.0 for title in titles]
        return np.array(likely, np.float32), np.zeros(len(titles), np.float32)


class Numbers:
    """An encoder of no meaning."""

    checksum = "0" * 64
    dimensions = 4

    def __init__(self, **_options: object) -> None: ...

    def encode(self, texts: Sequence[str]) -> Floats:
        rng = np.random.default_rng(0)
        vectors = rng.normal(size=(len(texts), 4)).astype(np.float32)
        unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Thirty things in three colours; shoppers stay with one colour and choose at random."""
    rng = np.random.default_rng(0)
    with gzip.open(tmp_path / "items.jsonl.gz", "wt") as file:
        for number in range(30):
            row = {
                "item_id": number + 1,
                "asin": f"A{number}",
                "title": f"{COLOURS[number % 3]} thing {number}",
                "brand": "",
                "categories": [["Things"]],
            }
            file.write(json.dumps(row) + "\n")
    with gzip.open(tmp_path / "interactions.csv.gz", "wt", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("user_id", "item_id", "timestamp", "position"))
        for user in range(1, 301):
            colour = int(rng.integers(3))
            for position, item in enumerate(rng.permutation(10)[:5]):
                writer.writerow((user, int(item) * 3 + colour + 1, 86_400 * position, position))
    monkeypatch.setattr(rerank, "MiniLMEncoder", Numbers)
    monkeypatch.setattr(rerank, "FITTED", ("popular",))
    monkeypatch.setattr(rerank, "TUNING_SECONDS", 1.0)
    monkeypatch.setattr(rerank, "_reader", lambda _cache: Colours())
    return tmp_path


def measured(world: Path, **options: object) -> BenchmarkReport:
    plain = {
        "dataset": "amazon_beauty",
        "data": world,
        "seed": 0,
        "shoppers": 300,
        "candidates": 30,
        "seconds": 60.0,
        "cache": world,
    }
    return rerank.run({**plain, **options})


def test_a_model_that_knows_better_opens_the_gate_and_lifts_the_test(world: Path) -> None:
    report = measured(world)
    figures = report.figures
    assert figures["gate.open"] == 1.0
    assert figures["gate.gain"] > 2.0 * figures["gate.gain_error"] > 0
    assert figures["gated.ndcg_at_10"] > figures["blend.ndcg_at_10"] + 0.1
    assert figures["gated.hr_at_10"] > figures["blend.hr_at_10"]
    assert figures["test.shoppers"] == figures["test.read"] == 300
    assert [row[0] for row in report.tables[0].rows] == ["blend", "everybody", "gated"]
    assert "--shoppers 300 --candidates 30 --seconds 60" in report.command


def test_a_model_that_knows_nothing_leaves_the_gate_closed_and_says_so(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dice(Colours):
        rng = np.random.default_rng(1)

        def likelihoods(self, history, titles):
            return self.rng.random(len(titles)).astype(np.float32), np.zeros(
                len(titles), np.float32
            )

    monkeypatch.setattr(rerank, "_reader", lambda _cache: Dice())
    report = measured(world)
    assert report.figures["gate.open"] == 0.0
    assert report.figures["gated.ndcg_at_10"] == report.figures["blend.ndcg_at_10"]
    assert report.figures["gated.share_reranked"] == 0.0
    assert "the gate is closed" in " ".join(report.notes)


def test_titles_come_in_the_order_of_the_items(world: Path) -> None:
    items = amazon_beauty.load_items(world, encode_text.CachedEncoder(Numbers(), world))
    assert rerank.load_titles(world, items)[:2] == ["red thing 0", "green thing 1"]


@pytest.mark.parametrize(
    ("option", "value"), [("shoppers", 0), ("seconds", -1.0), ("candidates", 1)]
)
def test_options_that_make_no_sense_are_named(world: Path, option: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"--{option} must be"):
        measured(world, **{option: value})
