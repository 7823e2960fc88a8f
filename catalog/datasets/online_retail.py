"""Online Retail: a year of invoices of a British gift shop (Dr Daqing Chen, UCI repository).

Folder: ``online_retail.csv.gz``. Returns (invoice numbers that begin with C), free lines and lines
without a customer are dropped, as are the till's own codes for postage, fees and samples. Lines of
one invoice and product are one purchase. The shop has no categories: products are filed by what
their names say, through the picture groups, and the names are written in readable case.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Final

from catalog.datasets.dataset import Dataset, require_file, whole_weeks_to
from catalog.pictures import group_for, group_title
from catalog.rows import CatalogueRow, InteractionRow
from recommender.contracts import EventType

#: Stock codes of goods: five digits and perhaps letters. Others book postage, fees and the like.
_GOODS: Final = re.compile(r"\d{5}[A-Za-z]{0,2}")
_STOCK_WEEKS: Final = 2
_YEAR_WEEKS: Final = 53
#: Words that stay in capitals, being names or initials.
_KEPT: Final = {"t-light": "T-light", "uk": "UK", "usa": "USA", "led": "LED", "lcd": "LCD",
                "i": "I", "christmas": "Christmas", "xmas": "Christmas", "easter": "Easter",
                "london": "London", "paris": "Paris", "french": "French", "english": "English",
                "danish": "Danish", "scandinavian": "Scandinavian", "victorian": "Victorian",
                "edwardian": "Edwardian", "moroccan": "Moroccan", "parisienne": "Parisienne",
                "union": "Union", "jack": "Jack", "asstd": "assorted", "assorted": "assorted",
                "w": "with", "cm": "cm"}  # fmt: skip


@dataclass(slots=True)
class _Product:
    names: Counter[str] = field(default_factory=Counter)
    prices: list[float] = field(default_factory=list)
    units: int = 0
    first: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Purchase:
    invoice: str
    product: str
    customer: str
    quantity: float
    time: datetime


def load(folder: Path | None = None, *, end: datetime | None = None) -> Dataset:
    """Rows of the gift shop, moved by whole weeks so that the last invoice is just before ``end``.

    Times in the source have no zone and are taken as UTC, as the shop is in Britain.
    """
    products, purchases = _read(require_file(folder, "online_retail.csv.gz"))
    shift = whole_weeks_to(max(one.time for one in purchases), end)
    return Dataset(
        name="online_retail",
        products=len(products),
        interactions=len(purchases),
        catalogue=_catalogue(products, shift),
        log=_log(purchases, shift),
    )


def _read(path: Path) -> tuple[dict[str, _Product], list[_Purchase]]:
    products: defaultdict[str, _Product] = defaultdict(_Product)
    merged: dict[tuple[str, str], _Purchase] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            quantity, price = float(row["Quantity"]), float(row["UnitPrice"])
            code = row["StockCode"].upper()
            kept = row["CustomerID"] and not row["InvoiceNo"].startswith("C")
            if not kept or quantity <= 0 or price <= 0 or not _GOODS.fullmatch(code):
                continue
            time = datetime.fromisoformat(row["InvoiceDate"]).replace(tzinfo=UTC)
            product = products[code]
            product.names[row["Description"].strip()] += 1
            product.prices.append(price)
            product.units += int(quantity)
            product.first = min(time, product.first or time)
            key = (row["InvoiceNo"], code)
            before = merged[key].quantity if key in merged else 0.0
            customer = str(int(float(row["CustomerID"])))
            merged[key] = _Purchase(row["InvoiceNo"], code, customer, before + quantity, time)
    return dict(products), sorted(merged.values(), key=lambda one: (one.time, one.invoice))


def _catalogue(products: Mapping[str, _Product], shift: timedelta) -> Iterator[CatalogueRow]:
    for code, product in products.items():
        title = readable(product.names.most_common(1)[0][0])
        group = group_for(("Gifts",), title)
        yield CatalogueRow(
            external_id=code,
            title=title,
            price=Decimal(str(median(product.prices))).quantize(Decimal("0.01")),
            stock=-(-product.units * _STOCK_WEEKS // _YEAR_WEEKS),
            category=("Gifts", group_title(group)),
            group=group,
            created=product.first + shift if product.first else None,
        )


def _log(purchases: list[_Purchase], shift: timedelta) -> Iterator[InteractionRow]:
    for one in purchases:
        yield InteractionRow(
            id=f"or-{one.invoice}-{one.product}",
            shopper=f"customer-{one.customer}",
            product=one.product,
            type=EventType.PURCHASE,
            value=one.quantity,
            time=one.time + shift,
        )


def readable(name: str) -> str:
    """A name in capitals as a sentence: "SET/4 RED T-LIGHTS" becomes "Set of 4 red T-lights"."""
    text = re.sub(r"\b(SET|PACK|BOX)\s?/\s?(\d+)", r"\1 of \2", name, flags=re.IGNORECASE)
    text = re.sub(r"\bS/(\d+)", r"set of \1", text, flags=re.IGNORECASE)
    text = re.sub(r"\bW/\s?", "with ", text, flags=re.IGNORECASE)
    text = re.sub(r"\s+", " ", text.replace(",", ", ").replace(" ,", ",")).strip(" .,")
    words = (_KEPT.get(word.lower(), word.lower()) for word in text.split(" "))
    sentence = " ".join(words).replace("t-light", "T-light")
    return sentence[:1].upper() + sentence[1:]
