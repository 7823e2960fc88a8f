"""Lexical: items that share rare words, the brand or the product type with the shopper's."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from recommender.candidates.recency import history_rows, take_own_part
from recommender.candidates.registry import register
from recommender.candidates.search_space import Real, SearchSpace
from recommender.candidates.storage import (
    Rows,
    load_rows,
    load_settings,
    save_rows,
    save_settings,
)
from recommender.contracts import Floats, History, InteractionLog, ItemTable

_WORD = re.compile(r"\w+")


@register
class Lexical:
    """Cosine of TF-IDF rows with the sum of what the shopper took, the item itself left out.

    Besides its words an item has one token for its brand and one for its group, each counting as
    much as a word said ``label_weight`` times. Tokens in more than ``common`` of all items say
    nothing and are left out.
    """

    name = "lexical"
    search_space: ClassVar[SearchSpace] = {
        "history_decay": Real(0.05, 1.0),
        "label_weight": Real(0.0, 2.0),
        "common": Real(0.02, 1.0, log=True),
    }

    def __init__(self, history_decay: float = 0.6, label_weight: float = 0.6, common: float = 0.2):
        self.history_decay = history_decay
        self.label_weight = label_weight
        self.common = common
        self.tokens: Rows  # (n_items, n_tokens), rows of length one

    def fit(self, log: InteractionLog, items: ItemTable) -> None:
        """Weigh the catalogue's words; the log is not needed."""
        self.tokens = tfidf(items, self.label_weight, self.common)

    def update(self, added: InteractionLog, items: ItemTable) -> None:
        """Weigh again, since new items change how rare a word is."""
        self.fit(added, items)

    def forget(self, removed: InteractionLog) -> None:
        """Nothing of any shopper is kept here."""

    def score(self, histories: Sequence[History]) -> Floats:
        """Shape (len(histories), n_items)."""
        rows = history_rows(histories, self.tokens.shape[0], decay=self.history_decay)
        profiles = (rows @ self.tokens).tocsr()
        norms = np.sqrt(np.asarray(profiles.multiply(profiles).sum(axis=1)).ravel())
        norms[norms == 0] = 1.0
        profiles.data /= np.repeat(norms, np.diff(profiles.indptr))
        # One side dense: a profile's words occur in so many items that the result is dense anyway.
        scores: Floats = np.ascontiguousarray((self.tokens @ profiles.T.toarray()).T, np.float32)
        own = self.tokens[rows.indices]
        lengths = np.asarray(own.multiply(own).sum(axis=1)).ravel()
        owners = np.repeat(np.arange(len(histories)), np.diff(rows.indptr))
        take_own_part(scores, owners, rows.indices, rows.data * lengths / norms[owners])
        return scores

    def save(self, folder: Path) -> None:
        """The weighted tokens; the words themselves are not needed again."""
        save_settings(
            folder,
            {
                "history_decay": self.history_decay,
                "label_weight": self.label_weight,
                "common": self.common,
            },
        )
        save_rows(folder, "tokens", self.tokens)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        source = cls(**load_settings(folder))
        source.tokens = load_rows(folder, "tokens")
        return source


def tfidf(items: ItemTable, label_weight: float, common: float) -> Rows:
    """(1 + ln tf) · ln(n / df) per token, rows scaled to length one, float32.

    Tokens are numbered as they come and kept in plain arrays: a bag of Python objects for each
    item would take gigabytes for a million of them.
    """
    numbers: dict[str, int] = {}
    columns, counts, starts = array("i"), array("i"), array("q", [0])
    for text, brand, group in zip(items.texts, items.brands, items.groups, strict=True):
        bag = Counter(_WORD.findall(text.lower()))
        if brand:
            bag[f"brand={brand.lower()}"] = 1
        if group:
            bag[f"group={group.lower()}"] = 1
        columns.extend(numbers.setdefault(token, len(numbers)) for token in bag)
        counts.extend(bag.values())
        starts.append(len(columns))
    tokens = list(numbers)
    frequency = np.bincount(np.frombuffer(columns, np.int32), minlength=len(tokens))
    wanted = np.flatnonzero(frequency <= max(common * len(items), 2.0))
    alphabetical = np.array(sorted(wanted, key=tokens.__getitem__), np.int64)
    labels = np.array(["=" in token for token in tokens], bool)
    weight = np.where(labels, label_weight, 1.0) * np.log((1 + len(items)) / frequency)
    matrix = sparse.csr_matrix(
        (
            1.0 + np.log(np.frombuffer(counts, np.int32)),
            np.frombuffer(columns, np.int32),
            np.frombuffer(starts, np.int64),
        ),
        shape=(len(items), len(tokens)),
    )
    matrix.data *= weight[matrix.indices]
    matrix = matrix[:, alphabetical]
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    matrix.data /= np.repeat(np.where(norms > 0, norms, 1.0), np.diff(matrix.indptr))
    matrix.sort_indices()
    return matrix.astype(np.float32)
