"""Triples of public data sets as statements about the shop's own products.

Amazon Beauty's ``kg_in_catalogue.tsv.gz`` holds ``item_id relation tail``; ``items.jsonl.gz``
says which product an item is, and on which paths of the category tree it stands, so that the
tail ``category:Nails`` becomes the category "Beauty / Makeup / Nails" that the catalogue knows.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from catalog.categories import category_name
from catalog.datasets.amazon_beauty import BRAND_LIMIT, clean_text, shortened
from catalog.datasets.dataset import require_file
from catalog.importing.report import Problem
from catalog.models import Category
from catalog.text_limits import one_line
from kg.entities import entity_key, product_key
from kg.models import Kind
from kg.statement_writer import Statement

_PRODUCT_RELATIONS: Final = frozenset({"also_bought", "also_viewed", "bought_together"})


@dataclass(frozen=True, slots=True)
class TripleSet:
    """The triples of a data set: how many there are, and the statements that they make."""

    name: str
    triples: int
    statements: Iterator[Statement | Problem]


@dataclass(frozen=True, slots=True)
class _Item:
    """A product of the data set, with each category's whole path by the name of its level."""

    product: str
    paths: dict[str, str]


def amazon_beauty(folder: Path | None) -> TripleSet:
    """The 463,473 triples; the "line" of a problem is the line of the file."""
    items, triples = (
        require_file(folder, name) for name in ("items.jsonl.gz", "kg_in_catalogue.tsv.gz")
    )
    return TripleSet("amazon_beauty", 463_473, _statements(_items(items), triples))


LOADERS: Final[dict[str, Callable[[Path | None], TripleSet]]] = {"amazon_beauty": amazon_beauty}


def _items(path: Path) -> dict[str, _Item]:
    items: dict[str, _Item] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            paths: dict[str, str] = {}
            for names in item["categories"] or []:
                levels = [category_name(name) for name in map(clean_text, names) if name]
                for depth, name in enumerate(levels, start=1):
                    paths.setdefault(name, Category.SEPARATOR.join(levels[:depth]))
            items[str(item["item_id"])] = _Item(product_key(str(item["asin"])), paths)
    return items


def _statements(items: dict[str, _Item], path: Path) -> Iterator[Statement | Problem]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            cells = line.rstrip("\n").split("\t")
            if len(cells) != 3:
                yield Problem(number, "", _("needs item, relation and tail, divided by tabs"))
                continue
            item = items.get(cells[0])
            if item is None:
                yield Problem(number, "subject", _("there is no item “%s”") % cells[0][:40])
                continue
            yield _statement(number, item, cells[1], cells[2], items)


def _statement(
    number: int, item: _Item, relation: str, tail: str, items: dict[str, _Item]
) -> Statement | Problem:
    raw = tail.partition(":")[2]
    if relation in _PRODUCT_RELATIONS:
        other = items.get(raw)
        if other is None:
            return Problem(number, "object", _("there is no item “%s”") % raw[:40])
        return Statement(number, item.product, relation, other.product)
    name = clean_text(raw) or one_line(raw)
    if not name:
        return Problem(number, "object", _("has no name"))
    if relation == "brand":
        name = shortened(name, BRAND_LIMIT)
        key = entity_key(Kind.BRAND, name)
        return Statement(number, item.product, "made_by", key, object_name=name)
    if relation == "category":
        name = category_name(name)
        key = entity_key(Kind.CATEGORY, item.paths.get(name, name))
        return Statement(number, item.product, "in_category", key, object_name=name)
    return Problem(number, "predicate", _("“%s” is no relation of this data set") % relation[:40])
