"""Searches by exact products and by an index: equal where they must be, near where they may not."""

import json

import numpy as np
import pytest

from recommender.candidates import nearest
from recommender.candidates.nearest import (
    ExactNearest,
    FaissNearest,
    NearestSettings,
    changed_rows,
    load_nearest,
    nearest_items,
    recall_of,
    sample_queries,
)

ALWAYS = NearestSettings(exact_up_to=0)


def clustered(count, dimensions=16, clusters=40, seed=0):
    """Unit vectors around centres of very different sizes."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(clusters, dimensions))
    places = (rng.random(count) ** 2 * clusters).astype(int)
    vectors = centres[places] + 0.5 * rng.normal(size=(count, dimensions))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_the_exact_search_orders_by_product_and_then_by_index():
    vectors = np.array([[1, 0], [0, 1], [1, 0], [0.6, 0.8], [-1, 0]], np.float32)
    found, products = ExactNearest(vectors).search(np.array([[1, 0], [0, 1]], np.float32), 3)
    assert found.tolist() == [[0, 2, 3], [1, 3, 0]]
    np.testing.assert_allclose(products, [[1, 1, 0.6], [1, 0.8, 0]])


@pytest.mark.parametrize("storage", ["float32", "float16", "int8"])
def test_on_few_items_the_index_answers_as_the_exact_search_does(storage):
    vectors = clustered(300)
    queries = clustered(40, seed=1)
    index = nearest_items(vectors, NearestSettings(exact_up_to=0, storage=storage, recall=1.0))
    assert isinstance(index, FaissNearest)
    exact, exact_products = ExactNearest(vectors).search(queries, 10)
    found, products = index.search(queries, 10, probes=300)
    np.testing.assert_array_equal(found, exact)
    np.testing.assert_allclose(products, exact_products, rtol=1e-6)


def test_among_fifty_thousand_the_recall_is_what_the_report_says_and_enough():
    vectors = clustered(50_000, dimensions=32, clusters=500)
    index = nearest_items(vectors, NearestSettings(exact_up_to=10_000))
    assert index.report["kind"] == "faiss"
    queries = sample_queries(vectors, 200, np.random.default_rng(7))
    exact, _ = ExactNearest(vectors).search(queries, 100)
    found, _ = index.search(queries, 100)
    recalls = {cut: recall_of(found[:, :cut], exact[:, :cut]) for cut in (10, 100)}
    assert recalls[10] >= 0.95
    assert recalls[100] >= 0.9
    for cut, recall in recalls.items():
        assert index.report[f"recall_at_{cut}"] == pytest.approx(recall, abs=0.03)
    assert index.report["probes"] < index.report["lists"] / 4, "it must not look everywhere"


def test_the_threshold_and_missing_vectors_keep_the_search_exact():
    vectors = clustered(100)
    assert isinstance(nearest_items(vectors, NearestSettings(exact_up_to=100)), ExactNearest)
    assert isinstance(nearest_items(vectors, NearestSettings(exact_up_to=99)), FaissNearest)
    nothing = nearest_items(np.zeros((100, 0), np.float32), ALWAYS)
    assert isinstance(nothing, ExactNearest)


def test_two_builds_are_one():
    vectors = clustered(2_000)
    one, two = (nearest_items(vectors, ALWAYS) for _ in range(2))
    queries = sample_queries(vectors, 50, np.random.default_rng(0))
    for first, second in zip(one.search(queries, 20), two.search(queries, 20), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("chosen", [ALWAYS, NearestSettings()])
def test_what_was_saved_answers_the_same_and_goes_on_growing(chosen, tmp_path):
    vectors = clustered(1_500)
    index = nearest_items(vectors[:1_400], chosen)
    index.save(tmp_path)
    loaded = load_nearest(tmp_path, vectors[:1_400])
    queries = sample_queries(vectors, 20, np.random.default_rng(0))
    np.testing.assert_array_equal(loaded.search(queries, 5)[0], index.search(queries, 5)[0])
    assert loaded.report == index.report
    loaded.grow(vectors)
    index.grow(vectors)
    found, products = loaded.search(vectors[1_450:1_460], 1)
    assert found.ravel().tolist() == list(range(1_450, 1_460))
    np.testing.assert_allclose(products, 1.0, rtol=1e-5)
    np.testing.assert_array_equal(index.search(queries, 5)[0], loaded.search(queries, 5)[0])
    assert loaded.report["items"] == 1_500


def test_an_item_whose_text_changed_is_found_where_it_is_now():
    vectors = clustered(500)
    index = nearest_items(vectors, ALWAYS)
    changed = vectors.copy()
    changed[[7, 300]] = clustered(2, seed=9)
    assert changed_rows(vectors, changed, block=64).tolist() == [7, 300]
    index.grow(changed)
    found, _ = index.search(changed[[7, 300]], 1)
    assert found.ravel().tolist() == [7, 300]
    fresh = nearest_items(changed, ALWAYS)
    assert recall_of(index.search(vectors[:100], 5)[0], fresh.search(vectors[:100], 5)[0]) > 0.97


def test_a_catalogue_that_doubled_gets_new_lists():
    vectors = clustered(1_000)
    index = nearest_items(vectors[:400], ALWAYS)
    lists = index.report["lists"]
    index.grow(vectors[:800])
    assert index.report["lists"] == lists
    index.grow(vectors)
    assert index.report["lists"] > lists
    assert index.report["cut_for"] == 1_000


def test_an_index_of_another_catalogue_is_refused(tmp_path):
    vectors = clustered(500)
    nearest_items(vectors, ALWAYS).save(tmp_path)
    with pytest.raises(ValueError, match="holds 500 vectors of 16 dimensions, the catalogue 499"):
        load_nearest(tmp_path, vectors[:499])


def test_where_too_few_are_found_the_rest_is_marked():
    index = FaissNearest(clustered(400), ALWAYS)
    found, products = index.search(clustered(3), 400, probes=1)
    assert (found[:, 0] >= 0).all()
    assert (found == -1).any()
    assert (products[found == -1] == 0).all()
    assert index.search(np.zeros((0, 16), np.float32), 5)[0].shape == (0, 5)


def test_exact_searches_in_blocks_are_one_search(monkeypatch):
    vectors = clustered(300)
    whole = ExactNearest(vectors).search(vectors[:50], 7)
    monkeypatch.setattr(nearest, "CELLS", 1_000)
    for one, other in zip(whole, ExactNearest(vectors).search(vectors[:50], 7), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"storage": "int4"}, "storage must be"), ({"recall": 0.0}, "recall must lie")],
)
def test_settings_that_mean_nothing_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        NearestSettings(**wrong)


def test_the_report_is_plain(tmp_path):
    index = nearest_items(clustered(400), ALWAYS)
    index.save(tmp_path)
    stored = json.loads((tmp_path / "nearest.json").read_text())["report"]
    assert stored == dict(index.report)
    assert {"lists", "probes", "build_s", "storage", "recall_at_10", "recall_at_100"} <= set(stored)
