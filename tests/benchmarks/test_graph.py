"""The graph benchmark on worlds whose right answers are known, and on the data where it is."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score as reference_f1
from sklearn.metrics import roc_auc_score

from recommender.benchmarks import graph, graph_beauty, graph_lastfm, lastfm_kg
from recommender.benchmarks.beauty_facts import ALSO, CATALOGUE, TOGETHER, load_facts
from recommender.benchmarks.lastfm_kg import (
    Listening,
    Pairs,
    area_under_curve,
    best_threshold,
    f1_score,
    sampled_pairs,
    split_pairs,
)
from recommender.contracts import TripleTable
from tests.candidates.small_graph import make_items

DATA = Path(__file__).parents[3] / "shared" / "data"


def test_area_and_f1_equal_a_public_librarys_with_ties():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 500).astype(np.int32)
    scores = np.round(rng.random(500) + 0.3 * labels, 1).astype(np.float32)
    assert area_under_curve(labels, scores) == pytest.approx(roc_auc_score(labels, scores))
    for threshold in (0.2, 0.5, 0.9):
        expected = reference_f1(labels, scores >= float(np.float32(threshold)))
        assert f1_score(labels, scores, float(np.float32(threshold))) == pytest.approx(expected)


def test_the_best_threshold_beats_every_other():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, 200).astype(np.int32)
    scores = np.round(rng.random(200) + 0.5 * labels, 2).astype(np.float32)
    best = f1_score(labels, scores, best_threshold(labels, scores))
    assert best == max(f1_score(labels, scores, value) for value in np.unique(scores))


def communities(n_users=60, n_items=40, seed=0, told=True):
    """Users listen inside one of two halves of the artists; the facts say who is in which."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(n_users):
        half = np.arange(user % 2, n_items, 2)
        rows += [(user, artist) for artist in np.sort(rng.choice(half, 8, replace=False))]
    users, artists = np.array(rows, np.int32).T
    items = make_items(tuple(f"a{n}" for n in range(n_items)))
    keys = (*(f"product:{item}" for item in items.ids), "concept:0", "concept:1")
    count = n_items if told else 0
    facts = TripleTable(
        keys,
        keys,
        (*items.ids, "", ""),
        ("is",),
        np.arange(count, dtype=np.int32),
        np.zeros(count, np.int32),
        (n_items + np.arange(count) % 2).astype(np.int32),
        np.ones(count, np.float32),
    )
    return Listening(users.copy(), artists.copy(), n_users, items, facts)


def test_negatives_are_as_many_as_positives_and_were_never_listened_to():
    listening = communities()
    pairs = sampled_pairs(listening, 3)
    played = set(zip(listening.users.tolist(), listening.artists.tolist(), strict=True))
    drawn = list(zip(pairs.users.tolist(), pairs.artists.tolist(), strict=True))
    assert len(set(drawn)) == len(drawn) == 2 * len(played)
    positive = pairs.labels == 1
    assert {pair for pair, yes in zip(drawn, positive, strict=True) if yes} == played
    assert np.array_equal(np.bincount(pairs.users[positive]), np.bincount(pairs.users[~positive]))
    np.testing.assert_array_equal(pairs.artists, sampled_pairs(listening, 3).artists)
    assert not np.array_equal(pairs.artists, sampled_pairs(listening, 4).artists)


def test_the_split_is_six_two_two_and_shares_no_pair():
    parts = split_pairs(sampled_pairs(communities(), 0), 0)
    assert [len(part) for part in parts] == [576, 192, 192]
    seen = [set(zip(p.users.tolist(), p.artists.tolist(), strict=True)) for p in parts]
    assert not seen[0] & seen[1] | seen[0] & seen[2] | seen[1] & seen[2]


def test_no_source_learns_from_a_pair_that_was_not_listened_to():
    pairs = Pairs(
        np.array([0, 0, 1], np.int32), np.array([3, 1, 2], np.int32), np.array([1, 0, 1], np.int32)
    )
    log = graph_lastfm.listened_log(communities(), pairs)
    assert list(zip(log.shoppers.tolist(), log.items.tolist(), strict=True)) == [(0, 3), (1, 2)]


