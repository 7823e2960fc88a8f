"""One suite for every registered candidate source."""

import itertools
from functools import cache

import numpy as np
import pytest

from recommender.candidates import source_class, source_names
from recommender.contracts import (
    CandidateSource,
    GrowingSource,
    History,
    InteractionLog,
    ItemTable,
    UpdatableSource,
)

N_ITEMS = 40
DAY = 86_400
#: What is promised holds after any training, and this one takes a second.
FEW_EPOCHS = {"sequential": {"epochs": 3}, "generative": {"epochs": 2}, "multimodal": {"epochs": 3}}
#: Sources whose scores do not depend on the shopper.
SHOPPERLESS = {"popular"}
UPDATABLE = [n for n in source_names() if isinstance(source_class(n)(), UpdatableSource)]
GROWING = [n for n in source_names() if n not in UPDATABLE]


def make_items(count=N_ITEMS):
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(200, 16)).astype(np.float32)[:count]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    words = ["red", "blue", "soap", "brush", "cream", "oil", "nail", "lip"]
    return ItemTable(
        ids=tuple(f"p{n}" for n in range(count)),
        texts=tuple(f"{words[n % 8]} {words[(n * 3 + 1) % 8]} no{n}" for n in range(count)),
        brands=tuple(f"brand{n % 5}" if n % 7 else "" for n in range(count)),
        groups=tuple(f"group{n % 4}" for n in range(count)),
        vectors=vectors,
    )


def make_log(seed=0, n_shoppers=60, n_items=N_ITEMS, per_shopper=9):
    """A log with baskets (equal times), repetitions and weak events."""
    rng = np.random.default_rng(seed)
    shoppers = np.sort(rng.integers(0, n_shoppers, n_shoppers * per_shopper)).astype(np.int32)
    items = (rng.beta(0.8, 2.0, len(shoppers)) * n_items).astype(np.int32)
    times = rng.integers(0, 30, len(shoppers)) * DAY
    weights = rng.choice(np.array([0.2, 0.6, 1.0], np.float32), len(shoppers))
    order = np.lexsort((times, shoppers))
    return InteractionLog(
        shoppers[order], items[order], weights[order], times[order], n_shoppers, n_items
    )


def subset(log, mask, n_items=None):
    return InteractionLog(
        log.shoppers[mask],
        log.items[mask],
        log.weights[mask],
        log.times[mask],
        log.n_shoppers,
        n_items or log.n_items,
    )


def histories_of(log, n_items=None):
    bounds = log.bounds()
    found = [
        History(log.items[a:b], log.weights[a:b], log.times[a:b], 31 * DAY)
        for a, b in itertools.pairwise(bounds)
    ]
    return [*found[:12], History.empty(), History.of([0]), History.of([5, 5, 9])]


@pytest.fixture(params=source_names())
def name(request):
    return request.param


@pytest.fixture(params=UPDATABLE)
def updatable(request):
    return request.param


def fitted(name, log, items):
    source = source_class(name)(**FEW_EPOCHS.get(name, {}))
    source.fit(log, items)
    return source


@cache
def standing(name):
    """The source after the standard log; for tests that only ask it."""
    return fitted(name, make_log(), make_items())


def test_every_source_keeps_the_protocol(name):
    source = source_class(name)()
    assert isinstance(source, CandidateSource)
    assert source.name == name


def test_scores_are_dense_finite_and_not_negative(name):
    log = make_log()
    scores = standing(name).score(histories_of(log))
    assert scores.shape == (15, N_ITEMS)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()
    assert (scores[:12].max(axis=1) > 0).all(), "a known shopper gets proposals"


def test_nobody_asking_is_answered_with_no_rows(name):
    assert standing(name).score([]).shape == (0, N_ITEMS)


def test_an_empty_history_proposes_nothing_unless_shoppers_do_not_matter(name):
    scores = standing(name).score([History.empty()])
    assert (scores.max() > 0) == (name in SHOPPERLESS)


def test_an_empty_log_is_learnt_without_error(name):
    nothing = InteractionLog(
        np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32),
        np.zeros(0, np.int64), 0, N_ITEMS,
    )  # fmt: skip
    scores = fitted(name, nothing, make_items()).score([History.of([1, 2])])
    assert scores.shape == (1, N_ITEMS)
    assert np.isfinite(scores).all()


def test_items_without_text_or_vector_are_scored_all_the_same(name):
    items = ItemTable(
        tuple(map(str, range(N_ITEMS))), ("",) * N_ITEMS, ("",) * N_ITEMS, ("",) * N_ITEMS,
        np.zeros((N_ITEMS, 0), np.float32),
    )  # fmt: skip
    scores = fitted(name, make_log(), items).score([History.of([1, 2])])
    assert scores.shape == (1, N_ITEMS)
    assert np.isfinite(scores).all()


