"""Items that are clicked near each other, as vectors: a few powers of a graph that fades.

The graph counts which items share a session within a few clicks; every period its older counts
fade. A block of random columns, multiplied a few times with the normalised graph, keeps what its
leading eigenvectors span (randomised subspace iteration: Halko, Martinsson and Tropp, "Finding
structure with randomness", SIAM Review 2011). Stopped early it also keeps a share of the finer
structure, which recommends better than the converged vectors do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recommender.contracts import Floats, Ints
from recommender.learning.lifelong.protocol import Sessions
from recommender.learning.lifelong.top_items import top_items

#: Rows of scores made at once.
BLOCK = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class SpectralSettings:
    """The graph, the vectors and the question asked of them."""

    #: Clicks of a session that far apart, or nearer, belong together.
    window: int = 2
    #: After how many periods a count is worth 1/e.
    age_decay: float = 8.0
    columns: int = 160
    dimensions: int = 128
    #: Multiplications after which vectors are taken, and how much their cosine counts.
    depths: tuple[int, ...] = (6, 12)
    weights: tuple[float, ...] = (1.0, 0.5)
    #: Newest clicks of a prefix that ask, and after how many one counts 1/e.
    query_items: int = 10
    query_decay: float = 1.5
    seed: int = 0


class Spectral:
    """Cosine between the recent clicks and every item; a ``LifelongMethod``."""

    def __init__(self, settings: SpectralSettings | None = None):
        self.settings = settings or SpectralSettings()
        self.graph = sparse.csr_array((0, 0), dtype=np.float32)
        #: One block of unit vectors per depth, side by side, shape (items, depths * dimensions).
        self.vectors: Floats = np.empty((0, 0), np.float32)

    def update(self, sessions: Sessions, n_items: int) -> None:
        """Let the graph fade, add the period's pairs, and take the vectors anew."""
        self.graph.resize((n_items, n_items))
        faded = self.graph * np.float32(np.exp(-1 / self.settings.age_decay))
        self.graph = (faded + pairs_within(sessions, self.settings.window, n_items)).tocsr()
        self.vectors = self._vectors()

    def _vectors(self) -> Floats:
        settings = self.settings
        degrees = np.asarray(self.graph.sum(axis=1)).ravel()
        root = np.zeros(len(degrees), np.float32)
        np.divide(1, np.sqrt(degrees), out=root, where=degrees > 0)
        counts = np.diff(self.graph.indptr)
        data = self.graph.data * np.repeat(root, counts) * root[self.graph.indices]
        near = sparse.csr_array((data, self.graph.indices, self.graph.indptr), self.graph.shape)
        rng = np.random.default_rng(settings.seed)
        block = rng.standard_normal((len(degrees), settings.columns), dtype=np.float32)
        taken = []
        for depth in range(1, max(settings.depths) + 1):
            block = (near @ block + block) / 2
            if depth in settings.depths:
                block = np.linalg.qr(block)[0]
                taken.append(unit_rows(block[:, : settings.dimensions]))
        return np.concatenate(taken, axis=1)

    def questions(self, prefixes: Sessions) -> Floats:
        """The recent clicks' vectors, weighted; their product with ``vectors`` is the score."""
        settings = self.settings
        weighting = recent_clicks(
            prefixes, settings.query_items, settings.query_decay, len(self.vectors)
        )
        summed = (weighting @ self.vectors).reshape(len(prefixes), len(settings.depths), -1)
        summed = unit_rows(summed) * np.array(settings.weights, np.float32)[:, None]
        return summed.reshape(len(prefixes), -1)

    def recommend(self, prefixes: Sessions, count: int) -> Ints:
        """The items whose vectors point the same way."""
        questions = self.questions(prefixes)
        best = [
            top_items(questions[begin : begin + BLOCK] @ self.vectors.T, count)
            for begin in range(0, len(prefixes), BLOCK)
        ]
        return np.concatenate(best) if best else np.empty((0, count), np.int32)

    @property
    def stored_bytes(self) -> int:
        """The graph and the vectors."""
        graph = (self.graph.data, self.graph.indices, self.graph.indptr)
        return self.vectors.nbytes + sum(array.nbytes for array in graph)


def of_seed(seed: int) -> Spectral:
    """The seed draws the columns."""
    return Spectral(SpectralSettings(seed=seed))


def unit_rows(rows: Floats) -> Floats:
    """Rows divided by their length along the last axis; zero rows stay zero."""
    lengths = np.sqrt((rows * rows).sum(axis=-1, keepdims=True))
    unit: Floats = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return unit


def pairs_within(sessions: Sessions, window: int, n_items: int) -> sparse.csr_array:
    """How often two different items stood within ``window`` clicks, both ways round."""
    owner = np.repeat(np.arange(len(sessions)), sessions.lengths)
    firsts, seconds = [], []
    for apart in range(1, window + 1):
        together = owner[apart:] == owner[:-apart]
        together &= sessions.items[apart:] != sessions.items[:-apart]
        firsts.append(sessions.items[:-apart][together])
        seconds.append(sessions.items[apart:][together])
    first, second = np.concatenate(firsts), np.concatenate(seconds)
    counts = sparse.coo_array(
        (np.ones(len(first), np.float32), (first, second)), shape=(n_items, n_items)
    ).tocsr()
    return (counts + counts.T).tocsr()


def recent_clicks(prefixes: Sessions, newest: int, decay: float, n_items: int) -> sparse.csr_array:
    """Weights of each prefix's newest clicks, shape (prefixes, items)."""
    lags = np.repeat(prefixes.starts[1:], prefixes.lengths) - 1 - np.arange(len(prefixes.items))
    recent = lags < newest
    rows = np.repeat(np.arange(len(prefixes)), prefixes.lengths)[recent]
    weights = np.exp(-lags[recent] / decay).astype(np.float32)
    return sparse.coo_array(
        (weights, (rows, prefixes.items[recent])), shape=(len(prefixes), n_items)
    ).tocsr()
