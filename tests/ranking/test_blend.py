import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from recommender.ranking.blend import (
    BlendWeights,
    Weight,
    best_candidates,
    blended,
    contributions,
    row_scaled,
)


def scores(*rows):
    return np.array(rows, np.float32)


def test_each_row_is_scaled_by_its_largest_score():
    scaled = row_scaled(scores([1, 4, 2], [0, 0, 0]))
    np.testing.assert_array_equal(scaled, [[0.25, 1.0, 0.5], [0, 0, 0]])


def test_a_blend_is_the_weighted_sum_of_scaled_rows():
    weights = BlendWeights.of({"a": 2.0, "b": 1.0})
    total = blended({"a": scores([1, 2]), "b": scores([8, 2])}, weights, np.ones(2, np.float32))
    np.testing.assert_allclose(total, [[2.0, 2.25]])


def test_weights_slide_from_new_to_known_with_the_interactions():
    weights = BlendWeights({"a": Weight(known=1.0, new=0.0), "b": Weight(0.0, 2.0)}, half_known=4)
    knowledge = weights.knowledge(np.array([0, 4, 12]))
    np.testing.assert_allclose(knowledge, [0.0, 0.5, 0.75])
    same = scores([1, 1, 1])
    parts = contributions({"a": same, "b": same}, weights, knowledge)
    np.testing.assert_allclose(parts["a"], [[0.0, 0.5, 0.75]])
    np.testing.assert_allclose(parts["b"], [[2.0, 1.0, 0.5]])


def test_sources_without_weight_are_left_out():
    weights = BlendWeights.of({"a": 1.0, "b": 0.0, "absent": 3.0})
    parts = contributions({"a": scores([1]), "b": scores([1])}, weights, np.ones(1, np.float32))
    assert list(parts) == ["a"]
    with pytest.raises(ValueError, match="no source"):
        blended({"b": scores([1])}, weights, np.ones(1, np.float32))


def test_candidates_come_best_first_with_what_each_source_added():
    parts = {"a": scores([0.5, 0.0, 1.0])[0], "b": scores([0.25, 0.0, 0.0])[0]}
    found = best_candidates(parts, 5)
    assert [(c.item, c.score) for c in found] == [(2, 1.0), (0, 0.75)]
    assert found[0].sources == {"a": 1.0}
    assert found[1].sources == {"a": 0.5, "b": 0.25}


def test_barred_items_do_not_come_back():
    found = best_candidates({"a": scores([3, 2, 1])[0]}, 2, [0])
    assert [c.item for c in found] == [1, 2]


@given(
    arrays.arrays(np.float32, st.integers(1, 30), elements=st.sampled_from([0.0, 0.5, 1.0, 2.0])),
    st.integers(0, 35),
)
def test_candidates_equal_a_full_stable_sort(row, count):
    order = [i for i in np.argsort(-row, kind="stable") if row[i] > 0][:count]
    assert [c.item for c in best_candidates({"a": row}, count)] == order


@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
def test_weights_that_make_no_sense_are_refused(value):
    with pytest.raises(ValueError, match="blend weights"):
        Weight(1.0, value)


def test_weights_are_a_plain_mapping_on_disk(tmp_path):
    weights = BlendWeights({"a": Weight(1.5, 0.25)}, half_known=3.0)
    weights.save(tmp_path / "weights.json")
    assert BlendWeights.load(tmp_path / "weights.json") == weights
    assert weights.as_json() == {"half_known": 3.0, "sources": {"a": [1.5, 0.25]}}
