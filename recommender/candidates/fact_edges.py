"""Facts as edges among nodes: what the graph source walks on and what its features count.

Nodes are numbered with the items first, each under its index in the item table, and the other
entities after them in the order in which the facts name them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.candidates.storage import load_array, save_array
from recommender.contracts import Floats, Ints, ItemTable, TripleTable

#: An attribute whose value is a quantity, such as ``attribute:size=18.8 oz``.
MEASURE = re.compile(r"attribute:[^=]*=\s*[-+.,]?\d")
#: What an item table says by itself: predicate, kind of entity, column of the table.
TABLE_FACTS = (("made_by", "brand", "brands"), ("in_category", "category", "groups"))


@dataclass(frozen=True, slots=True)
class FactEdges:
    """Edges in columns, shape (n_edges,); ``keys`` and ``names`` are of the nodes after the items.

    ``told`` marks the edges that are accepted facts; the others come from the item table.
    """

    n_items: int
    keys: tuple[str, ...]
    names: tuple[str, ...]
    predicates: tuple[str, ...]
    subjects: Ints
    relations: Ints
    objects: Ints
    confidences: Floats
    told: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return int(self.subjects.shape[0])

    @property
    def n_nodes(self) -> int:
        """Items and other entities."""
        return self.n_items + len(self.keys)

    def measures(self) -> npt.NDArray[np.bool_]:
        """Which nodes are quantities: two things of one size have little in common."""
        found = np.zeros(self.n_nodes, bool)
        found[self.n_items :] = [MEASURE.match(key) is not None for key in self.keys]
        return found


def fact_edges(items: ItemTable, facts: TripleTable) -> FactEdges:
    """The facts' edges, and brand and group of the items of which the facts do not tell them.

    So a new item is in the graph before its first fact, and so is everything without any facts.
    """
    positions = {item: index for index, item in enumerate(items.ids)}
    keys: list[str] = []
    names: list[str] = []
    nodes = np.zeros(len(facts.entities), np.int32)
    for entity, (key, name, product) in enumerate(
        zip(facts.entities, facts.names, facts.products, strict=True)
    ):
        index = positions.get(product) if product else None
        if index is None:
            index = len(items) + len(keys)
            keys.append(key)
            names.append(name)
        nodes[entity] = index
    places = {key: len(items) + number for number, key in enumerate(keys)}
    predicates = list(facts.predicates)
    columns = [
        (nodes[facts.subjects], facts.relations, nodes[facts.objects], facts.confidences),
    ]
    for predicate, kind, column in TABLE_FACTS:
        if predicate not in predicates:
            predicates.append(predicate)
        relation = predicates.index(predicate)
        told = set(columns[0][0][columns[0][1] == relation].tolist())
        subjects, objects = _table_edges(
            getattr(items, column), kind, told, places, keys, names, len(items)
        )
        columns.append(
            (
                subjects,
                np.full(len(subjects), relation, np.int32),
                objects,
                np.ones(len(subjects), np.float32),
            )
        )
    return FactEdges(
        len(items),
        tuple(keys),
        tuple(names),
        tuple(predicates),
        np.concatenate([one[0] for one in columns]).astype(np.int32),
        np.concatenate([one[1] for one in columns]).astype(np.int32),
        np.concatenate([one[2] for one in columns]).astype(np.int32),
        np.concatenate([one[3] for one in columns]).astype(np.float32),
        np.arange(sum(len(one[0]) for one in columns)) < len(facts),
    )


def _table_edges(
    values: Sequence[str],
    kind: str,
    told: set[int],
    places: dict[str, int],
    keys: list[str],
    names: list[str],
    n_items: int,
) -> tuple[Ints, Ints]:
    """Edges from items to what a column of the table says; new nodes join ``keys``."""
    subjects: list[int] = []
    objects: list[int] = []
    for item, value in enumerate(values):
        if not value or item in told:
            continue
        key = f"{kind}:{value}"
        if key not in places:
            places[key] = n_items + len(keys)
            keys.append(key)
            names.append(value)
        subjects.append(item)
        objects.append(places[key])
    return np.array(subjects, np.int32), np.array(objects, np.int32)


_COLUMNS = ("subjects", "relations", "objects", "confidences")
_FACT_WORDS = ("entities", "names", "products", "predicates")
_EDGE_WORDS = ("n_items", "keys", "names", "predicates")


def save_facts(folder: Path, facts: TripleTable) -> None:
    """Write a triple table: its words as JSON, its columns as arrays."""
    _save(folder, "facts", facts, _FACT_WORDS, _COLUMNS)


def load_facts(folder: Path) -> TripleTable:
    """Read what ``save_facts`` wrote."""
    return TripleTable(**_load(folder, "facts", _COLUMNS))


def save_edges(folder: Path, edges: FactEdges) -> None:
    """Write edges in the same way."""
    _save(folder, "edges", edges, _EDGE_WORDS, (*_COLUMNS, "told"))


def load_edges(folder: Path) -> FactEdges:
    """Read what ``save_edges`` wrote."""
    return FactEdges(**_load(folder, "edges", (*_COLUMNS, "told")))


def _save(
    folder: Path, name: str, table: object, words: Sequence[str], columns: Sequence[str]
) -> None:
    written = {word: getattr(table, word) for word in words}
    (folder / f"{name}.json").write_text(json.dumps(written, ensure_ascii=False))
    for column in columns:
        save_array(folder, f"{name}.{column}", getattr(table, column))


def _load(folder: Path, name: str, columns: Sequence[str]) -> dict[str, Any]:
    words = json.loads((folder / f"{name}.json").read_text())
    read = {key: tuple(value) if isinstance(value, list) else value for key, value in words.items()}
    return read | {column: load_array(folder, f"{name}.{column}") for column in columns}
