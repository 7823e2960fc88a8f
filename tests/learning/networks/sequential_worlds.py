"""Small worlds for the sequential network, and a fit as a process: ``python -m`` with a folder."""

import os
import sys
from pathlib import Path

import django
import numpy as np

from recommender.contracts import History, InteractionLog, ItemTable

DAY = 86_400
N_ITEMS = 24
SMALL = {
    "width": 16,
    "batch_positions": 100,
    "learning_rate": 0.01,
    "dropout": 0.1,
    "temperature": 1.0,
}


def items_of(vectors):
    names = tuple(f"p{n}" for n in range(len(vectors)))
    blank = ("",) * len(vectors)
    return ItemTable(names, blank, blank, blank, vectors.astype(np.float32))


def catalogue(count=N_ITEMS):
    return items_of(np.random.default_rng(5).normal(size=(200, 12))[:count])


def walks(n_shoppers=150, n_items=N_ITEMS, length=6, seed=0):
    """Everybody goes from an item to the next but one, a day apart."""
    rng = np.random.default_rng(seed)
    start = np.repeat(rng.integers(0, n_items, n_shoppers), length)
    steps = np.tile(np.arange(length), n_shoppers)
    return InteractionLog(
        np.repeat(np.arange(n_shoppers), length).astype(np.int32),
        ((start + 2 * steps) % n_items).astype(np.int32),
        np.ones(len(start), np.float32),
        (steps * DAY).astype(np.int64),
        n_shoppers,
        n_items,
    )


def history(*items):
    return History(
        np.array(items, np.int32),
        np.ones(len(items), np.float32),
        np.arange(len(items), dtype=np.int64) * DAY,
    )


def fitted_without_chance(negatives):
    """Nothing is left out by chance, which each rank would do in its own way."""
    from recommender.learning.networks.sequential import Sequential

    source = Sequential(
        **{**SMALL, "dropout": 0.0}, item_dropout=0.0, epochs=4, negatives=negatives
    )
    source.fit(walks(), catalogue())
    return source


if __name__ == "__main__":
    django.setup()
    fit = fitted_without_chance(int(sys.argv[2]))
    if os.environ["RANK"] == "0":
        fit.save(Path(sys.argv[1]))
