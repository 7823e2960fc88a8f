"""Reads package sizes as a till writes them ("12 PK/12 OZ") and writes them as a label does.

A till's size is free text: counts, weights and volumes in either order, fractions, stray letters
in front. What cannot be read is no size, so nothing unreadable reaches a shopper.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

_UNITS: Final = {
    "OZ": "oz", "OZS": "oz", "FL OZ": "fl oz", "LB": "lb", "L": "litre", "ML": "ml",
    "GA": "gallon", "GAL": "gallon", "QT": "quart", "PT": "pint", "FT": "feet",
    "SQ FT": "square feet", "LOAD": "loads", "LOADS": "loads", "LD": "loads", "STEM": "stems",
}  # fmt: skip
_COUNTS: Final = {"CT": 1, "PK": 1, "PC": 1, "DZ": 12, "DOZ": 12}
_PLURALS: Final = {"gallon": "gallons", "quart": "quarts", "pint": "pints", "litre": "litres"}
#: Fluid ounces in the larger American measures, largest first.
_FLUID: Final = (("gallon", 128), ("quart", 32), ("pint", 16))
_HALF: Final = Decimal("0.5")
#: Ounces of a half-litre bottle; multipacks are booked by their total.
_BOTTLE_OZ: Final = Decimal("16.9")

_NUMBER = r"\d+ \d/\d|[1-3]/[2-4](?=\s*[A-Z])|\d*\.?\d+"
_PART = re.compile(
    rf"(?<![A-Z])(?P<n>{_NUMBER})?\s*(?P<u>FL OZ|SQ FT|OZS|OZ|LB|ML|GAL|GA|QT|PT|FT|LOADS|LOAD"
    r"|LD|STEM|CT|PK|PC|DOZ|DZ|L)?(?![A-Z])"
)


@dataclass(frozen=True, slots=True)
class Size:
    """How much is in a package: so many pieces, of so much of a unit; either may be unknown."""

    count: int = 1
    amount: Decimal | None = None
    unit: str = ""
    #: Whether the amount is one piece's ("12 × 12 oz") rather than the package's.
    each: bool = False

    @property
    def text(self) -> str:
        """The size as a label says it; empty where nothing is known."""
        measure = ""
        if self.amount is not None:
            unit = _PLURALS.get(self.unit, self.unit) if self.amount > 1 else self.unit
            measure = f"{'½' if self.amount == _HALF else _plain(self.amount)} {unit}"
        if self.count <= 1:
            return measure
        if not measure:
            return f"pack of {self.count}"
        return f"{self.count} × {measure}" if self.each else f"pack of {self.count}, {measure}"


def parse_size(raw: str | None) -> Size:
    """Read a till's size; ``Size()`` where it says nothing that can be read."""
    text = re.sub(r"^\s*(?:[LN]\s+|\(?\d{3,}\)?\s+)(?=[\d.])", "", (raw or "").strip())
    if re.search(r"\d-\d\d+ CT", text):  # "48-54 CT" is a grade of fruit in a case
        return Size()
    parts = [
        (m["n"], m["u"]) for m in _PART.finditer(text) if (m["n"] or m["u"]) and m.group().strip()
    ]
    count, counted_by, amount, unit = 1, "", None, ""
    bare: list[Decimal] = []
    for number, word in parts:
        value = _value(number) if number else Decimal(1)
        if word in _COUNTS:
            count, counted_by = int(value) * _COUNTS[word], word
        elif word and amount is None:
            amount, unit = value, _UNITS[word]
        elif number:
            bare.append(value)
    if amount is not None and count == 1 and bare and bare[0] == int(bare[0]) and bare[0] < 100:
        count, counted_by = int(bare[0]), "PK"  # "10/6.75 OZ"
    if count >= 1000:  # a till's own number, not a count
        count, counted_by = 1, ""
    if amount is not None and amount <= 0:
        amount, unit = None, ""
    if unit == "oz" and amount and count == 1 and amount > _BOTTLE_OZ and not amount % _BOTTLE_OZ:
        return Size(int(amount / _BOTTLE_OZ), _BOTTLE_OZ, "oz", each=True)
    # "8 PK/24.8 OZ" is the whole box: no single piece of a multipack weighs that much.
    each = counted_by == "PK" and amount is not None and amount < 17
    return Size(max(count, 1), amount, unit, each)


def in_unit_of_type(size: Size, units: frozenset[str]) -> Size:
    """Say the size in the unit that its product type uses, so that equal sizes read alike.

    Ounces become pounds where the type is also sold by the pound, and gallons, quarts or pints
    where it is sold by those.
    """
    if size.unit not in ("oz", "fl oz") or size.amount is None or size.count > 1:
        return size
    if size.unit == "oz" and "lb" in units:
        if size.amount >= 16 and not size.amount % 16:
            return Size(1, size.amount / 16, "lb")
        return size
    if units & {"gallon", "quart", "pint"}:
        for unit, ounces in _FLUID:
            if size.amount >= ounces and not size.amount % ounces:
                return Size(1, size.amount / ounces, unit)
        if size.amount == 64:
            return Size(1, _HALF, "gallon")
    return size


def _value(number: str) -> Decimal:
    total = Decimal(0)
    for piece in number.split():
        top, _, bottom = piece.partition("/")
        total += Decimal(top) / Decimal(bottom) if bottom else Decimal(top)
    return total


def _plain(value: Decimal) -> str:
    """A number without trailing zeros and never in scientific notation."""
    rounded = value.quantize(Decimal("0.01")).normalize()
    return f"{rounded:f}"
