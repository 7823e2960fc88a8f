import numpy as np
import pytest

from recommender.learning.encode_text import CachedEncoder, MiniLMEncoder


class Counting:
    """An encoder that remembers what it was asked."""

    checksum = "0123456789abcdef0123"
    dimensions = 3

    def __init__(self):
        self.asked = []

    def encode(self, texts):
        self.asked += texts
        return np.array([[len(text), 1.0, 0.0] for text in texts], np.float32)


def test_only_unseen_texts_are_encoded_and_the_disk_remembers(tmp_path):
    inner = Counting()
    first = CachedEncoder(inner, tmp_path).encode(["aa", "b", "aa"])
    np.testing.assert_array_equal(first[:, 0], [2, 1, 2])
    assert inner.asked == ["aa", "b"]
    again = CachedEncoder(inner, tmp_path)
    np.testing.assert_array_equal(again.encode(["b", "cccc", "aa"])[:, 0], [1, 4, 2])
    assert inner.asked == ["aa", "b", "cccc"]
    assert again.encode([]).shape == (0, 3)


def test_vectors_of_another_model_are_not_mixed_in(tmp_path):
    one, two = Counting(), Counting()
    two.checksum = "fedcba9876543210fedc"
    CachedEncoder(one, tmp_path).encode(["aa"])
    CachedEncoder(two, tmp_path).encode(["aa"])
    assert two.asked == ["aa"]


@pytest.fixture(scope="module")
def minilm():
    return MiniLMEncoder(batch=2)


def test_vectors_have_length_one_and_do_not_depend_on_the_batch(minilm):
    texts = [
        "red nail polish",
        "shampoo",
        "a long title of a bright red lacquer for nails",
        "",
    ]
    vectors = minilm.encode(texts)
    assert vectors.shape == (4, minilm.dimensions) == (4, 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-5)
    single = np.concatenate([minilm.encode([text]) for text in texts])
    np.testing.assert_allclose(vectors, single, atol=1e-5)


def test_alike_texts_are_near(minilm):
    polish, lacquer, coffee = minilm.encode(["red nail polish", "nail lacquer", "ground coffee"])
    assert polish @ lacquer > polish @ coffee + 0.2


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no model files"):
        MiniLMEncoder(tmp_path)


def test_of_a_text_of_a_megabyte_the_beginning_is_read(minilm, caplog):
    long = "green tea and jasmine " * 50_000
    vectors = minilm.encode([long, "soap"])
    np.testing.assert_allclose(vectors[0], minilm.encode([long[:3_000]])[0], atol=1e-5)
    assert "the beginning of 1 very long text" in caplog.text
