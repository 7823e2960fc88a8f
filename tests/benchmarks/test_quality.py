"""The protocol on a small world whose right answers are known."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from recommender.benchmarks.quality import QualityPlan, measure, plan_of
from recommender.benchmarks.quality_ranking import rank_tests
from recommender.benchmarks.quality_sources import GROUPS, READS, UNBLENDED, ablations
from recommender.benchmarks.quality_sources import SOURCES as EVERY
from recommender.benchmarks.quality_tables import quality_report
from recommender.candidates import Content, Transitions
from recommender.contracts import InteractionLog, ItemTable
from recommender.learning import metrics
from recommender.learning.fit import fit_sources
from recommender.learning.splits import leave_last_out
from recommender.ranking.blend import BlendWeights, Weight, blended

N_ITEMS = 50
BEAUTY = Path(__file__).parents[3] / "shared" / "data" / "amazon_beauty"


def world(n_shoppers=150, tied=False):
    """Everybody walks up the items from a random start; every third pair shares its time."""
    rng = np.random.default_rng(0)
    shoppers = np.repeat(np.arange(n_shoppers), 6)
    steps = np.tile(np.arange(6), n_shoppers)
    log = InteractionLog(
        shoppers.astype(np.int32),
        ((np.repeat(rng.integers(0, N_ITEMS, n_shoppers), 6) + steps) % N_ITEMS).astype(np.int32),
        np.ones(len(shoppers), np.float32),
        ((steps // 2 if tied else steps) * 86_400).astype(np.int64),
        n_shoppers,
        N_ITEMS,
    )
    vectors = rng.normal(size=(N_ITEMS, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names = tuple(f"thing{n}" for n in range(N_ITEMS))
    return log, ItemTable(names, names, ("",) * N_ITEMS, ("",) * N_ITEMS, vectors)


SOURCES: dict[str, dict[str, object]] = {
    "transitions": {},
    "text_ease": {"largest": 40},
    "content": {},
    "popular": {},
}
PLAN = QualityPlan((0,), SOURCES, {"ease": {}})
OPTIONS = {
    "dataset": "amazon_beauty",
    "seed": 0,
    "seeds": None,
    "sample": None,
    "without": "",
    "skip": "",
}


def figures_of(log, items, plan=PLAN, **more):
    return dict(quality_report(measure(log, items, plan, **more), OPTIONS).figures)


def measure_world(plan, tied=False):
    log, items = world(tied=tied)
    return measure(log, items, plan)


def untimed(figures):
    return {
        name: value
        for name, value in figures.items()
        if not name.endswith(("fit_s", "fit_s.sd")) and name != "seconds"
    }


@pytest.fixture(scope="module")
def plain():
    return figures_of(*world())


def test_a_world_of_steps_is_foreseen_by_transitions_and_by_the_blend(plain):
    assert plain["transitions.hr_at_5.excl"] == 1.0
    assert plain["blend.hr_at_5.excl"] > 0.95
    assert plain["popular.hr_at_10"] < 0.5


def test_without_ties_both_orders_are_the_same(plain):
    assert plain["transitions.ndcg_at_10"] == plain["transitions.ndcg_at_10.file_order"]


def test_what_the_next_comparison_needs_is_there(plain):
    expected = {
        f"{name}.{metric}_at_{at}{kind}"
        for name in ("blend", "transitions", "popular")
        for metric in ("hr", "ndcg")
        for at in (5, 10)
        for kind in (
            "", ".excl", ".file_order", ".file_order.excl", ".refit", ".refit.excl",
            ".same_day", ".later_day", ".cold",
        )
    }  # fmt: skip
    assert expected <= set(plain)
    ablated = {
        f"without_{part}.ndcg_at_10{kind}"
        for part in ("collaborative", "text", "transitions", "text_ease", "content", "popular")
        for kind in ("", ".excl", ".file_order")
    }
    assert ablated <= set(plain)
    assert {"blend.coverage_at_10", "blend.diversity_at_10", "blend.novelty_at_10"} <= set(plain)
    assert plain["transitions.fit_s"] > 0
    # Everybody is shown the same ten popular items.
    assert plain["popular.coverage_at_10"] == 10 / N_ITEMS


def test_runs_repeat_and_the_seed_moves_only_ties():
    log, items = world(tied=True)
    plan = replace(PLAN, extras=(), sources={"transitions": {}, "popular": {}})
    runs = [untimed(figures_of(log, items, replace(plan, seeds=(seed,)))) for seed in (1, 1, 2)]
    assert runs[0] == runs[1]
    assert runs[0]["transitions.ndcg_at_10"] != runs[2]["transitions.ndcg_at_10"]
    both = figures_of(log, items, replace(plan, seeds=(1, 2)))
    values = [run["transitions.ndcg_at_10"] for run in runs[1:]]
    assert both["transitions.ndcg_at_10"] == pytest.approx(np.mean(values))
    assert both["transitions.ndcg_at_10.sd"] == pytest.approx(np.std(values, ddof=1))


def test_the_order_of_the_file_is_no_help():
    """Ties sorted by code would let a learner of orders do better in the file's order."""
    log, items = world(n_shoppers=600, tied=True)
    figures = figures_of(log, items, replace(PLAN, sources={"transitions": {}, "popular": {}}))
    assert figures["transitions.ndcg_at_10.file_order"] == pytest.approx(
        figures["transitions.ndcg_at_10"], abs=0.08
    )


