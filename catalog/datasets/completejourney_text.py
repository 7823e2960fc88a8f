"""How the demo shop words its products: from a till's columns to what a shelf label says.

The till's product types are abbreviations ("SFT DRNK 2 LITER BTL CARB INCL"). Every type that the
shop sells is written out by hand in ``completejourney_types.csv``, with its department and aisle;
a type that is not in that table (tobacco, alcohol, fuel, coupons, prescriptions, tickets) is not
sold. So no abbreviation can reach a page.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from catalog.datasets.labels import maker_label
from catalog.datasets.sizes import Size

HOUSE_BRAND: Final = "House brand"

#: Departments whose loose goods carry no maker: their ids there number cuts and grades.
_COUNTERS: Final = frozenset(
    {"Fruit & vegetables", "Meat & poultry", "Fish & seafood", "Deli", "Bakery"}
)
#: The id under which the data books goods without a maker.
_NO_MAKER: Final = 2

#: The heaviest bag of loose produce that a shopper carries, in pounds; above it, the size in the
#: data is that of the case in which the shop received it.
_BAG_LB: Final = {"Potatoes, onions & roots": 15}
_OTHER_BAG_LB: Final = 8
_LOOSE_PIECES: Final = 4

_STORAGE: Final = {"Frozen": "Frozen", "Dairy & eggs": "Chilled", "Meat & poultry": "Chilled",
                   "Fish & seafood": "Chilled", "Deli": "Chilled", "Food cupboard": "Cupboard",
                   "Breakfast": "Cupboard"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProductType:
    """A kind of product as the shop names it; ``name`` is lower case unless a proper name."""

    department: str
    aisle: str
    name: str

    @property
    def leaf(self) -> str:
        """The name as a category is written."""
        return sentence_case(self.name)


@cache
def product_types() -> Mapping[tuple[str, str], ProductType]:
    """Every type that the shop sells, by the till's category and type."""
    path = Path(__file__).with_name("completejourney_types.csv")
    with path.open(encoding="utf-8", newline="") as rows:
        return {
            (row["product_category"], row["product_type"]): ProductType(
                row["department"], row["aisle"], row["name"]
            )
            for row in csv.DictReader(rows)
        }


def sentence_case(text: str) -> str:
    """The first letter as a capital, the others as they are."""
    return text[:1].upper() + text[1:]


def brand_name(kind: ProductType, *, private: bool, maker: int, sized: bool) -> str:
    """What stands on the label; empty for goods from a counter, which carry none."""
    if private:
        return HOUSE_BRAND
    if maker == _NO_MAKER or (kind.department in _COUNTERS and not sized):
        return ""
    return maker_label(maker)


def shelf_size(kind: ProductType, size: Size) -> Size:
    """The size that a shopper sees: none where the data's is that of the shop's own case."""
    if kind.department != "Fruit & vegetables":
        return size
    limit = _BAG_LB.get(kind.aisle, _OTHER_BAG_LB)
    if size.unit == "lb" and size.amount is not None and size.amount > limit:
        return Size()
    if size.amount is None and size.count > _LOOSE_PIECES:
        return Size()
    return size


def title_of(kind: ProductType, brand: str, size: Size) -> str:
    """Brand, type and size in sentence case: "Galmere potato crisps, 11 oz"."""
    words = f"{brand} {kind.name}" if brand else sentence_case(kind.name)
    # "Soft drink, 2 litre bottle" and "ice cream pint" have said their size already.
    measure = size.text.removesuffix("s")
    said = measure in kind.name or kind.name.endswith(f" {measure.removeprefix('1 ')}")
    return words if said else f"{words}, {size.text}"


def description_of(kind: ProductType, brand: str, size: Size) -> str:
    """Two sentences, made of what the data says and nothing else."""
    maker = f", made by {brand}" if brand else ""
    if brand == HOUSE_BRAND:
        maker = ", our house brand"
    what = f"{kind.leaf}{maker}" + (f", {size.text}" if size.text else "")
    return f"{what}. In our {kind.department} department, under {kind.aisle}."


def attributes_of(kind: ProductType, brand: str, size: Size) -> dict[str, str | int | bool]:
    """Typed facts for facets, similarity and the knowledge graph."""
    facts: dict[str, str | int | bool] = {"own_brand": brand == HOUSE_BRAND}
    if size.text:
        facts["size"] = size.text
    if size.count > 1:
        facts["pieces"] = size.count
    if kind.name.startswith("organic"):
        facts["organic"] = True
    if kind.name.startswith(("light", "lighter")):
        facts["lighter"] = True
    if kind.department in _STORAGE:
        facts["storage"] = _STORAGE[kind.department]
    return facts
