"""What sources do when the catalogue is larger than they can search exactly."""

import numpy as np
import pytest

from recommender.candidates import Content, TextEase, TextTransitions
from recommender.candidates.content import Whitening, whitened
from recommender.candidates.nearest import FaissNearest
from recommender.candidates.transitions import text_neighbours
from recommender.contracts import History, InteractionLog, ItemTable
from tests.candidates.test_nearest import clustered

N_ITEMS = 600


def items_of(vectors):
    count = len(vectors)
    return ItemTable(
        tuple(map(str, range(count))),
        tuple(f"word{n % 50} thing{n % 7}" for n in range(count)),
        ("",) * count,
        ("",) * count,
        vectors,
    )


def log_of(n_items=N_ITEMS, n_shoppers=80):
    rng = np.random.default_rng(0)
    shoppers = np.repeat(np.arange(n_shoppers, dtype=np.int32), 6)
    items = (rng.random(len(shoppers)) ** 2 * n_items).astype(np.int32)
    times = np.tile(np.arange(6, dtype=np.int64), n_shoppers) * 86_400
    return InteractionLog(
        shoppers, items, np.ones(len(items), np.float32), times, n_shoppers, n_items
    )


HISTORIES = [History.of([3, 40, 77]), History.empty(), History.of([500])]


def test_content_proposes_the_nearest_items_as_the_exact_search_scores_them():
    items = items_of(clustered(N_ITEMS))
    exact, indexed = Content(), Content(exact_up_to=100, proposals=50)
    for source in (exact, indexed):
        source.fit(log_of(), items)
    assert isinstance(indexed.nearest, FaissNearest)
    expected, scores = exact.score(HISTORIES), indexed.score(HISTORIES)
    assert scores[1].max() == 0
    proposed = scores > 0
    assert proposed.sum(axis=1).max() <= 50
    np.testing.assert_allclose(scores[proposed], expected[proposed], rtol=1e-4)
    for row in (0, 2):
        best = set(np.argsort(-expected[row])[:10].tolist())
        assert len(best & set(np.flatnonzero(proposed[row]).tolist())) >= 9


def test_an_indexed_content_takes_new_items_in_and_whitens_anew_when_there_are_many(tmp_path):
    vectors = clustered(N_ITEMS)
    source = Content(exact_up_to=100, proposals=30)
    source.fit(log_of(), items_of(vectors[:550]))
    source.save(tmp_path)
    source = Content.load(tmp_path)
    before = np.asarray(source.vectors).copy()
    source.update(log_of(), items_of(vectors[:580]))
    np.testing.assert_array_equal(source.vectors[:550], before)
    # An item beside a new one finds it.
    closest = int(np.argmax(source.vectors[:550] @ source.vectors[570]))
    assert source.score([History.of([closest])])[0, 570] > 0
    source.update(log_of(), items_of(clustered(650)))
    assert source.whitening.learnt_from == 650


def test_whitening_is_the_same_in_blocks(monkeypatch):
    vectors = clustered(300)
    whole = whitened(vectors)
    monkeypatch.setattr("recommender.candidates.content.BLOCK", 64)
    np.testing.assert_allclose(Whitening(vectors).apply(vectors), whole, atol=1e-5)
    covariance = np.cov(whole.T)
    assert np.abs(covariance - np.diag(np.diag(covariance))).max() < 0.02


def test_text_neighbours_by_the_index_are_nearly_the_exact_ones():
    items = items_of(clustered(N_ITEMS))
    source = TextTransitions(neighbours=10, exact_up_to=100)
    source.fit(log_of(), items)
    exact = text_neighbours(whitened(items.vectors), 10, 3.0)
    assert source.alike.diagonal().sum() == 0
    np.testing.assert_allclose(source.alike.sum(axis=1), 1.0, rtol=1e-4)
    shared = (source.alike > 0).multiply(exact > 0).sum()
    assert shared / exact.nnz > 0.9


def test_new_items_join_the_neighbours_both_ways_without_a_new_search(tmp_path):
    vectors = clustered(630)
    source = TextTransitions(neighbours=10, exact_up_to=100)
    source.fit(log_of(), items_of(vectors[:N_ITEMS]))
    source.save(tmp_path)
    source = TextTransitions.load(tmp_path)
    before = source.alike.toarray()
    source.update(log_of(630, 1), items_of(vectors))
    grown = source.alike.toarray()
    np.testing.assert_array_equal(grown[:600, :600], before)
    assert np.diag(grown).sum() == 0
    np.testing.assert_allclose(grown[600:].sum(axis=1), 1.0, rtol=1e-4)
    np.testing.assert_allclose(grown[:600, 600:], grown[600:, :600].T)
    fresh = text_neighbours(source.whitening.apply(vectors), 10, 3.0).toarray()
    np.testing.assert_allclose(grown[600:], fresh[600:], atol=1e-4)
    changed = vectors.copy()
    changed[3] = -changed[3]
    source.update(log_of(630, 1), items_of(changed))
    assert source.whitening.learnt_from == 630


def test_items_with_one_vector_find_each_other_and_not_themselves():
    vectors = np.repeat(clustered(40, seed=2), 8, axis=0)
    source = TextTransitions(neighbours=3, exact_up_to=100)
    source.fit(log_of(320), items_of(vectors))
    assert source.alike.diagonal().sum() == 0
    assert source.alike.nnz == 320 * 3


def test_a_dense_solve_takes_no_more_items_than_it_may():
    source = TextEase(largest=100)
    log = log_of()
    source.fit(log, items_of(clustered(N_ITEMS)))
    assert source.weights.shape == (100, 100)
    counts = np.bincount(log.items, minlength=N_ITEMS)
    outside = np.setdiff1d(np.arange(N_ITEMS), source.members)
    assert counts[outside].max() <= counts[source.members].min()
    scores = source.score([History.of([int(source.members[0]), int(outside[0])])])
    assert scores.shape == (1, N_ITEMS)
    assert scores[0, outside].max() == 0
    assert scores.max() > 0


@pytest.mark.parametrize("source", [Content, TextTransitions])
def test_a_source_remembers_its_threshold(source, tmp_path):
    fitted = source(exact_up_to=123)
    fitted.fit(log_of(60), items_of(clustered(60)))
    fitted.save(tmp_path)
    assert source.load(tmp_path).exact_up_to == 123
