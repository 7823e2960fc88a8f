"""The protocol on a small world whose right answers are known."""

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from recommender.benchmarks.quality import measure
from recommender.benchmarks.quality_tables import quality_report
from recommender.contracts import InteractionLog, ItemTable

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


SOURCES: dict[str, dict[str, object]] = {"transitions": {}, "popular": {}}
OPTIONS = {"dataset": "amazon_beauty", "seed": 0, "sample": None}


@pytest.fixture(scope="module")
def plain():
    return quality_report(measure(*world(), seed=0, sources=SOURCES), OPTIONS).figures


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
        for kind in ("", ".excl", ".file_order", ".same_day", ".later_day", ".cold")
    }
    assert expected <= set(plain)
    assert {"blend.coverage_at_10", "blend.diversity_at_10", "blend.novelty_at_10"} <= set(plain)
    assert plain["transitions.fit_s"] > 0
    # Everybody is shown the same ten popular items.
    assert plain["popular.coverage_at_10"] == 10 / N_ITEMS


def test_runs_repeat_and_the_seed_moves_only_ties():
    log, items = world(tied=True)
    runs = [
        quality_report(measure(log, items, seed=seed, sources=SOURCES), OPTIONS).figures
        for seed in (1, 1, 2)
    ]
    timed = [name for name in runs[0] if name.endswith("fit_s") or name == "seconds"]
    for run in runs:
        for name in timed:
            run.pop(name)
    assert runs[0] == runs[1]
    assert runs[0]["transitions.ndcg_at_10"] != runs[2]["transitions.ndcg_at_10"]


def test_the_order_of_the_file_is_no_help():
    """Ties sorted by code would let a learner of orders do better in the file's order."""
    log, items = world(n_shoppers=600, tied=True)
    figures = quality_report(measure(log, items, seed=0, sources=SOURCES), OPTIONS).figures
    assert figures["transitions.ndcg_at_10.file_order"] == pytest.approx(
        figures["transitions.ndcg_at_10"], abs=0.08
    )


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
