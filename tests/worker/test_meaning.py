"""Search by meaning: the same products whether every vector is compared or an index asked."""

import numpy as np
import pytest

from recommender.candidates.nearest import NearestSettings, nearest_items
from recommender.contracts import ItemTable
from recommender.ranking.blend import BlendWeights
from recommender.ranking.model import BlendedModel
from recommender.worker import meaning
from recommender.worker.live_model import LoadedModel
from tests.candidates.test_nearest import clustered


class Fixed:
    """Encodes every text as one vector."""

    checksum, dimensions = "fixed", 16

    def __init__(self, vector):
        self.vector = vector

    def encode(self, texts):
        return np.repeat(self.vector[None], len(texts), axis=0)


def loaded(vectors, exact_up_to):
    count = len(vectors)
    names = tuple(f"p{n}" for n in range(count))
    items = ItemTable(names, names, ("",) * count, ("",) * count, vectors)
    nearest = nearest_items(vectors, NearestSettings(exact_up_to, recall=1.0))
    unused = np.zeros(count, np.int64)
    model = BlendedModel(items, {}, BlendWeights.of({}), unused, nearest=nearest)
    return LoadedModel("v1", model)


@pytest.mark.parametrize("exact_up_to", [1_000, 100])
def test_products_come_by_likeness_and_none_that_is_unlike(exact_up_to, monkeypatch):
    vectors = clustered(400)
    monkeypatch.setattr(meaning, "_encoder", lambda: Fixed(vectors[7]))
    found = meaning.nearest_products("soap", loaded(vectors, exact_up_to), limit=20)
    expected = np.argsort(-(vectors @ vectors[7]), kind="stable")[:20]
    assert found == [f"p{n}" for n in expected]
    monkeypatch.setattr(meaning, "_encoder", lambda: Fixed(-vectors.mean(axis=0)))
    assert meaning.nearest_products("soap", loaded(vectors, exact_up_to), limit=400) == [
        f"p{n}"
        for n in np.argsort(vectors @ vectors.mean(axis=0), kind="stable")
        if vectors[n] @ vectors.mean(axis=0) <= -meaning.LEAST_SIMILARITY
    ]


def test_no_words_and_no_vectors_find_nothing(monkeypatch):
    monkeypatch.setattr(meaning, "_encoder", lambda: pytest.fail("nothing is to be encoded"))
    assert meaning.nearest_products("  ", loaded(clustered(30), 100), limit=5) == []
    assert meaning.nearest_products("soap", loaded(np.zeros((3, 0), np.float32), 1), limit=5) == []