def test_a_refit_also_knows_what_validation_held_back():
    """That 3 follows 2 is seen where 3 is the validation item, and needed where it is the test."""
    n_shoppers, one, other = 40, [0, 1, 2, 3], [4, 2, 3, 5]
    log = InteractionLog(
        np.repeat(np.arange(n_shoppers, dtype=np.int32), 4),
        np.array([*one, *other] * (n_shoppers // 2), np.int32),
        np.ones(4 * n_shoppers, np.float32),
        np.tile(np.arange(4, dtype=np.int64), n_shoppers) * 86_400,
        n_shoppers,
        30,
    )
    none = ("",) * 30
    items = ItemTable(tuple(map(str, range(30))), none, none, none, np.zeros((30, 4), np.float32))
    figures = figures_of(log, items, replace(PLAN, sources={"transitions": {}, "popular": {}}))
    assert figures["transitions.hr_at_5.excl"] < 0.4
    assert figures["transitions.hr_at_5.refit.excl"] >= 0.5


def test_blends_rank_as_the_blend_that_serves_and_score_each_batch_once():
    log, items = world()
    split = leave_last_out(log)
    asked = []

    class Counted(Transitions):
        def score(self, histories):
            asked.append(len(histories))
            return super().score(histories)

    sources = {"transitions": Counted(), "content": Content()}
    for source in sources.values():
        source.fit(split.train, items)
    popularity = np.arange(N_ITEMS)
    both = BlendWeights({"transitions": Weight(1.0, 0.2), "content": Weight(0.3, 0.9)})
    blends = {"both": both, "one": BlendWeights.of({"transitions": 0.4})}
    outcomes = rank_tests(sources, blends, split.test, popularity, seed=0)
    assert asked == [len(split.test)]
    # With few items a pool holds all that anybody proposes.
    pooled = rank_tests(sources, {}, split.test, popularity, pooled={"both": both}, seed=0)["both"]
    np.testing.assert_array_equal(pooled.ranks, outcomes["both"].ranks)
    np.testing.assert_array_equal(pooled.ranks_unseen, outcomes["both"].ranks_unseen)
    np.testing.assert_array_equal(outcomes["one"].ranks, outcomes["transitions"].ranks)
    scores = {name: source.score(split.test.histories) for name, source in sources.items()}
    expected = blended(scores, both, both.knowledge(popularity))
    rng = np.random.default_rng(1)
    ranks = metrics.target_ranks(expected, split.test.targets, rng)
    np.testing.assert_array_equal(outcomes["both"].ranks, ranks)
    np.testing.assert_array_equal(outcomes["both"].lists, metrics.top_items(expected, 10))
    for row, history in enumerate(split.test.histories):
        target = split.test.targets[row]
        expected[row, [item for item in history.items if item != target]] = -1.0
    unseen = metrics.target_ranks(expected, split.test.targets, rng)
    np.testing.assert_array_equal(outcomes["both"].ranks_unseen, unseen)


def test_no_ablation_is_left_without_a_weight():
    """Content says nothing here, so tuning would rather have no blend at all."""
    plan = replace(PLAN, sources={"transitions": {}, "content": {}}, unblended={}, extras=())
    for name, weights in measure_world(plan, tied=True).seeds[0].weights.items():
        assert any(weight.known or weight.new for weight in weights.sources.values()), name


def test_groups_leave_out_all_that_read_the_same_and_put_ease_where_text_ease_was():
    found = {one.name: set(one.sources) for one in ablations(SOURCES, {"ease": {}})}
    assert found["without_collaborative"] == {"content"}
    assert found["without_text"] == {"transitions", "popular", "ease"}
    assert found["without_text_ease"] == {"transitions", "content", "popular"}
    assert "without_graph" not in found
    assert "without_neural" not in found
    assert {one.name for one in ablations(["graph", "content"])} == {
        "without_graph", "without_text", "without_content",
    }  # fmt: skip


def test_every_source_of_the_shop_belongs_to_a_group():
    assert set(EVERY) <= set(READS)
    assert set().union(*READS.values()) == set(GROUPS)


def test_a_stopped_run_goes_on_from_the_parts_that_are_kept(tmp_path, monkeypatch):
    log, items = world()
    plan = replace(PLAN, seeds=(0, 1), sources={"transitions": {}, "popular": {}}, extras=())
    whole = figures_of(log, items, plan)
    first = measure(log, items, replace(plan, seeds=(0,)), keep=tmp_path)
    assert (tmp_path / "seed-0.json").exists()
    fitted = []

    def counted(*args, **kwargs):
        fitted.append(1)
        return fit_sources(*args, **kwargs)

    monkeypatch.setattr("recommender.benchmarks.quality.fit_sources", counted)
    again = figures_of(log, items, plan, keep=tmp_path)
    assert untimed(again) == pytest.approx(untimed(whole))
    assert len(fitted) == 1
    assert first.seeds[0].weights == measure(log, items, plan, keep=tmp_path).seeds[0].weights
    with pytest.raises(ValueError, match="other blended, sources: name another folder"):
        measure(log, items, replace(plan, sources={"transitions": {}}), keep=tmp_path)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("seeds", "0,x", "--seeds takes whole numbers"),
        ("seeds", "1,1", "--seeds takes different numbers"),
        ("without", "guesswork", "--without: no source named guesswork"),
        ("without", ",".join([*EVERY, *UNBLENDED]), "--without leaves no source"),
        ("without", ",".join(EVERY), "--without leaves no source in the blend"),
        ("skip", "tuning", "--skip takes file_order, refit"),
    ],
)
def test_an_option_that_means_nothing_is_named(option, value, message):
    with pytest.raises(ValueError, match=message):
        plan_of({**OPTIONS, option: value})


