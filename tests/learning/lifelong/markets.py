"""A small market with structure: shoppers walk along one of a few circles of products."""

from __future__ import annotations

import numpy as np

from recommender.contracts import InteractionLog, ItemTable
from recommender.learning.fit import fit_sources
from recommender.learning.learnt_log import LearntLog
from recommender.ranking.blend import BlendWeights
from recommender.ranking.model import BlendedModel
from recommender.ranking.tune import popularity_of

N_ITEMS, CIRCLES, DAY = 200, 10, 86_400
SOURCES = {"transitions": 1.0, "item_knn": 0.3, "popular": 0.05}


def market_items() -> ItemTable:
    names = tuple(f"p{n}" for n in range(N_ITEMS))
    groups = tuple(f"g{n * CIRCLES // N_ITEMS}" for n in range(N_ITEMS))
    vectors = np.eye(CIRCLES, dtype=np.float32)[np.arange(N_ITEMS) * CIRCLES // N_ITEMS]
    return ItemTable(names, names, ("",) * N_ITEMS, groups, vectors)


def visits(rng, day, shoppers, step=1, length=5):
    """Rows (shopper, item, time) of one visit each: ``length`` steps along the own circle."""
    size = N_ITEMS // CIRCLES
    rows = []
    for shopper in shoppers:
        circle, start = shopper % CIRCLES, rng.integers(size)
        for at in range(length):
            item = circle * size + (start + at * step) % size
            if rng.random() < 0.2:
                item = rng.integers(N_ITEMS)
            rows.append((shopper, item, day * DAY + at * 3600))
    return rows


def learnt(rows, names=None) -> LearntLog:
    """The rows as a learnt log; shoppers are called s0, s1 and so on."""
    table = np.array(sorted(rows, key=lambda row: (row[0], row[2])), np.int64).reshape(-1, 3)
    count = int(table[:, 0].max(initial=-1)) + 1
    log = InteractionLog(
        table[:, 0].astype(np.int32),
        table[:, 1].astype(np.int32),
        np.full(len(table), 0.3, np.float32),
        table[:, 2],
        count,
        N_ITEMS,
    )
    return LearntLog(tuple(names or (f"s{n}" for n in range(count))), log)


def model_of(told: LearntLog) -> BlendedModel:
    items = market_items()
    sources, _ = fit_sources(told.log, items, {name: {} for name in SOURCES})
    popularity = popularity_of(told.log.items, N_ITEMS)
    return BlendedModel(items, sources, BlendWeights.of(SOURCES), popularity)
