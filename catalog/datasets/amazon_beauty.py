"""Amazon Beauty, 5-core: a real shop of beauty products, with titles, brands and categories.

Folder: ``items.jsonl.gz`` (asin, title, brand, category paths) and ``interactions.csv.gz``
(user_id, item_id, timestamp, position inside the user's history). The source records reviews, of
which the benchmark keeps that they happened: they enter as purchases of one unit. It has no
prices and no stock; both stay zero, and the products can be browsed and recommended.

Days are the finest time, and most shoppers have several interactions in one day. These share
their time, so that they are learnt from as one basket: the file sorts them by product code, and a
log that kept that order would teach it. The position only makes the id.
"""

from __future__ import annotations

import csv
import gzip
import html
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from catalog.datasets.dataset import Dataset, require_file
from catalog.pictures import group_for
from catalog.rows import CatalogueRow, InteractionRow
from recommender.contracts import EventType

PRODUCTS: Final = 12_101
INTERACTIONS: Final = 198_502
#: Some sellers wrote whole descriptions where a title belongs; a catalogue takes so much.
TITLE_LIMIT: Final = 300
BRAND_LIMIT: Final = 120

#: What the source writes where it knows nothing.
_EMPTY: Final = frozenset({"", "unknown", "n/a", "none", "null"})


def load(folder: Path | None = None, *, end: datetime | None = None) -> Dataset:
    """Rows of the shop. Times stay as recorded (1998 to 2014) whatever ``end`` says."""
    items = require_file(folder, "items.jsonl.gz")
    log = require_file(folder, "interactions.csv.gz")
    return Dataset("amazon_beauty", PRODUCTS, INTERACTIONS, _catalogue(items), _log(items, log))


def _items(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _catalogue(path: Path) -> Iterator[CatalogueRow]:
    for item in _items(path):
        asin = str(item["asin"])
        category = deepest_path(item["categories"] or [])
        brand = clean_text(item["brand"])
        title = clean_text(item["title"]) or f"{brand} {category[-1]}".strip()
        yield CatalogueRow(
            external_id=asin,
            title=shortened(title, TITLE_LIMIT),
            # What the title has no room for is still read, and found.
            description=title if len(title) > TITLE_LIMIT else "",
            category=category,
            brand=shortened(brand, BRAND_LIMIT),
            group=group_for(category, title),
        )


def _log(items: Path, path: Path) -> Iterator[InteractionRow]:
    asins = {str(item["item_id"]): str(item["asin"]) for item in _items(items)}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield InteractionRow(
                id=f"ab-{row['user_id']}-{row['position']}",
                shopper=f"beauty-{row['user_id']}",
                product=asins[row["item_id"]],
                type=EventType.PURCHASE,
                value=1.0,
                time=datetime.fromtimestamp(int(row["timestamp"]), UTC),
            )


def clean_text(raw: str | None) -> str:
    """Text as it was typed: entities decoded (some twice), spaces single, "Unknown" as nothing."""
    text = html.unescape(html.unescape(raw or ""))
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]{1,40}>", " ", text)).strip()
    return "" if text.lower() in _EMPTY else text


def shortened(text: str, limit: int) -> str:
    """The text, or as many of its words as the limit of characters allows."""
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;-") + "…"


def deepest_path(paths: list[list[str]]) -> tuple[str, ...]:
    """The longest category path, the first of equals; "Beauty" where the source names none."""
    longest = max(paths, key=len, default=[])
    return tuple(name for name in map(clean_text, longest) if name) or ("Beauty",)
