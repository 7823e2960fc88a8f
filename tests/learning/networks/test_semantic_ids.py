"""Every item has one ID that nothing changes, whatever its vector is worth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.learning.networks.semantic_ids import IdSpaceFullError, SemanticIds, k_means


def vectors_of(count, dims=6, seed=0):
    return np.random.default_rng(seed).normal(size=(count, dims)).astype(np.float32)


@st.composite
def catalogues(draw):
    """Vectors with repetitions and with rows of zeros, and where the later items begin."""
    seed = draw(st.integers(0, 2**16))
    kinds = draw(st.lists(st.integers(-1, 6), min_size=1, max_size=60))
    patterns = vectors_of(7, seed=seed)
    patterns[6] = patterns[5] + 1e-3
    rows = np.stack([patterns[kind] if kind >= 0 else np.zeros(6, np.float32) for kind in kinds])
    return rows, draw(st.integers(0, len(rows)))


@settings(max_examples=60, deadline=None)
@given(catalogues(), st.integers(1, 3), st.integers(2, 9))
def test_ids_are_unique_stable_and_repeatable(catalogue, levels, size):
    vectors, cut = catalogue
    if size**levels < len(vectors):
        return
    ids = SemanticIds.fit(vectors[:cut], levels=levels, size=size, seed=1)
    before = ids.codes.copy()
    fresh = ids.extend(vectors[cut:])
    assert len(ids) == len(vectors)
    assert len(np.unique(ids.codes, axis=0)) == len(vectors)
    np.testing.assert_array_equal(ids.codes[:cut], before)
    np.testing.assert_array_equal(ids.codes[cut:], fresh)
    assert ((ids.codes >= 0) & (ids.codes < ids.alphabet)).all()
    again = SemanticIds.fit(vectors[:cut], levels=levels, size=size, seed=1)
    again.extend(vectors[cut:])
    np.testing.assert_array_equal(again.codes, ids.codes)


def test_a_known_vector_gets_the_same_beginning_later_on():
    vectors = vectors_of(200)
    ids = SemanticIds.fit(vectors, size=16)
    fresh = ids.extend(vectors[[3, 150]])
    np.testing.assert_array_equal(fresh[:, :-1], ids.codes[[3, 150], :-1])
    assert (fresh[:, -1] > ids.codes[[3, 150], -1]).all()


def test_equal_vectors_are_told_apart_by_the_last_code_alone():
    vectors = np.repeat(vectors_of(1), 5, axis=0)
    codes = SemanticIds.fit(vectors, levels=2, size=8).codes
    assert codes[:, -1].tolist() == [0, 1, 2, 3, 4]
    assert len(np.unique(codes[:, :-1], axis=0)) == 1


def test_an_item_without_a_vector_is_numbered_under_the_reserved_code():
    vectors = vectors_of(10)
    vectors[[4, 7]] = 0.0
    ids = SemanticIds.fit(vectors, levels=2, size=4)
    assert ids.codes[4].tolist() == [4, 0, 0]
    assert ids.codes[7].tolist() == [4, 0, 1]
    assert (np.delete(ids.codes, [4, 7], axis=0)[:, 0] < 4).all()


def test_what_finds_its_place_full_is_numbered_too():
    vectors = np.repeat(vectors_of(1), 6, axis=0)
    ids = SemanticIds.fit(vectors, levels=2, size=4)
    assert ids.codes[:4, -1].tolist() == [0, 1, 2, 3]
    assert ids.codes[4:].tolist() == [[4, 0, 0], [4, 0, 1]]


def test_more_items_than_codes_are_refused():
    with pytest.raises(IdSpaceFullError, match="4 items"):
        SemanticIds.fit(np.zeros((5, 3), np.float32), levels=1, size=4)


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_broken_vector_is_refused_by_the_item_it_belongs_to(broken):
    vectors = vectors_of(8)
    ids = SemanticIds.fit(vectors, size=4)
    vectors[5, 2] = broken
    with pytest.raises(ValueError, match="item 5"):
        SemanticIds.fit(vectors, size=4)
    with pytest.raises(ValueError, match="item 5"):
        ids.extend(vectors)
    assert len(ids) == 8


def test_vectors_of_another_width_are_refused():
    ids = SemanticIds.fit(vectors_of(8), size=4)
    with pytest.raises(ValueError, match="5 dimensions, the codebooks 6"):
        ids.extend(vectors_of(2, dims=5))


def test_alike_items_begin_alike():
    centres = vectors_of(4, seed=3) * 10
    kinds = np.arange(80) % 4
    vectors = centres[kinds] + vectors_of(80, seed=4) * 0.1
    first = SemanticIds.fit(vectors, levels=2, size=16).codes[:, 0]
    mixed = [set(kinds[first == code]) for code in np.unique(first)]
    assert all(len(kind) == 1 for kind in mixed)


def test_more_levels_leave_less_of_the_vector_over():
    vectors = vectors_of(300, dims=8)
    ids = SemanticIds.fit(vectors, levels=3, size=16)
    rest = vectors.copy()
    lengths = [float((rest**2).sum())]
    for level, centroids in enumerate(ids.codebooks):
        rest -= centroids[ids.codes[:, level]]
        lengths.append(float((rest**2).sum()))
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[-1] < 0.5 * lengths[0]


def test_no_centroid_stays_without_vectors_while_there_are_different_ones():
    vectors = np.concatenate([np.zeros((50, 2)), np.eye(2) * 9, [[5, 5]]]).astype(np.float32)
    centroids = k_means(vectors, 4, 20, np.random.default_rng(0))
    assert {tuple(row) for row in centroids.tolist()} == {(0, 0), (9, 0), (0, 9), (5, 5)}


def test_what_was_saved_goes_on_where_it_was(tmp_path):
    vectors = vectors_of(30)
    vectors[3] = 0.0
    ids = SemanticIds.fit(vectors, size=8)
    ids.save(tmp_path)
    again = SemanticIds.load(tmp_path)
    more = np.concatenate([vectors[:4], vectors_of(4, seed=9)])
    np.testing.assert_array_equal(again.extend(more), ids.extend(more))
    np.testing.assert_array_equal(again.codes, ids.codes)
