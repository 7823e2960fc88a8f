"""Where items lie: their texts, and the company that they are taken in."""

import numpy as np

from recommender.contracts import InteractionLog, ItemTable
from recommender.learning.networks.item_space import ItemSpace, company_vectors

KINDS, EACH = 4, 6
N_ITEMS = KINDS * EACH


def table(vectors):
    names = tuple(f"thing{n}" for n in range(len(vectors)))
    blank = ("",) * len(vectors)
    return ItemTable(names, names, blank, blank, np.asarray(vectors, np.float32))


def texts(n_items=N_ITEMS, seed=0):
    """Items of four kinds by their texts; ``n`` is of kind ``n % 4``."""
    rng = np.random.default_rng(seed)
    kinds = np.random.default_rng(7).normal(size=(KINDS, 10)) * 3
    return kinds[np.arange(n_items) % KINDS] + 0.1 * rng.normal(size=(n_items, 10))


def log_of(pairs, n_items=N_ITEMS):
    pairs = np.array(sorted(pairs))
    times = np.zeros(len(pairs), np.int64)
    return InteractionLog(
        pairs[:, 0].astype(np.int32), pairs[:, 1].astype(np.int32),
        np.ones(len(pairs), np.float32), times, int(pairs[:, 0].max()) + 1, n_items,
    )  # fmt: skip


def kinds_apart(skip=()):
    """Shoppers who each take three items of one kind."""
    rng = np.random.default_rng(1)
    pairs = set()
    for shopper in range(60):
        kind = shopper % KINDS
        for item in rng.choice(np.arange(kind, N_ITEMS, KINDS), 3, replace=False):
            if item not in skip:
                pairs.add((shopper, int(item)))
    return log_of(pairs)


def test_what_the_same_people_take_lies_together():
    vectors = company_vectors(kinds_apart(), 4)
    cosine = vectors @ vectors.T
    alike = np.arange(N_ITEMS)[:, None] % KINDS == np.arange(N_ITEMS) % KINDS
    assert cosine[alike].min() > cosine[~alike].max() + 0.5
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-5)


def test_an_item_that_nobody_took_keeps_the_company_of_the_texts_nearest_to_it():
    space = ItemSpace.fit(
        kinds_apart(skip={5}), table(texts()), content_dims=3, company_dims=4, neighbours=2
    )
    company = space.vectors[:, space.content_dims :]
    same, other = company[[1, 9, 13]].mean(axis=0), company[[0, 4, 8]].mean(axis=0)
    assert np.dot(company[5], same) > 0.8
    assert np.dot(company[5], other) < 0.3


def test_a_new_item_is_placed_as_if_nobody_had_taken_it():
    space = ItemSpace.fit(
        kinds_apart(), table(texts()), content_dims=3, company_dims=4, neighbours=2
    )
    before = space.vectors.copy()
    grown = np.concatenate([texts(), texts(8, seed=5)[4:]])
    fresh = space.extend(table(grown))
    assert fresh.shape == (4, before.shape[1])
    np.testing.assert_array_equal(space.vectors[:N_ITEMS], before)
    for kind, vector in enumerate(fresh):
        nearest = np.argsort(-before @ vector)[:4]
        assert (nearest % KINDS == kind).all()


def test_without_text_the_company_speaks_and_without_both_there_is_nothing():
    vectors = texts()
    vectors[[2, 3]] = 0.0
    space = ItemSpace.fit(kinds_apart(skip={3}), table(vectors), company_dims=4)
    dims = space.content_dims
    assert not space.vectors[2, :dims].any()
    assert space.vectors[2, dims:].any()
    assert not space.vectors[3].any()


def test_no_encoder_and_no_interaction_leave_no_dimension():
    nothing = InteractionLog(
        np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32),
        np.zeros(0, np.int64), 0, 3,
    )  # fmt: skip
    assert ItemSpace.fit(nothing, table(np.zeros((3, 0)))).vectors.shape == (3, 0)


def test_the_order_of_the_log_does_not_matter():
    log = kinds_apart()
    order = np.lexsort((np.random.default_rng(3).random(len(log)), log.shoppers))
    mixed = InteractionLog(
        log.shoppers, log.items[order], log.weights, log.times, log.n_shoppers, log.n_items
    )
    np.testing.assert_array_equal(company_vectors(log, 3), company_vectors(mixed, 3))
