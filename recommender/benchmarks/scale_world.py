"""A synthetic shop of any size: its items' vectors and texts, and what its shoppers took.

Nothing in it is real. What it shares with real shops is what costs time and memory: clustered
vectors of very different cluster sizes, words by Zipf's law, a few items that most interactions
go to and a long tail that hardly anybody touched.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from recommender.contracts import Floats, History, InteractionLog, Ints, ItemTable

DIMENSIONS = 384
DEPARTMENTS = 40
WORDS = 50_000
#: Directions in which the items of one group differ, beside noise in all of them.
INNER = 12
#: Rows made at once; part of the seed, since each block draws from its own stream.
BLOCK = 50_000
DAY = 86_400


def group_count(n_items: int) -> int:
    """Product types: 3,000 for a million items."""
    return max(10, min(3_000, n_items // 50))


def groups_of(n_items: int, seed: int) -> Ints:
    """Each item's group, shape (n_items,): sizes fall with the rank to the power of 0.8."""
    rng = np.random.default_rng([seed, 1])
    shares = 1.0 / np.arange(1, group_count(n_items) + 1) ** 0.8
    return rng.choice(len(shares), n_items, p=shares / shares.sum()).astype(np.int32)


def vector_blocks(n_items: int, seed: int, dimensions: int = DIMENSIONS) -> Iterator[Floats]:
    """Unit vectors in blocks: department, group, directions within the group, noise."""
    rng = np.random.default_rng([seed, 2])
    n_groups = group_count(n_items)
    groups = groups_of(n_items, seed)
    department = rng.normal(size=(DEPARTMENTS, dimensions))
    centres = department[rng.integers(0, DEPARTMENTS, n_groups)] * 0.8
    centres += rng.normal(size=(n_groups, dimensions)) * 0.7
    inner = rng.normal(size=(200, INNER, dimensions)).astype(np.float32) / np.sqrt(INNER)
    shape = rng.integers(0, len(inner), n_groups)
    for block, start in enumerate(range(0, n_items, BLOCK)):
        dice = np.random.default_rng([seed, 3, block])
        own = groups[start : start + BLOCK]
        vectors = centres[own].astype(np.float32)
        along = dice.normal(size=(len(own), INNER)).astype(np.float32)
        for one in np.unique(shape[own]):
            here = shape[own] == one
            vectors[here] += 0.6 * (along[here] @ inner[one])
        vectors += 0.35 * dice.normal(size=vectors.shape).astype(np.float32)
        yield vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def item_table(vectors: Floats, seed: int) -> ItemTable:
    """Items with a brand, a group and seven words, some of them the group's own."""
    n_items = len(vectors)
    rng = np.random.default_rng([seed, 4])
    groups = groups_of(n_items, seed)
    brands = (rng.random(n_items) ** 3 * max(10, n_items // 50)).astype(np.int64)
    own = rng.integers(0, WORDS, (group_count(n_items), 20))
    typical = own[groups[:, None], rng.integers(0, 20, (n_items, 4))]
    free = (rng.random((n_items, 3)) ** 4 * WORDS).astype(np.int64)
    texts = tuple(
        " ".join(f"w{word}" for word in row) for row in np.concatenate([typical, free], axis=1)
    )
    # Interned by hand: a million references to a few thousand names.
    brand_names = [f"brand {n}" for n in range(int(brands.max()) + 1)]
    group_names = [f"group {n}" for n in range(group_count(n_items))]
    return ItemTable(
        tuple(f"item-{n}" for n in range(n_items)),
        texts,
        tuple(brand_names[brand] for brand in brands),
        tuple(group_names[group] for group in groups),
        vectors,
    )


def interactions(n_items: int, count: int, seed: int) -> InteractionLog:
    """Ten interactions a shopper on average, three of four from a few groups of their own.

    Within a group, and among all, what is taken falls steeply with the item's rank.
    """
    rng = np.random.default_rng([seed, 5])
    n_shoppers = max(1, count // 10)
    shoppers = np.sort((rng.random(count) ** 1.3 * n_shoppers).astype(np.int32))
    groups = groups_of(n_items, seed)
    by_group = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[by_group], np.arange(group_count(n_items) + 1))
    homes = (rng.random((n_shoppers, 3)) ** 1.5 * group_count(n_items)).astype(np.int64)
    home = homes[shoppers, rng.integers(0, 3, count)]
    sizes = np.maximum(np.diff(starts), 1)[home]
    steep = rng.random(count) ** 3
    inside = by_group[np.minimum(starts[home] + (steep * sizes).astype(np.int64), n_items - 1)]
    anywhere = rng.permutation(n_items)[(rng.random(count) ** 4 * n_items).astype(np.int64)]
    items = np.where(rng.random(count) < 0.75, inside, anywhere).astype(np.int32)
    times = rng.integers(0, 365 * DAY, count)
    order = np.lexsort((times, shoppers))
    return InteractionLog(
        shoppers[order],
        items[order],
        np.ones(count, np.float32),
        times[order].astype(np.int64),
        n_shoppers,
        n_items,
    )


def histories(log: InteractionLog, count: int, seed: int, longest: int = 20) -> list[History]:
    """The newest interactions of shoppers chosen at random, none of them empty."""
    bounds = log.bounds()
    known = np.flatnonzero(np.diff(bounds) > 0)
    chosen = np.random.default_rng([seed, 6]).choice(known, min(count, len(known)), replace=False)
    now = int(log.times.max()) + DAY
    return [
        History(log.items[start:stop], log.weights[start:stop], log.times[start:stop], now)
        for shopper in chosen
        for stop in (int(bounds[shopper + 1]),)
        for start in (max(int(bounds[shopper]), stop - longest),)
    ]
