"""EASE: items that explain each other, in closed form.

Steck, "Embarrassingly Shallow Autoencoders for Sparse Data" (WWW 2019): with G the Gram matrix
and P = (G + λI)⁻¹, the item-item weights are B = I - P · diag(1 / diag P).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

from recommender.candidates.gram import Gram
from recommender.candidates.recency import history_rows
from recommender.candidates.registry import register
from recommender.candidates.search_space import Real, SearchSpace
from recommender.candidates.storage import load_array, load_settings, save_array, save_settings
from recommender.contracts import Floats, History, InteractionLog, Ints, ItemTable, Longs


@register
class Ease:
    """Scores are the shopper's recency-weighted history times B, negative weights cut at zero.

    ``regularisation`` is λ in interactions. Only the ``largest`` items by interactions enter the
    dense solve, whose memory and time grow with their square and cube.
    """

    name = "ease"
    search_space: ClassVar[SearchSpace] = {
        "regularisation": Real(5.0, 2_000.0, log=True),
        "history_decay": Real(0.05, 1.0),
    }

    def __init__(
        self, regularisation: float = 100.0, history_decay: float = 0.6, largest: int = 15_000
    ):
        self.regularisation = regularisation
        self.history_decay = history_decay
        self.largest = largest
        self.n_items = 0
        self.gram: Gram
        self.members: Ints
        self.weights: Floats

    def fit(self, log: InteractionLog, items: ItemTable) -> None:
        """Count and solve."""
        self.gram = Gram(log)
        self._solve()

    def update(self, added: InteractionLog, items: ItemTable) -> None:
        """Recount the touched shoppers, then solve again."""
        self.gram.update(added)
        self._solve()

    def forget(self, removed: InteractionLog) -> None:
        """Recount the touched shoppers without what is removed, then solve again."""
        self.gram.forget(removed)
        self._solve()

    def exchange(self, removed: InteractionLog, added: InteractionLog, items: ItemTable) -> None:
        """Forget and update, and solve once."""
        self.gram.forget(removed)
        self.update(added, items)

    def _solve(self) -> None:
        counts = self.gram.counts
        self.n_items = counts.shape[0]
        strength = counts.diagonal()
        # A stable sort: which of equally frequent items enters does not depend on the machine.
        chosen = np.argsort(-strength, kind="stable")[: self.largest]
        self.members = np.sort(chosen[self._usable(strength)[chosen]]).astype(np.int32)
        self.weights = ease_weights(self._dense(), self.regularisation)

    def _usable(self, strength: Longs) -> npt.NDArray[np.bool_]:
        """Which items anything is known of, shape (n_items,)."""
        usable: npt.NDArray[np.bool_] = strength > 0
        return usable

    def _dense(self) -> Floats:
        """The members' Gram matrix, which the solve may overwrite."""
        shares = self.gram.shares()
        if len(self.members) < self.n_items:
            shares = shares[self.members][:, self.members]
        dense: Floats = shares.toarray()
        return dense

    def score(self, histories: Sequence[History]) -> Floats:
        """Shape (len(histories), n_items)."""
        rows = history_rows(histories, self.n_items, decay=self.history_decay)
        if len(self.members) == self.n_items:
            return np.maximum(np.asarray(rows @ self.weights, np.float32), 0.0)
        scores = np.zeros((len(histories), self.n_items), np.float32)
        scores[:, self.members] = np.maximum(rows[:, self.members] @ self.weights, 0.0)
        return scores

    def settings(self) -> dict[str, Any]:
        """What the constructor takes."""
        names = ("regularisation", "history_decay", "largest")
        return {name: getattr(self, name) for name in names}

    def save(self, folder: Path) -> None:
        """The weights as one float32 array, and the ledger."""
        save_settings(folder, self.settings())
        save_array(folder, "weights", self.weights)
        save_array(folder, "members", self.members)
        self.gram.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The weights stay on disk; a score reads the rows of the history."""
        source = cls(**load_settings(folder))
        source.weights = load_array(folder, "weights")
        source.members = load_array(folder, "members")
        source.gram = Gram.load(folder)
        source.n_items = source.gram.ledger.log.n_items
        return source


def ease_weights(gram: Floats, regularisation: float) -> Floats:
    """B for a dense Gram matrix, which is overwritten: shape (n, n), zero diagonal, C order.

    Single precision is enough: the smallest eigenvalue is at least the regularisation.
    """
    if not gram.shape[0]:
        return np.zeros((0, 0), np.float32)
    diagonal = np.diag_indices_from(gram)
    gram[diagonal] += regularisation
    # A transposed C array is Fortran's order without a copy, and the matrix is symmetric.
    factor, failed = lapack.spotrf(gram.T, lower=1, overwrite_a=1, clean=0)
    if failed:
        raise np.linalg.LinAlgError("the regularised Gram matrix is not positive definite")
    inverse, failed = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed:
        raise np.linalg.LinAlgError("the regularised Gram matrix could not be inverted")
    weights: Floats = inverse.T  # C order; only the upper triangle has been computed
    _mirror_upper(weights)
    weights /= -weights[diagonal].copy()  # column j by P_jj
    weights[diagonal] = 0.0
    return weights


def _mirror_upper(matrix: Floats, block: int = 2048) -> None:
    """Copy the upper triangle onto the lower in place, in blocks that spare a second matrix."""
    size = matrix.shape[0]
    for start in range(0, size, block):
        stop = min(start + block, size)
        square = matrix[start:stop, start:stop]
        square[:] = np.triu(square) + np.triu(square, 1).T
        matrix[stop:, start:stop] = matrix[start:stop, stop:].T
