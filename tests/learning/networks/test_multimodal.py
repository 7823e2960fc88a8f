"""The multimodal source: items without text, pictures that tell more, new items, bad input."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.contracts import GrowingSource, History, InteractionLog, ItemTable
from recommender.learning.networks.multimodal import Multimodal

N_ITEMS, N_GROUPS, SIZE = 60, 6, 12
FAST = {"width": 16, "epochs": 15, "batch_size": 64, "learning_rate": 1e-2}


def unit(rows: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(norms > 0, norms, 1)).astype(np.float32)


def group_of(item: int) -> int:
    return item % N_GROUPS


def make_items(count=N_ITEMS, *, text=True, image=True, audio=False, blank=()) -> ItemTable:
    """Pictures tell the group, a little blurred; texts and sounds are noise."""
    rng = np.random.default_rng(4)
    centres = rng.normal(size=(N_GROUPS, SIZE))
    noise = rng.normal(size=(3, 200, SIZE))
    pictures = unit(centres[[group_of(n) for n in range(200)]] + 0.3 * noise[0])[:count]
    texts, sounds = unit(noise[1])[:count].copy(), unit(noise[2])[:count].copy()
    nothing = np.zeros((count, 0), np.float32)
    for rows in (pictures, texts, sounds):
        rows[list(blank)] = 0
    return ItemTable(
        ids=tuple(f"p{n}" for n in range(count)),
        texts=("",) * count,
        brands=("",) * count,
        groups=("",) * count,
        vectors=texts if text else nothing,
        image_vectors=pictures if image else nothing,
        audio_vectors=sounds if audio else nothing,
    )


def make_log(n_shoppers=80, per_shopper=6) -> InteractionLog:
    """Each shopper takes items of one group."""
    rng = np.random.default_rng(1)
    shoppers = np.repeat(np.arange(n_shoppers), per_shopper)
    items = rng.integers(0, N_ITEMS // N_GROUPS, len(shoppers)) * N_GROUPS + shoppers % N_GROUPS
    return InteractionLog(
        shoppers.astype(np.int32),
        items.astype(np.int32),
        np.ones(len(shoppers), np.float32),
        np.tile(np.arange(per_shopper), n_shoppers) * 86_400,
        n_shoppers,
        N_ITEMS,
    )


def fitted(items: ItemTable, **changes) -> Multimodal:
    source = Multimodal(**{**FAST, **changes})
    source.fit(make_log(), items)
    return source


def share_of_group(source: Multimodal, count: int = 5) -> float:
    """How many of the best items are of the group of the one item asked with."""
    found = []
    for item in range(12):
        best = np.argsort(-source.score([History.of([item])])[0])[:count]
        found += [group_of(int(other)) == group_of(item) for other in best]
    return float(np.mean(found))


def test_gates_learn_which_kind_of_content_tells_something():
    items = make_items(audio=True)
    source = fitted(items)
    text, image, audio = source.gates(items).mean(axis=0)
    assert image > 0.5
    assert image > 2 * text
    assert image > 2 * audio
    untrained = fitted(items, learning_rate=1e-9)
    np.testing.assert_allclose(untrained.gates(items), 1 / 3, atol=1e-4)
    assert share_of_group(source) > share_of_group(untrained) + 0.2
    assert share_of_group(source) > 0.8


def test_any_kind_alone_will_do():
    assert share_of_group(fitted(make_items(text=False))) > 0.8
    only_sound = fitted(make_items(text=False, image=False, audio=True))
    assert only_sound.score([History.of([3])])[0].max() > 0


def test_items_that_lack_one_kind_or_another_are_compared_by_the_rest():
    items = make_items()
    half = items.image_vectors.copy()
    half[::4] = 0
    mixed = ItemTable(items.ids, items.texts, items.brands, items.groups, items.vectors, half)
    source = fitted(mixed)
    gates = source.gates(mixed)
    np.testing.assert_allclose(gates.sum(axis=1), 1, atol=1e-5)
    assert (gates[::4, 1] == 0).all()
    assert np.isfinite(source.score([History.of([0, 1, 2])])).all()


def test_an_item_without_anything_is_never_proposed_and_asks_for_nothing():
    items = make_items(blank=[7, 20])
    source = fitted(items)
    np.testing.assert_array_equal(source.gates(items)[[7, 20]], 0)
    np.testing.assert_array_equal(source.vectors[[7, 20]], 0)
    scores = source.score([History.of([1, 7]), History.of([3]), History.of([7])])
    np.testing.assert_array_equal(scores[:, [7, 20]], 0)
    np.testing.assert_array_equal(scores[2], 0)
    assert scores[0].max() > 0


def test_new_items_are_proposed_by_their_content(tmp_path):
    first = fitted(make_items())
    first.save(tmp_path)
    source = Multimodal.load(tmp_path)
    assert isinstance(source, GrowingSource)
    source.grow(make_items(N_ITEMS + 12))
    scores = source.score([History.of([item]) for item in range(N_GROUPS)])
    assert scores.shape == (N_GROUPS, N_ITEMS + 12)
    for group in range(N_GROUPS):
        new = scores[group, N_ITEMS:]
        same = np.array([group_of(n) == group for n in range(N_ITEMS, N_ITEMS + 12)])
        assert new[same].min() > new[~same].max()


def test_growing_by_nothing_changes_nothing():
    source = fitted(make_items())
    before = source.score([History.of([1, 2])])
    source.grow(make_items())
    np.testing.assert_array_equal(source.score([History.of([1, 2])]), before)


def test_a_refit_goes_on_from_what_was_learnt():
    items = make_items(audio=True)
    start = fitted(items)
    source = Multimodal(**{**FAST, "refit_epochs": 1})
    source.refit(make_log(), items, start)
    assert source.gates(items).mean(axis=0)[1] > 0.5
    with pytest.raises(ValueError, match="the same width"):
        Multimodal(width=8).refit(make_log(), items, start)


def test_vectors_of_another_width_are_refused_by_name_of_the_widths():
    source = fitted(make_items())
    other = ItemTable(
        tuple("abc"), ("",) * 3, ("",) * 3, ("",) * 3, np.ones((3, SIZE + 1), np.float32)
    )
    with pytest.raises(ValueError, match=f"{SIZE + 1} dimensions, not {SIZE}"):
        source.grow(other)


def test_a_vector_with_nan_is_refused_by_name_of_the_item():
    items = make_items()
    broken = items.image_vectors.copy()
    broken[5, 2] = np.nan
    with pytest.raises(ValueError, match="image_vectors of 'p5' hold NaN"):
        ItemTable(items.ids, items.texts, items.brands, items.groups, items.vectors, broken)


def test_a_kind_that_came_after_the_fit_waits_for_the_next_one():
    source = fitted(make_items(image=False))
    before = source.score([History.of([2])])
    source.grow(make_items())
    np.testing.assert_array_equal(source.score([History.of([2])]), before)


def test_a_history_is_scored_in_little_time():
    """One matrix product over the catalogue: nothing per item in Python."""
    source = Multimodal()
    source.vectors = unit(np.random.default_rng(0).normal(size=(12_000, source.settings["width"])))
    scores = source.score([History.of([1, 2, 3])])
    assert scores.shape == (1, 12_000)


def test_a_large_catalogue_is_searched_by_an_index_that_new_items_join(tmp_path):
    exact, indexed = fitted(make_items()), fitted(make_items(), exact_up_to=20)
    assert indexed.search_report["kind"] == "faiss"
    histories = [History.of([0, 6]), History.empty(), History.of([3])]
    # Five hundred proposals are more than there are items: nothing near is missed.
    near = indexed.score(histories)
    shown = near > 0
    assert shown[[0, 2]].any(axis=1).all()
    assert not shown[1].any()
    np.testing.assert_allclose(near[shown], exact.score(histories)[shown], rtol=1e-4)
    indexed.save(tmp_path)
    again = Multimodal.load(tmp_path)
    again.grow(make_items(70))
    assert again.search_report["items"] == 70
    found, _ = again.nearest.search(again.vectors[65:66], 1)
    assert found.tolist() == [[65]]
