"""Amounts in titles: "3.4-Ounce", "8 fl. oz", "250ml", "Pack of 2", "6-Count", "SPF 30"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kg.extraction.rules.finding import Finding, attribute

#: Spelling to the unit as the shop writes it.
_UNITS = {
    "fl oz": r"fl(?:uid)?\.?[\s-]*(?:oz|ounces?)",
    "oz": r"oz|ounces?",
    "ml": r"ml|millilit(?:er|re)s?",
    "l": r"lit(?:er|re)s?",
    "g": r"g|gr|grams?",
    "kg": r"kg|kilos?|kilograms?",
    "mg": r"mg|milligrams?",
    "lb": r"lbs?|pounds?",
    "gallon": r"gallons?",
    "quart": r"quarts?",
    "pint": r"pints?",
    "square feet": r"square\s+feet",
    "inch": r"inch(?:es)?|″",
    "mm": r"mm|millimet(?:er|re)s?",
    "cm": r"cm|centimet(?:er|re)s?",
}
_NUMBER = r"\d{1,4}(?:,\d{3})*(?:[.,]\d{1,3})?|\.\d{1,4}"
_SIZE = re.compile(
    rf"(?<![\w.,/%])(?:(?P<times>\d{{1,3}})\s?[×x]\s?)?(?P<number>{_NUMBER})[\s-]{{0,2}}(?:"
    + "|".join(f"(?P<u{i}>{words})" for i, words in enumerate(_UNITS.values()))
    + r")(?![\w/])",
    re.IGNORECASE,
)
_PIECES = re.compile(
    r"(?<![\w.,-])(?:(?:pack|set|box|case|bag)[\s-]of[\s-](?P<a>\d{1,4})"
    r"|(?P<b>\d{1,4})[\s-]?(?:count|ct|pack|pk|pcs?|pieces?|pairs?))(?![\w/])",
    re.IGNORECASE,
)
_SPF = re.compile(r"(?<!\w)SPF[\s-]?(?P<factor>\d{1,3})(?:\+|(?!\w))", re.IGNORECASE)
#: Lengths say how large a thing is only where no other amount does; these are no sizes to buy by.
_STRENGTHS = {"mg"}


def _decimal(number: str) -> str:
    """A number in one spelling: ``.50`` and ``0.5`` are the same."""
    number = re.sub(r",(?=\d{3}(?!\d))", "", number).replace(",", ".")
    whole, _dot, part = number.partition(".")
    part = part.rstrip("0")
    return f"{int(whole or 0)}.{part}" if part else str(int(whole or 0))


def sizes(sentence: str) -> Iterator[Finding]:
    """Size, number of pieces and sun protection factor."""
    for match in _SIZE.finditer(sentence):
        unit = next(u for i, u in enumerate(_UNITS) if match[f"u{i}"])
        number = _decimal(match["number"])
        if number == "0" or unit in _STRENGTHS:
            continue
        times = f"{int(match['times'])} × " if match["times"] else ""
        size = f"{times}{number} {_plural(unit, number)}"
        yield attribute("size", size, *match.span(), "size")
    for match in _PIECES.finditer(sentence):
        count = int(match["a"] or match["b"])
        if count > 1:
            yield attribute("pieces", str(count), *match.span(), "pieces")
    for match in _SPF.finditer(sentence):
        if int(match["factor"]) >= 2:
            yield attribute("SPF", str(int(match["factor"])), *match.span(), "SPF")


def _plural(unit: str, number: str) -> str:
    return f"{unit}s" if unit in {"gallon", "quart", "pint"} and number != "1" else unit
