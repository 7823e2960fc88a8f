"""Small worlds for rankers: candidates with features, of which some tell the answer."""

import numpy as np

from recommender.contracts import History, ItemTable
from recommender.ranking.ranker import ItemVectors, RankingCases

COLUMNS = ("blend", "knowledge", "clue", "noise")
N_ITEMS = 30


def make_items(count=N_ITEMS, width=6):
    vectors = np.random.default_rng(5).normal(size=(200, width)).astype(np.float32)[:count]
    names = tuple(f"p{n}" for n in range(count))
    return ItemTable(names, names, ("",) * count, ("",) * count, vectors)


def make_vectors(count=N_ITEMS):
    rng = np.random.default_rng(6)
    return ItemVectors(
        rng.normal(size=(count, 4)).astype(np.float32),
        rng.normal(size=(count, 3)).astype(np.float32),
    )


def make_cases(n_cases=120, n_candidates=12, clue=2.0, unanswered=0, seed=0):
    """The answer has a higher clue; the blend knows a little of it."""
    rng = np.random.default_rng(seed)
    features, items, gains, histories = [], [], [], []
    for case in range(n_cases):
        answer = int(rng.integers(n_candidates)) if case >= unanswered else -1
        taken = (np.arange(n_candidates) == answer).astype(np.float32)
        own = rng.random((n_candidates, 4)).astype(np.float32)
        own[:, 0] += 0.3 * taken
        own[:, 2] += clue * taken
        order = np.argsort(-own[:, 0])
        features.append(own[order])
        gains.append(taken[order])
        items.append(rng.choice(N_ITEMS, n_candidates, replace=False).tolist())
        histories.append(History.of(rng.integers(0, N_ITEMS, 4).tolist(), now=1000))
    return RankingCases.of(COLUMNS, features, items, gains, histories)
