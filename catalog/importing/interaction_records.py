"""From a file's record to an interaction, and what is wrong with either."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from catalog.attributes import is_missing
from catalog.importing.cells import float_cell, text_cell, time_cell
from catalog.importing.report import Problem
from catalog.rows import InteractionRow
from catalog.text_limits import text_problem
from recommender.contracts import EventType
from recommender.events.record import (
    ABOUT_PRODUCT,
    CLOCK_TOLERANCE,
    ID_LIMIT,
    QUERY_LIMIT,
    VALUE_RANGES,
    VALUE_REQUIRED,
)

REQUIRED = ("shopper", "type", "time")
COLUMNS = (*REQUIRED, "id", "product", "value", "query")
#: Histories are older than this shop; nobody clicked before there were clocks that count so.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
VALUE_LIMIT = 1e9

_READERS = {
    "id": text_cell,
    "shopper": text_cell,
    "product": text_cell,
    "query": text_cell,
    "type": text_cell,
    "value": float_cell,
    "time": time_cell,
}


@dataclass(frozen=True, slots=True)
class InteractionRecord:
    """An interaction with its line."""

    line: int
    row: InteractionRow
    #: Whether the id was made here: equal interactions are then one, and no mistake.
    id_derived: bool = False


def interaction_record(
    line: int, cells: Mapping[str, Any], now: datetime
) -> InteractionRecord | list[Problem]:
    """Read a record; one without an id gets an id made of all that it says."""
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for field, read in _READERS.items():
        cell = cells.get(field)
        if is_missing(cell):
            if field in REQUIRED:
                problems.append(Problem(line, field, _("is needed")))
            continue
        try:
            values[field] = read(cell)
        except ValueError as error:
            problems.append(Problem(line, field, str(error)))
    for field in ("id", "shopper", "product", "query"):
        values[field] = str(values.get(field, "")).strip()
    if "type" in values:
        try:
            values["type"] = EventType(values["type"].strip().lower())
        except ValueError:
            known = ", ".join(EventType)
            problems.append(Problem(line, "type", _("must be one of %s") % known))
    if problems:
        return problems
    row = InteractionRow(
        id=values["id"] or _derived_id(values),
        shopper=values["shopper"],
        product=values["product"],
        type=values["type"],
        value=values.get("value"),
        time=values["time"],
        query=values["query"],
    )
    problems = [Problem(line, *problem) for problem in interaction_row_problems(row, now)]
    return problems or InteractionRecord(line, row, id_derived=not values["id"])


def _derived_id(values: Mapping[str, Any]) -> str:
    """The same for the same interaction, so that importing it twice is importing it once."""
    told = [
        values["shopper"],
        values["product"],
        str(values["type"]),
        repr(values.get("value")),
        values["time"].isoformat(),
        values["query"],
    ]
    # Half a surrogate pair is refused later, and must not stop this.
    return hashlib.sha256("\x1f".join(told).encode("utf-8", "replace")).hexdigest()[:40]


def interaction_row_problems(row: InteractionRow, now: datetime) -> Iterator[tuple[str, str]]:
    """What no interaction may hold, whoever hands it over: field and reason."""
    for field, needed, limit in (
        ("id", True, ID_LIMIT),
        ("shopper", True, ID_LIMIT),
        ("product", row.type in ABOUT_PRODUCT, ID_LIMIT),
        ("query", row.type == EventType.SEARCH, QUERY_LIMIT),
    ):
        text = getattr(row, field)
        if needed and not text:
            yield field, _("is needed")
        elif problem := text_problem(text, limit=limit):
            yield field, problem
    if row.value is None:
        if row.type in VALUE_REQUIRED:
            yield "value", _("is needed for the type “%s”") % row.type
    else:
        low, high = VALUE_RANGES.get(row.type, (-VALUE_LIMIT, VALUE_LIMIT))
        if not math.isfinite(row.value) or not low <= row.value <= high:
            yield "value", _("must be from %(low)g to %(high)g") % {"low": low, "high": high}
    if row.time > now + CLOCK_TOLERANCE:
        yield "time", _("lies in the future")
    elif row.time < EARLIEST:
        yield "time", _("lies before the year %d") % EARLIEST.year
