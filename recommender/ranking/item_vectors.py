"""Vectors of items by who took them and by what the graph joins them with.

Both are truncated singular value decompositions of a normalised matrix (latent factors as in
Deerwester et al. 1990), nothing trained by gradient.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from recommender.candidates.fact_edges import FactEdges
from recommender.candidates.graph import PREDICATE_WEIGHTS, walk_weights
from recommender.candidates.storage import Rows
from recommender.contracts import Floats, InteractionLog
from recommender.ranking.ranker import ItemVectors

WIDTH = 32
#: How much less well-connected nodes count, as in the graph source.
HUB_DAMPING = 0.1


def item_vectors(
    log: InteractionLog, edges: FactEdges | None, *, width: int = WIDTH, seed: int = 0
) -> ItemVectors:
    """Rating and relation vectors of all items of the log, shape (n_items, width or fewer)."""
    relation = np.zeros((log.n_items, 0), np.float32)
    if edges is not None and len(edges):
        relation = relation_vectors(edges, width=width, seed=seed)
    return ItemVectors(rating_vectors(log, width=width, seed=seed), relation)


def rating_vectors(log: InteractionLog, *, width: int = WIDTH, seed: int = 0) -> Floats:
    """Items over shoppers, each interaction by its weight, both sides normalised."""
    taken = sparse.csr_matrix(
        (log.weights.astype(np.float64), (log.items, log.shoppers)),
        shape=(log.n_items, log.n_shoppers),
    )
    return _factors(taken, width, seed)


def relation_vectors(edges: FactEdges, *, width: int = WIDTH, seed: int = 0) -> Floats:
    """Items over everything that a fact joins them with."""
    weights = walk_weights(edges, PREDICATE_WEIGHTS, HUB_DAMPING)
    return _factors(weights[: edges.n_items], width, seed)


def _factors(matrix: Rows, width: int, seed: int) -> Floats:
    """Left singular vectors times the root of their values, rows at length one or zero.

    The signs are fixed so that the largest entry of each column is positive.
    """
    rows, columns = matrix.shape
    width = min(width, rows - 1, columns - 1)
    if width < 1 or not matrix.nnz:
        return np.zeros((rows, 0), np.float32)
    left = 1.0 / np.sqrt(np.maximum(np.asarray(matrix.sum(axis=1)).ravel(), 1e-12))
    right = 1.0 / np.sqrt(np.maximum(np.asarray(matrix.sum(axis=0)).ravel(), 1e-12))
    scaled = sparse.diags(left) @ matrix @ sparse.diags(right)
    start = np.random.default_rng(seed).standard_normal(min(rows, columns))
    vectors, values, _ = svds(scaled, k=width, v0=start)
    order = np.argsort(-values)
    vectors, values = vectors[:, order], np.maximum(values[order], 0.0)
    signs = np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(width)])
    factors = vectors * np.where(signs == 0, 1.0, signs) * np.sqrt(values)
    factors[np.diff(matrix.indptr) == 0] = 0.0
    lengths = np.linalg.norm(factors, axis=1, keepdims=True)
    result: Floats = np.where(lengths > 1e-6, factors / np.maximum(lengths, 1e-6), 0.0)
    return result.astype(np.float32)
