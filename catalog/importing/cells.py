"""Single cells, from whatever a file holds to typed values; ValueError says what is wrong."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from catalog.attributes import is_missing


def text_cell(value: Any) -> str:
    """Text as it is; whole numbers too, since ids are often written as numbers."""
    if is_missing(value):
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        if value.bit_length() > 256:
            raise ValueError(_("must be text"))
        return str(value)
    if not isinstance(value, str):
        raise ValueError(_("must be text"))
    return value


def decimal_cell(value: Any) -> Decimal:
    """A finite number written with a point, without signs of currency or of thousands."""
    try:
        if isinstance(value, bool):
            raise InvalidOperation
        if isinstance(value, float):
            value = repr(value)
        number = Decimal(value.strip() if isinstance(value, str) else value)
    except (InvalidOperation, TypeError, ValueError):
        raise ValueError(_("must be a number such as 12.50")) from None
    if not number.is_finite():
        raise ValueError(_("must be a number such as 12.50"))
    return number


def whole_cell(value: Any) -> int:
    """A whole number; 3.0 is one."""
    number = decimal_cell(value)
    if abs(number) >= Decimal(10) ** 18 or number != number.to_integral_value():
        raise ValueError(_("must be a whole number"))
    return int(number)


def float_cell(value: Any) -> float:
    """A finite number."""
    number = float(decimal_cell(value))
    if not math.isfinite(number):
        raise ValueError(_("must be a finite number"))
    return number


def time_cell(value: Any) -> datetime:
    """ISO 8601, or seconds since 1970; without an offset it is taken as UTC."""
    moment: datetime | None = None
    try:
        if isinstance(value, datetime):
            moment = value
        elif isinstance(value, date):
            moment = datetime(value.year, value.month, value.day, tzinfo=UTC)
        elif (
            isinstance(value, str) and not value.strip().lstrip("-").replace(".", "", 1).isdecimal()
        ):
            text = value.strip()
            moment = parse_datetime(text) or datetime.fromisoformat(text)
        else:
            moment = datetime.fromtimestamp(float(decimal_cell(value)), UTC)
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(
            _("must be a time such as 2025-01-31T12:00:00Z, or seconds since 1970")
        ) from None


def names_cell(value: Any, separator: str) -> tuple[str, ...]:
    """A path of names: a list, or one text whose names are joined by the separator."""
    if isinstance(value, str):
        value = value.split(separator)
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
        raise ValueError(_("must be names joined by “%s”, or a list of names") % separator.strip())
    return tuple(name.strip() for name in value if name.strip())
