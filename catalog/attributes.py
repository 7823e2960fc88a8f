"""Typed attributes: what a value must look like, and what type a new attribute seems to have."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalog.models import AttributeType
from catalog.text_limits import one_line, text_problem

Value = str | int | float | bool

TEXT_LIMIT = 500
COUNT_LIMIT = 100
_KEY = re.compile(r"[-a-zA-Z0-9_]{1,60}")
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
#: Whole numbers beyond this lose digits in JSON readers and in SQLite.
_EXACT = 2**53

#: A new attribute is offered as a filter when it has few values that many products share.
FACET_VALUES = range(2, 41)
FACET_SHARE = 2


def attribute_value(kind: str, value: Any) -> Value:
    """The value as JSON stores it for an attribute of this kind; raises ValueError with the reason.

    Text stands for a value of any kind, as files without types hold it; dates are stored as
    ISO 8601 text.
    """
    match kind:
        case AttributeType.Kind.NUMBER:
            return _number(value)
        case AttributeType.Kind.BOOLEAN:
            return _truth(value)
        case AttributeType.Kind.DATE:
            return _date(value)
        case _:
            return _text(value)


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ValueError(_("must be a number"))
    try:
        number = Decimal(value if isinstance(value, int | Decimal) else str(value).strip())
    except InvalidOperation:
        raise ValueError(_("must be a number")) from None
    if not number.is_finite() or not math.isfinite(float(number)):
        raise ValueError(_("must be a finite number"))
    if number == number.to_integral_value():
        if abs(number) > _EXACT:
            raise ValueError(_("is beyond %d, the limit of whole numbers") % _EXACT)
        return int(number)
    return float(number)


def _truth(value: Any) -> bool:
    word = str(value).strip().lower() if isinstance(value, str | int) else ""
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(_("must be yes or no (true, false)"))


def _date(value: Any) -> str:
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip()).isoformat()
        except ValueError:
            pass
    raise ValueError(_("must be a date such as 2025-12-31"))


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal | date):
        raise ValueError(_("must be one text, not a list or an object"))
    text = one_line(value if isinstance(value, str) else str(value))
    if problem := text_problem(text, limit=TEXT_LIMIT):
        raise ValueError(problem)
    return text


def attributes_cleaned(
    attributes: Any, kinds: Mapping[str, str]
) -> tuple[dict[str, Value], list[str]]:
    """The values as they are stored, and what is wrong with the others, each named by its key.

    ``kinds`` maps the key of every attribute that exists to its kind. Empty values are left out:
    a product that lacks an attribute does not hold it.
    """
    if not isinstance(attributes, Mapping):
        return {}, [_("must be an object of keys and values")]
    if len(attributes) > COUNT_LIMIT:
        return {}, [
            _("has %(count)d keys; the limit is %(limit)d")
            % {"count": len(attributes), "limit": COUNT_LIMIT}
        ]
    cleaned: dict[str, Value] = {}
    problems: list[str] = []
    for key, value in attributes.items():
        if is_missing(value):
            continue
        if key not in kinds:
            problems.append(_("“%s” is no known attribute") % str(key)[:60])
            continue
        try:
            cleaned[key] = attribute_value(kinds[key], value)
        except ValueError as error:
            problems.append(f"“{key}” {error}")
    return cleaned, problems


def is_missing(value: Any) -> bool:
    """Whether a cell says nothing: absent, blank, or a table's NaN."""
    return (
        value is None
        or (isinstance(value, str) and not value.strip())
        or (isinstance(value, float) and math.isnan(value))
    )


def attributes_checked(attributes: Any) -> dict[str, Value]:
    """Values for a product to be saved; raises a ValidationError under "attributes"."""
    kinds = dict(AttributeType.objects.values_list("key", "kind"))
    cleaned, problems = attributes_cleaned(attributes, kinds)
    if problems:
        raise ValidationError({"attributes": problems})
    return cleaned


def is_key(key: Any) -> bool:
    """Whether a new attribute may have this key: letters, digits, - and _, at most 60."""
    return isinstance(key, str) and _KEY.fullmatch(key) is not None


def infer_kind(values: Collection[Any], *, from_text: bool = False) -> AttributeType.Kind:
    """The narrowest kind that takes all values; missing ones do not count.

    ``from_text``: the values come from a file that knows nothing but text, so "12" is a number.
    Elsewhere a text stays a text unless it is a date.
    """
    present = [value for value in values if not is_missing(value)]
    if not present:
        return AttributeType.Kind.TEXT
    if from_text:
        # "1" and "0" alone are rather counts than answers.
        words = {str(value).strip().lower() for value in present}
        if words <= (_TRUE | _FALSE) - {"1", "0"}:
            return AttributeType.Kind.BOOLEAN
        candidates = [AttributeType.Kind.NUMBER, AttributeType.Kind.DATE]
    elif all(isinstance(value, bool) for value in present):
        return AttributeType.Kind.BOOLEAN
    elif all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        for value in present
    ):
        candidates = [AttributeType.Kind.NUMBER]
    else:
        candidates = [AttributeType.Kind.DATE]
    for kind in candidates:
        if all(_fits(kind, value) for value in present):
            return kind
    return AttributeType.Kind.TEXT


def _fits(kind: str, value: Any) -> bool:
    # "007" and "1e5" are names of things in a file of texts: a number would lose their spelling.
    if kind == AttributeType.Kind.NUMBER and isinstance(value, str):
        return re.fullmatch(r"-?(0|[1-9]\d{0,14})(\.\d+)?", value.strip()) is not None
    try:
        attribute_value(kind, value)
    except ValueError:
        return False
    return True


def attribute_types_infer(
    values: Mapping[str, Sequence[Any]], *, from_text: bool = False
) -> list[AttributeType]:
    """Make the attributes that do not exist yet, from the values that were seen of each key.

    Keys that no attribute may have are passed over; ``attributes_cleaned`` reports them.
    """
    known = set(AttributeType.objects.filter(key__in=list(values)).values_list("key", flat=True))
    made = []
    for key, seen in values.items():
        present = [value for value in seen if not is_missing(value)]
        if key in known or not present or not is_key(key):
            continue
        kind = infer_kind(present, from_text=from_text)
        distinct = len({str(value) for value in present})
        made.append(
            AttributeType(
                key=key,
                label=one_line(key.replace("_", " ").replace("-", " ")).capitalize() or key,
                kind=kind,
                is_facet=kind in (AttributeType.Kind.TEXT, AttributeType.Kind.BOOLEAN)
                and distinct in FACET_VALUES
                and distinct * FACET_SHARE <= len(present),
            )
        )
    AttributeType.objects.bulk_create(made, ignore_conflicts=True)
    return made