def test_listening_joins_the_facts_as_edges_of_its_users():
    listening = communities(n_users=2, n_items=20)
    pairs = Pairs(np.array([1], np.int32), np.array([4], np.int32), np.array([1], np.int32))
    log = graph_lastfm.listened_log(listening, pairs)
    table = graph_lastfm.with_listening(listening.facts, listening, log)
    assert len(table) == 21
    assert table.predicates[table.relations[-1]] == graph_lastfm.LISTENED
    assert table.entities[table.subjects[-1]] == "user:1"
    assert table.products[table.objects[-1]] == "a4"
    # An artist of whom the map says nothing is an entity too.
    unmapped = graph_lastfm.with_listening(TripleTable.empty(), listening, log)
    assert unmapped.products[unmapped.objects[0]] == "a4"


def test_a_pairs_own_label_never_reaches_its_features():
    """Turning a training pair's answer over changes nothing about the features of that pair."""
    listening = communities()
    train = split_pairs(sampled_pairs(listening, 0), 0)[0]
    place = int(np.flatnonzero(train.labels == 1)[5])
    turned = train.labels.copy()
    turned[place] = 0
    before = graph_lastfm.cross_fitted(listening, train, 0)
    after = graph_lastfm.cross_fitted(listening, Pairs(train.users, train.artists, turned), 0)
    np.testing.assert_array_equal(before[place], after[place])
    assert not np.array_equal(before, after)


def test_communities_are_told_apart_and_chance_is_not(monkeypatch):
    monkeypatch.setattr(graph_lastfm, "BOOSTING", ())
    found = graph_lastfm.measure_seed(communities(n_users=120), 0)
    assert found.auc > 0.75
    assert found.f1 > 0.7
    assert found.alone["graph"] > found.alone["popularity"] + 0.1
    assert found.chosen.startswith("logistic regression")
    rng = np.random.default_rng(0)
    noise = [np.sort(rng.choice(40, 8, replace=False)) for _ in range(120)]
    aimless = communities(n_users=120)
    aimless = Listening(
        aimless.users, np.concatenate(noise).astype(np.int32), 120, aimless.items, aimless.facts
    )
    assert abs(graph_lastfm.measure_seed(aimless, 0).auc - 0.5) < 0.1


def test_spread_is_over_the_seeds():
    def result(auc):
        return graph_lastfm.SeedResult(
            dict.fromkeys(graph_lastfm.SCORES, 0.5), auc, 0.7, "logistic", 0.6, 0.6
        )

    figures = graph.lastfm_figures([result(0.8), result(0.9)])
    assert figures["lastfm.auc"] == pytest.approx(0.85)
    assert figures["lastfm.auc_sd"] == pytest.approx(0.1 / np.sqrt(2))
    assert figures["lastfm.popularity_auc"] == 0.5
    assert figures["lastfm.f1"] == pytest.approx(0.7)


def test_the_paired_gain_by_hand():
    one, other = np.array([0, 10, 2]), np.array([2, 3, 2])
    gain, error = graph_beauty.paired_gain(one, other)
    differences = np.array([0.5, -1 / np.log2(5), 0.0])
    assert gain == pytest.approx(differences.mean())
    assert error == pytest.approx(differences.std(ddof=1) / np.sqrt(3))


