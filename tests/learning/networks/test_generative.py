"""The generative source: what it finds exists, what it says is a probability, new items count."""

import dataclasses

import numpy as np
import pytest
import torch

from recommender.contracts import GrowingSource, History, InteractionLog, ItemTable
from recommender.learning.choose_ranker import RankerSettings
from recommender.learning.fit import FitSettings, fit_model
from recommender.learning.networks.generative import Generative
from recommender.learning.networks.history_batches import (
    TrainingBatches,
    Windows,
    question_batch,
)
from recommender.ranking.model import BlendedModel

N_ITEMS, DAY = 60, 86_400
SMALL = {"width": 32, "heads": 2, "codes": 16, "epochs": 30, "batch_size": 256, "dropout": 0.0}


def table(n_items=N_ITEMS):
    """Items in six kinds of ten; the later ones repeat the kinds."""
    rng = np.random.default_rng(0)
    kinds = rng.normal(size=(6, 12))
    vectors = np.stack(
        [kinds[n % 60 // 10] + 0.3 * rng.normal(size=12) for n in range(n_items)]
    ).astype(np.float32)
    names = tuple(f"thing{n}" for n in range(n_items))
    blank = ("",) * n_items
    return ItemTable(names, names, blank, blank, vectors)


def steps(n_shoppers=120, length=6):
    """Everybody walks up the items from a random start, one a day."""
    rng = np.random.default_rng(0)
    shoppers = np.repeat(np.arange(n_shoppers), length)
    places = np.tile(np.arange(length), n_shoppers)
    items = (np.repeat(rng.integers(0, N_ITEMS, n_shoppers), length) + places) % N_ITEMS
    return InteractionLog(
        shoppers.astype(np.int32), items.astype(np.int32), np.ones(len(items), np.float32),
        places * DAY, n_shoppers, N_ITEMS,
    )  # fmt: skip


def walk(start, length=4):
    items = (np.arange(start, start + length) % N_ITEMS).astype(np.int32)
    times = np.arange(length, dtype=np.int64) * DAY
    return History(items, np.ones(length, np.float32), times, length * DAY)


@pytest.fixture(scope="module")
def source():
    found = Generative(**SMALL)
    found.fit(steps(), table())
    return found


@pytest.fixture
def own(source, tmp_path):
    """A copy that a test may change."""
    source.save(tmp_path)
    return Generative.load(tmp_path)


def test_it_learns_what_comes_next(source):
    starts = range(0, N_ITEMS, 3)
    scores = source.score([walk(start) for start in starts])
    nexts = [(start + 4) % N_ITEMS for start in starts]
    ranks = (scores > scores[np.arange(len(nexts)), nexts][:, None]).sum(axis=1)
    assert (ranks == 0).mean() > 0.8


def test_with_a_beam_over_everything_the_scores_are_a_distribution(source):
    wide = dataclasses.replace(source.settings, beam=N_ITEMS)
    narrow, source.settings = source.settings, wide
    try:
        scores = source.score([walk(5), History.of([7, 7, 30])])
    finally:
        source.settings = narrow
    np.testing.assert_allclose(scores.sum(axis=1), 1.0, rtol=1e-5)
    assert (scores > 0).all()


def test_a_beam_finds_so_many_items_at_their_true_probability(source, own):
    whole = source.score([walk(20)])[0]
    own.settings = dataclasses.replace(own.settings, beam=8)
    few = own.score([walk(20)])[0]
    assert (few > 0).sum() == 8
    np.testing.assert_allclose(few[few > 0], whole[few > 0], rtol=1e-5)
    assert few.argmax() == whole.argmax()


def test_the_search_says_what_the_training_learns(source):
    """A target's probability in the search is the product over its codes in training."""
    history = walk(40, 5)
    everywhere = np.ones((N_ITEMS, source.ids.depth), bool)
    one = InteractionLog(
        np.zeros(5, np.int32), history.items, history.weights, history.times, 1, N_ITEMS
    )
    windows = Windows.of(one, 50)
    batch = next(iter(TrainingBatches(one, windows, everywhere, 64, np.random.default_rng(0))))
    assert not source.speller.training
    with torch.inference_mode():
        losses = source.speller(batch).reshape(source.ids.depth, 4)  # by level, then by target
    before = [History(history.items[:n], history.weights[:n], history.times[:n]) for n in (1, 4)]
    scores = source.score(before)
    likely = [scores[0, history.items[1]], scores[1, history.items[4]]]
    np.testing.assert_allclose(np.exp(-losses.sum(dim=0).numpy())[[0, 3]], likely, rtol=1e-4)


def test_a_batch_of_training_asks_only_where_there_is_a_choice():
    log = steps(n_shoppers=3, length=4)
    choices = np.zeros((N_ITEMS, 4), bool)
    choices[:, 0] = True
    choices[log.items[1], 1] = True
    rng = np.random.default_rng(0)
    (batch,) = TrainingBatches(log, Windows.of(log, 50), choices, 99, rng)
    asked = batch["targets"] >= 0
    items = batch["items"].gather(1, batch["targets"].clamp(min=0))
    first = batch["targets"][asked & (batch["levels"] == 0)]
    assert sorted(first.tolist()) == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert set(items[asked & (batch["levels"] == 1)].tolist()) == {int(log.items[1])}


def test_long_histories_are_cut_into_stretches_that_foretell_each_item_once():
    log = steps(n_shoppers=2, length=25)
    windows = Windows.of(log, 10)
    foretold = [
        place
        for first, end in zip(windows.first, windows.ends, strict=True)
        for place in range(first, end)
    ]
    assert sorted(foretold) == [*range(1, 25), *range(26, 50)]
    assert (windows.ends - windows.starts <= 10).all()
    assert (windows.first - windows.starts >= 1).all()
    later = windows.first - windows.starts > 1
    assert (windows.first - windows.starts)[later].min() >= 5


def test_baskets_are_numbered_and_cut_without_their_order():
    times = np.array([0, 0, DAY, DAY, DAY])
    ones = np.ones(5, np.float32)
    history = History(np.array([9, 4, 8, 2, 5], np.int32), ones, times)
    swapped = History(np.array([4, 9, 5, 8, 2], np.int32), ones, times)
    batch = question_batch([history, swapped], 4)
    assert batch["items"].tolist() == [[9, 2, 5, 8], [9, 2, 5, 8]]
    assert batch["baskets"].tolist() == [[0, 1, 1, 1], [0, 1, 1, 1]]


def test_a_new_item_is_proposed_by_its_text_alone(own, tmp_path):
    assert isinstance(own, GrowingSource)
    before = own.ids.codes.copy()
    bigger = table(N_ITEMS + 20)
    own.grow(bigger)
    np.testing.assert_array_equal(own.ids.codes[:N_ITEMS], before)
    assert len(np.unique(own.ids.codes, axis=0)) == N_ITEMS + 20
    # Items 60 to 69 are of the first kind, which a walk through items 2 to 5 is in.
    fresh = own.score([walk(2)])[0, N_ITEMS:]
    assert fresh.shape == (20,)
    assert fresh[:10].sum() > 2 * fresh[10:].sum()
    # One that has been taken is read as well as foretold.
    assert own.score([History.of([62])]).max() > 0
    folder = tmp_path / "grown"
    folder.mkdir()
    own.save(folder)
    again = Generative.load(folder)
    np.testing.assert_array_equal(again.score([walk(2)]), own.score([walk(2)]))


def test_a_new_item_without_a_text_vector_has_an_id_and_a_score(own):
    bigger = table(N_ITEMS + 1)
    vectors = bigger.vectors.copy()
    vectors[-1] = 0.0
    own.grow(dataclasses.replace(bigger, vectors=vectors))
    reserved = own.ids.alphabet - 1
    assert own.ids.codes[-1].tolist() == [reserved, 0, 0, 0]
    assert np.isfinite(own.score([walk(2)])).all()


def test_a_refit_keeps_the_ids_and_learns_what_is_new(source):
    """Everybody now walks down the items; two of them are new."""
    down = steps()
    items = (N_ITEMS + 1 - down.items).astype(np.int32)
    log = dataclasses.replace(down, items=items, n_items=N_ITEMS + 2)
    again = Generative(**SMALL, refit_epochs=60)
    again.refit(log, table(N_ITEMS + 2), source)
    np.testing.assert_array_equal(again.ids.codes[:N_ITEMS], source.ids.codes)
    assert len(source.ids) == N_ITEMS
    asked = History.of([30, 29, 28])
    assert again.score([asked])[0].argmax() == 27
    assert source.score([asked])[0].argmax() != 27
    assert source.score([walk(27)])[0].argmax() == 31, "the start is left as it was"


def test_a_refit_needs_a_start_of_its_size(source):
    with pytest.raises(ValueError, match="same levels, codes and widths"):
        Generative(**{**SMALL, "width": 16}).refit(steps(), table(), source)


def test_text_of_another_width_is_refused_and_nothing_changes(own):
    bigger = table(N_ITEMS + 2)
    narrow = dataclasses.replace(bigger, vectors=bigger.vectors[:, :7])
    with pytest.raises(ValueError, match="7 dimensions, the model 12"):
        own.grow(narrow)
    assert own.score([walk(1)]).shape == (1, N_ITEMS)


@pytest.mark.parametrize("name", ["levels", "codes", "beam", "epochs"])
def test_settings_that_make_no_sense_are_named(name):
    with pytest.raises(ValueError, match=f"{name} must be at least 1"):
        Generative(**{name: 0})


def test_the_time_for_training_can_be_limited():
    found = Generative(**{**SMALL, "epochs": 10_000, "max_seconds": 0.3})
    found.fit(steps(), table())
    assert found.report.epochs < 10_000
    assert found.score([walk(3)]).max() > 0


def test_a_model_with_it_is_fitted_saved_read_and_grown(tmp_path):
    """The blend goes on from the network that chose its weights, and takes new products in."""
    settings = FitSettings(
        sources={"transitions": {}, "generative": {**SMALL, "epochs": 6, "refit_epochs": 2}},
        tune_seconds=5.0,
        ranking=RankerSettings(rankers={}),
    )
    fitted = fit_model(steps(), table(), settings)
    assert fitted.validation["cases"] == 120
    fitted.model.save(tmp_path / "model")
    model = BlendedModel.load(tmp_path / "model")
    asked = [walk(12)]
    before = model.scores(asked, ["generative"])["generative"]
    np.testing.assert_array_equal(before, fitted.model.scores(asked, ["generative"])["generative"])
    nothing = InteractionLog(
        np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32),
        np.zeros(0, np.int64), 120, N_ITEMS + 10,
    )  # fmt: skip
    model.update(nothing, table(N_ITEMS + 10))
    after = model.scores(asked, ["generative"])["generative"]
    assert after.shape == (1, N_ITEMS + 10)
    assert after[0, N_ITEMS:].max() > 0
