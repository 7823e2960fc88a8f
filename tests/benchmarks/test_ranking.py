"""The ranking benchmark on a small world, and its report."""

import json

import numpy as np
import pytest

from recommender.benchmarks import ranking
from recommender.benchmarks.ranking_tables import figures_of, gains, ranking_report
from recommender.benchmarks.registry import BENCHMARKS
from recommender.contracts import TripleTable
from recommender.ranking.features import KINDS
from tests.learning.test_choose_ranker import QUICK, brand_world


@pytest.fixture(scope="module")
def result():
    log, items = brand_world(150)
    return ranking.measure(
        log,
        items,
        TripleTable.empty(),
        seed=0,
        sample=120,
        sources={"popular": {}, "transitions": {}, "graph": {}, "content": {}},
        settings={**QUICK, "fusion": {**QUICK["fusion"], "epochs": 1}},
    )


def test_figures_by_hand():
    ranks = np.array([0.0, 4.5, 7.0, np.inf])
    assert figures_of(ranks) == {
        "hr_at_5": 0.5,
        "ndcg_at_5": pytest.approx((1 + 1 / np.log2(6.5)) / 4),
        "hr_at_10": 0.75,
        "ndcg_at_10": pytest.approx((1 + 1 / np.log2(6.5) + 1 / np.log2(9)) / 4),
    }
    assert gains(ranks, 10)[3] == 0.0


def test_every_ranker_is_measured_with_all_and_without_each_kind(result):
    assert set(result.outcomes) == {
        (name, kind) for name in ranking.RANKERS for kind in ("", *KINDS)
    }
    for (_, kind), outcome in result.outcomes.items():
        assert outcome.ranks.shape == outcome.ranks_unseen.shape == (120,)
        assert (outcome.ranks_unseen <= outcome.ranks).all()
        assert (outcome.added_ms is None) == bool(kind)
    assert result.tested == 120
    assert 0.9 < result.reachable <= 1.0


def test_what_tells_the_brand_is_missed_when_it_is_left_out(result):
    def ndcg(name, kind=""):
        return figures_of(result.outcomes[name, kind].ranks)["ndcg_at_10"]

    assert ndcg("lambdarank") > ndcg("lambdarank", "collaborative")
    np.testing.assert_array_equal(result.outcomes["none", ""].ranks >= 0, np.ones(120, bool))


def test_the_report_ends_with_every_figure_and_says_how_to_get_them(result):
    report = ranking_report(
        result, {"dataset": "amazon_beauty", "seed": 0, "sample": 120, "cases": None}
    )
    line = json.loads(report.json_line())
    assert line["benchmark"] == "ranking"
    assert {
        "fusion.ndcg_at_10",
        "fusion.hr_at_5.excl",
        "none.without_text.hr_at_10",
        "lambdarank.without_graph.ndcg_at_10",
        "fusion.calibration_error",
        "lambdarank.added_p95_ms",
    } <= set(line["figures"])
    assert all(np.isfinite(value) for value in line["figures"].values())
    assert "--sample 120 --save" in report.command
    assert f"Chosen by validation: {result.chosen}." in report.text()


def test_it_is_a_benchmark_by_name():
    assert BENCHMARKS["ranking"][0] == "recommender.benchmarks.ranking"