@pytest.fixture
def beauty(tmp_path: Path) -> Path:
    """Thirty users who walk up twelve items, with a triple of each kind."""
    products = [
        {
            "item_id": n, "asin": f"b{n}", "title": f"Thing {n}", "brand": f"Brand {n % 3}",
            "categories": [["Beauty", f"Kind {n % 4}"]],
        }
        for n in range(1, 13)
    ]  # fmt: skip
    with gzip.open(tmp_path / "items.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in products)
    with gzip.open(tmp_path / "interactions.csv.gz", "wt") as file:
        file.write("user_id,item_id,timestamp,position\n")
        for user in range(1, 31):
            for step in range(5):
                item = (user + step) % 12 + 1
                file.write(f"{user},{item},{(100 + step // 2) * 86_400},{step}\n")
    with gzip.open(tmp_path / "kg_in_catalogue.tsv.gz", "wt") as file:
        for n in range(1, 13):
            file.write(f"{n}\tbrand\tbrand:Brand {n % 3}\n{n}\tcategory\tcategory:Kind {n % 4}\n")
            file.write(f"{n}\talso_bought\titem:{n % 12 + 1}\n")
            file.write(f"{n}\tbought_together\titem:{(n + 1) % 12 + 1}\n")
    return tmp_path


class Letters:
    """Vectors from the letters of the text, in place of a language model."""

    checksum, dimensions = "letters", 8

    def encode(self, texts):
        table = np.array([[text.count(letter) + 1 for letter in "aeindg12"] for text in texts])
        return (table / np.linalg.norm(table, axis=1, keepdims=True)).astype(np.float32)


def test_every_triple_is_read_under_the_shops_names(beauty):
    items = graph_beauty.amazon_beauty.load_items(beauty)
    table = load_facts(beauty, items, CATALOGUE | TOGETHER | ALSO)
    assert len(table) == 48
    assert set(table.predicates) == {"made_by", "in_category", "also_bought", "bought_together"}
    catalogue = load_facts(beauty, items, CATALOGUE)
    assert len(catalogue) == 24
    assert catalogue.entities[12:] == (
        "brand:Brand 1", "category:Kind 1", "brand:Brand 2", "category:Kind 2",
        "brand:Brand 0", "category:Kind 3", "category:Kind 0",
    )  # fmt: skip
    assert catalogue.products[0] == "b1"
    with pytest.raises(FileNotFoundError, match="kg_in_catalogue"):
        load_facts(beauty / "nowhere", items, CATALOGUE)


def test_headlines_use_no_aggregate_of_the_other_shop():
    assert not graph_beauty.GRAPHS["graph"] & (TOGETHER | ALSO)
    assert not graph_beauty.GRAPHS["graph_catalogue"] & (TOGETHER | ALSO)
    assert graph_beauty.GRAPHS["graph_also"] >= ALSO


def test_beauty_gives_every_graph_and_blend_its_figures(beauty):
    result = graph_beauty.measure(beauty, Letters(), seed=0)
    figures = graph.beauty_figures(result)
    for name in ("graph", "graph_also", "blend_without_graph", "blend_with_graph"):
        assert 0 <= figures[f"{name}.ndcg_at_10"] <= figures[f"{name}.hr_at_10"] <= 1
        assert figures[f"{name}.hr_at_10.excl"] >= figures[f"{name}.hr_at_10"]
    assert "graph" not in result.weights["blend_without_graph"].sources
    assert "graph" in result.weights["blend_with_graph"].sources
    assert "graph_also" in result.weights["blend_with_graph_also"].sources
    # Brand and category of twelve items, and what also_bought and bought_together add.
    assert result.facts["graph_catalogue"] == 24
    assert result.facts["graph_also"] == result.facts["graph"] + 24
    gain = figures["blend_with_graph.ndcg_at_10"] - figures["blend_without_graph.ndcg_at_10"]
    assert figures["graph_gain.ndcg_at_10"] == pytest.approx(gain)
    text = "\n".join(table.markdown() for table in graph.beauty_tables(result))
    assert "may have seen the test period" in text
    assert any("Warning" in note for note in graph.notes(result, {}))


@pytest.mark.django_db
def test_without_facts_there_is_no_timing_and_the_report_says_so():
    timings, count = graph.two_hop_timings(0)
    assert (timings, count) == ({}, 0)


@pytest.mark.data
@pytest.mark.skipif(not (DATA / "lastfm_kg").exists(), reason="no folder of public data sets")
def test_the_listening_is_the_published_one():
    listening = lastfm_kg.load(DATA / "lastfm_kg")
    assert (listening.n_users, len(listening.items)) == (1_872, 3_846)
    assert len(listening.users) * 2 == 42_346
    assert len(listening.facts) == 15_518