def test_what_was_saved_scores_the_same(name, tmp_path):
    log = make_log()
    source = standing(name)
    source.save(tmp_path)
    again = source_class(name).load(tmp_path)
    np.testing.assert_array_equal(again.score(histories_of(log)), source.score(histories_of(log)))


def test_a_batch_equals_one_by_one(name):
    log = make_log()
    source = standing(name)
    histories = histories_of(log)
    single = np.concatenate([source.score([history]) for history in histories])
    np.testing.assert_allclose(source.score(histories), single, rtol=1e-5, atol=1e-7)


def test_two_fits_are_equal_and_a_fit_forgets_the_last_one(name):
    log, other = make_log(), make_log(seed=9)
    once = standing(name)
    twice = fitted(name, other, make_items())
    twice.fit(log, make_items())
    # Sums over several threads differ in their last digit.
    np.testing.assert_allclose(
        once.score(histories_of(log)), twice.score(histories_of(log)), rtol=1e-4, atol=1e-6
    )


def test_the_order_inside_a_basket_does_not_matter(name):
    log = make_log()
    shuffled = np.lexsort((np.random.default_rng(1).random(len(log)), log.times, log.shoppers))
    assert not np.array_equal(log.items, log.items[shuffled])
    mixed = subset(log, shuffled)
    np.testing.assert_allclose(
        standing(name).score(histories_of(log)),
        fitted(name, mixed, make_items()).score(histories_of(mixed)),
        rtol=1e-5,
        atol=1e-7,
    )


def test_an_update_equals_a_full_refit_with_new_items_and_shoppers(updatable, tmp_path):
    whole = make_log(n_shoppers=80, n_items=N_ITEMS + 10)
    rng = np.random.default_rng(2)
    late = (rng.random(len(whole)) < 0.3) | (whole.items >= N_ITEMS) | (whole.shoppers >= 60)
    first = subset(whole, ~late, N_ITEMS)
    first = InteractionLog(first.shoppers, first.items, first.weights, first.times, 60, N_ITEMS)
    source = fitted(updatable, first, make_items())
    # What an update starts from has usually been read from disk.
    source.save(tmp_path)
    source = source_class(updatable).load(tmp_path)
    source.update(subset(whole, late), make_items(N_ITEMS + 10))
    expected = fitted(updatable, whole, make_items(N_ITEMS + 10))
    np.testing.assert_allclose(
        source.score(histories_of(whole)),
        expected.score(histories_of(whole)),
        rtol=1e-5,
        atol=1e-7,
    )


@pytest.mark.parametrize("growing", GROWING)
def test_what_cannot_be_updated_takes_in_new_items_by_their_content(growing, tmp_path):
    log = make_log()
    standing(growing).save(tmp_path)
    source = source_class(growing).load(tmp_path)
    assert isinstance(source, GrowingSource)
    source.grow(make_items(N_ITEMS + 10))
    asked = [*histories_of(log), History.of([3, N_ITEMS + 2])]
    scores = source.score(asked)
    assert scores.shape == (len(asked), N_ITEMS + 10)
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()
    assert scores[:, N_ITEMS:].max() > 0, "some new item is proposed to somebody"
    source.grow(make_items(N_ITEMS + 10))
    np.testing.assert_allclose(source.score(asked), scores, rtol=1e-5, atol=1e-7)


def test_new_items_alone_are_taken_in_as_by_a_full_refit(updatable, tmp_path):
    log = make_log()
    source = fitted(updatable, log, make_items())
    source.save(tmp_path)
    source = source_class(updatable).load(tmp_path)
    grown = make_items(N_ITEMS + 10)
    source.update(InteractionLog.empty(n_items=len(grown)), grown)
    wider = subset(log, np.ones(len(log), bool), len(grown))
    expected = fitted(updatable, wider, grown)
    asked = histories_of(log)
    np.testing.assert_allclose(source.score(asked), expected.score(asked), rtol=1e-5, atol=1e-7)
    # And from there new interactions are learnt as ever.
    more = make_log(seed=4, n_items=len(grown))
    source.update(more, grown)
    expected.update(more, grown)
    np.testing.assert_allclose(source.score(asked), expected.score(asked), rtol=1e-5, atol=1e-7)


def test_what_is_forgotten_was_never_there(updatable, tmp_path):
    whole = make_log()
    gone = np.isin(whole.shoppers, [3, 4, 17]) | (
        np.random.default_rng(5).random(len(whole)) < 0.05
    )
    source = fitted(updatable, whole, make_items())
    source.save(tmp_path)
    source = source_class(updatable).load(tmp_path)
    source.forget(subset(whole, gone))
    expected = fitted(updatable, subset(whole, ~gone), make_items())
    np.testing.assert_allclose(
        source.score(histories_of(whole)),
        expected.score(histories_of(whole)),
        rtol=1e-5,
        atol=1e-7,
    )
