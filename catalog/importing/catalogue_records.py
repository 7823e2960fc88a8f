"""From a file's record to a row of the catalogue, and what is wrong with either."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalog.attributes import is_missing
from catalog.categories import category_path
from catalog.importing.cells import decimal_cell, names_cell, text_cell, time_cell, whole_cell
from catalog.importing.report import Problem
from catalog.models import Category, Product
from catalog.rows import CatalogueRow
from catalog.services import BRAND_LIMIT
from catalog.text_limits import one_line, text_problem

REQUIRED = ("external_id", "title")
#: A column "attribute.colour" holds the attribute colour; "attributes" holds all as an object.
ATTRIBUTE_PREFIX = "attribute."
COLUMNS = (
    *REQUIRED,
    "description",
    "price",
    "stock",
    "status",
    "kind",
    "product_type",
    "category",
    "brand",
    "attributes",
    "published_at",
    ATTRIBUTE_PREFIX,
)

ID_LIMIT, TITLE_LIMIT, DESCRIPTION_LIMIT = 100, 300, 100_000
STOCK_LIMIT = 2_147_483_647
PRICE_LIMIT = Decimal(10) ** 8

#: Columns by the field of the row that they fill.
_FIELDS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "external_id": ("external_id", text_cell),
    "title": ("title", text_cell),
    "description": ("description", text_cell),
    "price": ("price", decimal_cell),
    "stock": ("stock", whole_cell),
    "status": ("status", text_cell),
    "kind": ("product_type", text_cell),
    "product_type": ("product_type", text_cell),
    "category": ("category", lambda value: names_cell(value, Category.SEPARATOR)),
    "brand": ("brand", text_cell),
    "published_at": ("created", time_cell),
}

#: The fields of a row that every data set fills.
ALL_FIELDS = frozenset(CatalogueRow.__dataclass_fields__) - {"external_id", "created"}


@dataclass(frozen=True, slots=True)
class CatalogueRecord:
    """A row with its line, and the fields that the file speaks of: others stay as they are."""

    line: int
    row: CatalogueRow
    given: frozenset[str] = ALL_FIELDS


def catalogue_record(line: int, cells: Mapping[str, Any]) -> CatalogueRecord | list[Problem]:
    """Read a record; an empty cell empties the field, a column that is absent leaves it alone."""
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    given: set[str] = set()
    for column, (field, read) in _FIELDS.items():
        if column not in cells:
            continue
        given.add(field)
        if is_missing(cells[column]) or cells[column] in ([], ()):
            continue
        try:
            values[field] = read(cells[column])
        except ValueError as error:
            problems.append(Problem(line, column, str(error)))
    try:
        attributes = _attributes(cells)
    except ValueError as error:
        problems.append(Problem(line, "attributes", str(error)))
        attributes = None
    if attributes is not None:
        values["attributes"] = attributes
        given.add("attributes")
    for field in REQUIRED:
        values.setdefault(field, "")
    for field in ("external_id", "title", "brand"):
        values[field] = one_line(values.get(field, ""))
    for field in ("status", "product_type"):
        if field in values:
            values[field] = values[field].strip().lower()
    row = CatalogueRow(**values)
    named = {problem.field for problem in problems}
    problems += [
        Problem(line, field, reason)
        for field, reason in catalogue_row_problems(row)
        if field not in named
    ]
    return problems or CatalogueRecord(line, row, frozenset(given - {"external_id"}))


def _attributes(cells: Mapping[str, Any]) -> dict[str, Any] | None:
    """The attributes that the record names; None where it names none at all."""
    own = {
        name.removeprefix(ATTRIBUTE_PREFIX): value
        for name, value in cells.items()
        if name.startswith(ATTRIBUTE_PREFIX)
    }
    if "attributes" not in cells:
        return own or None
    together = cells["attributes"]
    if isinstance(together, str) and together.strip():
        try:
            together = json.loads(together)
        except (ValueError, RecursionError):
            raise ValueError(_("must be a JSON object")) from None
    if is_missing(together):
        return own
    if not isinstance(together, Mapping):
        raise ValueError(_("must be an object of keys and values"))
    return {**together, **own}


def catalogue_row_problems(row: CatalogueRow) -> Iterator[tuple[str, str]]:
    """What no row of the catalogue may hold, whoever hands it over: field and reason.

    Attributes are checked where their types are known.
    """
    for field, limit in (("external_id", ID_LIMIT), ("title", TITLE_LIMIT)):
        text = getattr(row, field)
        if not text:
            yield field, _("is needed")
        elif problem := text_problem(text, limit=limit):
            yield field, problem
    for field, limit in (("description", DESCRIPTION_LIMIT), ("brand", BRAND_LIMIT)):
        if problem := text_problem(getattr(row, field), limit=limit):
            yield field, problem
    if row.price is not None:
        yield from (("price", reason) for reason in _price_problems(row.price))
    if not 0 <= row.stock <= STOCK_LIMIT:
        yield "stock", _("must be from 0 to %d") % STOCK_LIMIT
    for field, known in (("status", Product.Status.values), ("product_type", Product.Kind.values)):
        if getattr(row, field) not in known:
            name = "kind" if field == "product_type" else field
            yield name, _("must be one of %s") % ", ".join(known)
    if row.category:
        try:
            category_path(row.category)
        except ValidationError as error:
            yield "category", " ".join(error.messages)


def _price_problems(price: Decimal) -> Iterator[str]:
    if price < 0:
        yield _("must not be negative")
    elif price >= PRICE_LIMIT:
        yield _("must be less than %d") % PRICE_LIMIT
    elif price != price.quantize(Decimal("0.01")):
        yield _("has more than 2 decimals")
