"""The triples of Amazon Beauty as accepted facts, and which of them may know the answers."""

from __future__ import annotations

import gzip
import html
from collections.abc import Collection
from pathlib import Path
from typing import Final

import numpy as np

from recommender.contracts import ItemTable, TripleTable

#: What the file calls what the shop's vocabulary calls otherwise.
PREDICATES: Final = {"brand": "made_by", "category": "in_category"}
CATALOGUE: Final = frozenset({"made_by", "in_category"})
#: Aggregates over the other shop's whole log, collected after the test period: what somebody took
#: last may be in them.
TOGETHER: Final = frozenset({"bought_together"})
ALSO: Final = frozenset({"also_bought", "also_viewed"})


def load_facts(folder: Path, items: ItemTable, predicates: Collection[str]) -> TripleTable:
    """The triples of these predicates (the shop's names); every item is an entity."""
    path = folder / "kg_in_catalogue.tsv.gz"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: --data must name the folder of the data sets")
    entities = {f"item:{number}": number - 1 for number in range(1, len(items) + 1)}
    relations: dict[str, int] = {}
    rows: list[tuple[int, int, int]] = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            item, relation, tail = line.rstrip("\n").split("\t")
            predicate = PREDICATES.get(relation, relation)
            if predicate in predicates:
                place = relations.setdefault(predicate, len(relations))
                rows.append((int(item) - 1, place, entities.setdefault(tail, len(entities))))
    table = np.array(rows, np.int32).reshape(-1, 3)
    others = tuple(entities)[len(items) :]
    return TripleTable(
        tuple(f"product:{item}" for item in items.ids) + others,
        items.ids + tuple(html.unescape(name.partition(":")[2]) for name in others),
        items.ids + ("",) * len(others),
        tuple(relations),
        table[:, 0].copy(),
        table[:, 1].copy(),
        table[:, 2].copy(),
        np.ones(len(table), np.float32),
    )
