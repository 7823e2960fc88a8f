import numpy as np
import pytest

from recommender.contracts import ItemTable


def make_table(**changes):
    two = ("a", "b")
    table = {"ids": two, "texts": two, "brands": two, "groups": two}
    return ItemTable(**{**table, "vectors": np.zeros((2, 3), np.float32), **changes})


def test_pictures_and_sounds_need_not_be_known():
    table = make_table()
    assert table.image_vectors.shape == (2, 0)
    assert table.audio_vectors.shape == (2, 0)


@pytest.mark.parametrize("name", ["vectors", "image_vectors", "audio_vectors"])
@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_vector_that_is_no_number_names_the_item(name, wrong):
    vectors = np.ones((2, 3), np.float32)
    vectors[1, 2] = wrong
    with pytest.raises(ValueError, match=f"{name} of 'b' hold NaN or infinity"):
        make_table(**{name: vectors})


def test_vectors_of_another_number_of_items_are_refused():
    with pytest.raises(ValueError, match="image_vectors holds 3 rows for 2 items"):
        make_table(image_vectors=np.ones((3, 4), np.float32))
