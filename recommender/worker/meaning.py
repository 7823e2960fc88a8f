"""Search by meaning in the pool: the products whose text vectors lie nearest to the words."""

from __future__ import annotations

import threading
from functools import lru_cache

from recommender.contracts import ItemEncoder
from recommender.learning.text_encoders import query_encoder
from recommender.worker.live_model import LoadedModel

#: A product less alike than this (cosine) is not an answer to the words.
LEAST_SIMILARITY = 0.25


_loading = threading.Lock()


@lru_cache(maxsize=1)
def _loaded_encoder() -> ItemEncoder:
    return query_encoder()


def _encoder() -> ItemEncoder:
    """The encoder; whoever comes while it is being loaded waits instead of loading another."""
    with _loading:
        return _loaded_encoder()


def nearest_products(query: str, loaded: LoadedModel, *, limit: int) -> list[str]:
    """External ids, the most alike first; empty where the model holds no text vectors."""
    model = loaded.model
    if not query.strip() or not model.items.vectors.shape[1]:
        return []
    (found,), (similarity,) = model.nearest.search(_encoder().encode([query]), limit)
    return [model.items.ids[item] for item in found[similarity >= LEAST_SIMILARITY]]


def warm_up() -> None:
    """Load the encoder before the first search asks for it."""
    with _loading:
        _loaded_encoder().encode(["warm up"])
