"""The benchmark of opinions on sentences made for it, with a tiny encoder."""

from __future__ import annotations

import json

import numpy as np
import pytest

from recommender.benchmarks import opinions
from recommender.benchmarks.registry import BENCHMARKS, benchmark
from recommender.feedback.labelled_sources import SNIPPETS
from recommender.feedback.labelled_texts import LabelledText, LabelledTexts, Parts, split_by_seed
from tests.tiny_bert import opinion_texts, tiny_bert


@pytest.fixture
def snippets(tmp_path):
    """Sentences as the package has them: three of each review."""
    texts = opinion_texts(per_label=90)
    lines = [
        f"{number // 3}_{number % 3}\t{2.0 if label else -2.0}\t{text}\r\n"
        for number, (text, label) in enumerate(zip(texts.texts, texts.labels, strict=True))
    ]
    path = tmp_path / SNIPPETS
    path.write_text("".join([*lines, "999_1\t0.1\tthe milk arrived\r\n"]), newline="")
    return path


def test_all_three_are_judged_on_the_same_sentences(snippets, tmp_path):
    report = benchmark("opinions").run(
        {
            "data": snippets, "encoder": str(tiny_bert(tmp_path / "tiny")), "epochs": 2,
            "max_seconds": None, "seed": 0, "cache": tmp_path / "var",
        }
    )  # fmt: skip
    figures = report.figures
    total = sum(figures[f"texts.{part}"] for part in ("train", "dev", "test"))
    assert total == 180
    for name in ("majority", "linear", "finetuned"):
        there = figures[f"{name}.support_good"] + figures[f"{name}.support_bad"]
        assert there == figures["texts.test"]
    assert figures["linear.accuracy"] > 0.8  # the label hangs on one word
    assert 0.4 <= figures["majority.accuracy"] <= 0.6
    line = json.loads(report.json_line())
    assert (line["benchmark"], line["dataset"]) == ("opinions", "rated_snippets")
    page = report.markdown()
    assert "1 sentences between are left out" in page
    assert str(tmp_path) not in page
    assert "opinions" in BENCHMARKS


def test_the_interval_of_the_gain_counts_reviews_not_sentences():
    rows = [LabelledText(f"text {n}", 1, f"review {n // 50}") for n in range(100)]
    test = LabelledTexts.of(rows)
    ours = np.ones(100, np.int32)
    theirs = np.r_[np.zeros(50), np.ones(50)].astype(np.int32)
    # Two reviews: in one all is gained, in the other nothing; either alone may be drawn twice.
    assert opinions.gain_interval(test, ours, theirs, 0) == (0.0, 1.0)
    assert opinions.gain_interval(test, ours, ours, 0) == (0.0, 0.0)


def test_the_linear_baseline_is_tuned_on_the_development_part_alone():
    parts = split_by_seed(opinion_texts(per_label=60), seed=0, dev=0.2, test=0.2)
    found, strength = opinions.linear_predictions(parts)
    assert (found == parts.test.labels).mean() > 0.9
    flipped = LabelledTexts(parts.test.texts, 1 - parts.test.labels, parts.test.origins)
    again, same = opinions.linear_predictions(Parts(parts.train, parts.dev, flipped))
    np.testing.assert_array_equal(found, again)
    assert same == strength
