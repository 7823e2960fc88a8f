"""Last.FM listening with the knowledge graph of KGCN and RippleNet: 1,872 users, 3,846 artists.

Three files in one folder: ``user_artists.dat.gz`` (userID, artistID, weight),
``item_index2entity_id.txt.gz`` (artistID, entity) and ``kg.txt.gz`` (head, relation, tail).
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recommender.contracts import Floats, Ints, ItemTable, Longs, TripleTable

#: AUC and F1 that Wang et al., "Knowledge Graph Convolutional Networks for Recommender Systems"
#: (WWW 2019), report on this data.
PUBLISHED_AUC, PUBLISHED_F1 = 0.796, 0.721


@dataclass(frozen=True, slots=True)
class Listening:
    """Who listened to whom: index arrays of one length, sorted by user, then by artist."""

    users: Ints
    artists: Ints
    n_users: int
    items: ItemTable
    facts: TripleTable


@dataclass(frozen=True, slots=True)
class Pairs:
    """Users and artists with the answer to "did this user listen?", shape (n_pairs,)."""

    users: Ints
    artists: Ints
    labels: Ints

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, chosen: Longs) -> Pairs:
        """The pairs at these positions."""
        return Pairs(self.users[chosen], self.artists[chosen], self.labels[chosen])


def load(folder: Path) -> Listening:
    """Read the listening of artists that are in the map, and the whole graph."""
    entities = {int(a): int(e) for a, e in _rows(folder, "item_index2entity_id.txt")}
    positions = {artist: index for index, artist in enumerate(sorted(entities))}
    played: set[tuple[int, int]] = set()
    for user, artist, _ in list(_rows(folder, "user_artists.dat"))[1:]:
        if int(artist) in positions:
            played.add((int(user), positions[int(artist)]))
    users = {user: index for index, user in enumerate(sorted({user for user, _ in played}))}
    pairs = np.array(sorted((users[user], artist) for user, artist in played), np.int32)
    ids = tuple(str(artist) for artist in sorted(entities))
    nothing = ("",) * len(ids)
    items = ItemTable(ids, ids, nothing, nothing, np.zeros((len(ids), 0), np.float32))
    facts = _facts(folder, {entities[artist]: str(artist) for artist in sorted(entities)})
    return Listening(pairs[:, 0].copy(), pairs[:, 1].copy(), len(users), items, facts)


def _rows(folder: Path, name: str) -> Iterator[list[str]]:
    path = folder / f"{name}.gz"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: --data must name the folder of the data sets")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield line.rstrip("\n").split("\t")


def _facts(folder: Path, artists: dict[int, str]) -> TripleTable:
    places: dict[int, int] = {}
    relations: dict[str, int] = {}
    columns = [
        (
            places.setdefault(int(head), len(places)),
            relations.setdefault(relation, len(relations)),
            places.setdefault(int(tail), len(places)),
        )
        for head, relation, tail in _rows(folder, "kg.txt")
    ]
    table = np.array(columns, np.int32)
    products = tuple(artists.get(entity, "") for entity in places)
    keys = tuple(
        f"product:{product}" if product else f"concept:{entity}"
        for entity, product in zip(places, products, strict=True)
    )
    return TripleTable(
        keys,
        keys,
        products,
        tuple(relations),
        table[:, 0].copy(),
        table[:, 1].copy(),
        table[:, 2].copy(),
        np.ones(len(table), np.float32),
    )


def sampled_pairs(listening: Listening, seed: int) -> Pairs:
    """All listened pairs and, per user, as many artists not listened to, drawn once by the seed."""
    rng = np.random.default_rng(seed)
    bounds = np.searchsorted(listening.users, np.arange(listening.n_users + 1))
    n_items = len(listening.items)
    negatives: list[Ints] = []
    for user in range(listening.n_users):
        own = listening.artists[bounds[user] : bounds[user + 1]]
        others = np.setdiff1d(np.arange(n_items, dtype=np.int32), own, assume_unique=True)
        negatives.append(np.sort(rng.choice(others, len(own), replace=False)))
    count = len(listening.users)
    return Pairs(
        np.concatenate([listening.users, listening.users]),
        np.concatenate([listening.artists, *negatives]),
        np.repeat(np.array([1, 0], np.int32), count),
    )


def split_pairs(pairs: Pairs, seed: int) -> tuple[Pairs, Pairs, Pairs]:
    """Training, validation and test at random, 6 : 2 : 2."""
    order = np.random.default_rng(seed + 1_000).permutation(len(pairs))
    first, second = int(len(pairs) * 0.6), int(len(pairs) * 0.8)
    return pairs.take(order[:first]), pairs.take(order[first:second]), pairs.take(order[second:])


def area_under_curve(labels: Ints, scores: Floats) -> float:
    """Share of (listened, not listened) pairs in the right order, ties counting half."""
    values, places = np.unique(scores, return_inverse=True)
    positive = np.bincount(places, labels == 1, minlength=len(values))
    negative = np.bincount(places, labels == 0, minlength=len(values))
    below = np.concatenate([[0], np.cumsum(negative)[:-1]])
    return float((positive * (below + 0.5 * negative)).sum() / (positive.sum() * negative.sum()))


def f1_score(labels: Ints, scores: Floats, threshold: float) -> float:
    """F1 of "listened" for scores at or above the threshold."""
    said = scores >= threshold
    hits = float((said & (labels == 1)).sum())
    return 2.0 * hits / max(float(said.sum() + (labels == 1).sum()), 1.0)


def best_threshold(labels: Ints, scores: Floats) -> float:
    """The score at or above which F1 is highest; the highest such of equals."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(labels[order] == 1)
    f1 = 2.0 * hits / (np.arange(1, len(scores) + 1) + (labels == 1).sum())
    # Only where the next score is lower can a threshold cut.
    ends = np.append(np.diff(scores[order]) < 0, True)
    return float(scores[order][np.argmax(np.where(ends, f1, -1.0))])