def test_the_plan_takes_three_seeds_and_every_source_unless_told_otherwise():
    plan = plan_of({**OPTIONS, "seed": 4, "without": "graph,ease", "skip": "refit"})
    assert plan.seeds == (4, 5, 6)
    assert set(plan.sources) == set(EVERY) - {"graph"}
    assert plan.unblended == {}
    assert plan.extras == ["file_order"]
    assert plan_of({**OPTIONS, "seeds": "7"}).seeds == (7,)


def test_published_figures_stand_beside_the_blend_and_are_counted(plain):
    report = quality_report(measure_world(PLAN), OPTIONS)
    assert report.figures["published.below"] == 30
    assert report.figures["published.above"] == 0
    table = next(table for table in report.tables if table.title.startswith("Published"))
    assert {row[-1] for row in table.rows[:-2]} == {"below"}
    bars = next(table for table in report.tables if "has to reach" in table.title)
    assert [row[-1] for row in bars.rows] == ["yes"] * 4
    assert any(table.title.startswith("Cold items") for table in report.tables)


def test_a_folder_without_the_data_is_named():
    with pytest.raises(CommandError, match="nowhere"):
        call_command("benchmark", "quality", "--dataset", "amazon_beauty", "--data", "nowhere")


@pytest.mark.data
@pytest.mark.skipif(not BEAUTY.exists(), reason="shared/data/amazon_beauty is not there")
def test_the_real_data_has_the_published_size():
    from recommender.benchmarks.amazon_beauty import load_items, load_log

    log = load_log(BEAUTY)
    items = load_items(BEAUTY)
    assert (log.n_shoppers, log.n_items, len(log), len(items)) == (22_363, 12_101, 198_502, 12_101)
    assert items.ids[0] == "B004756YJA"
    assert items.groups[0] == "Nail Polish"
    bounds = log.bounds()
    ends = bounds[1:]
    same_day = log.times[ends - 1] == log.times[ends - 2]
    assert same_day.mean() == pytest.approx(0.435, abs=0.001)


def test_interactions_and_items_are_read_in_the_file_order(tmp_path):
    import gzip

    from recommender.benchmarks.amazon_beauty import load_items, load_log

    with gzip.open(tmp_path / "interactions.csv.gz", "wt") as file:
        file.write("user_id,item_id,timestamp,position\n2,1,50,0\n1,2,90,1\n1,1,90,0\n")
    rows = [
        {"item_id": 2, "asin": "B", "title": "Soap", "brand": None, "categories": []},
        {"item_id": 1, "asin": "A", "title": "Dr. A&#39;s", "brand": "Dr. A&#39;s",
         "categories": [["Beauty", "Oil"], ["Beauty", "Gift"]]},
    ]  # fmt: skip
    with gzip.open(tmp_path / "items.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    log = load_log(tmp_path)
    assert log.shoppers.tolist() == [0, 0, 1]
    assert log.items.tolist() == [0, 1, 0]
    items = load_items(tmp_path)
    assert items.ids == ("A", "B")
    assert items.texts == ("Dr. A's. Dr. A's. Beauty, Oil, Gift", "Soap")
    assert items.brands == ("Dr. A's", "")
    assert items.groups == ("Oil", "")
    assert items.vectors.shape == (2, 0)


def test_the_command_lists_its_benchmarks():
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("benchmark", "guesswork", stdout=StringIO())
