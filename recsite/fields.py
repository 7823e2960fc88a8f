"""Reads the fields of a request, from its query or its JSON body, and names all that is wrong.

Each reader notes an error and returns a stand-in, so that a client learns of all its mistakes at
once; ``check`` then raises ``Invalid`` with every one of them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from catalog.text_limits import text_problem
from recsite.problems import FieldError, Invalid

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})


class Fields:
    """The fields of one request."""

    def __init__(self, source: Any) -> None:
        """``source`` is ``request.query_params`` or ``request.data``.

        Raises:
            Invalid: the body is no JSON object.
        """
        if not isinstance(source, Mapping | QueryDict):
            raise Invalid(FieldError("", _("A JSON object is needed.")))
        self.source: Mapping[str, Any] | QueryDict = source
        self.errors: list[FieldError] = []

    def wrong(self, name: str, detail: str, limit: float | int | None = None) -> None:
        """Note that a field is wrong."""
        self.errors.append(FieldError(name, detail, limit))

    def check(self) -> None:
        """Raise ``Invalid`` if any field was wrong."""
        if self.errors:
            raise Invalid(*self.errors)

    def given(self, name: str) -> bool:
        """Whether the field is there, be it empty."""
        return name in self.source

    def values(self, name: str) -> list[str]:
        """All values of a parameter that may be repeated in a query."""
        return self.source.getlist(name) if isinstance(self.source, QueryDict) else []

    def _value(self, name: str) -> Any:
        value = self.source.get(name)
        return None if value == "" else value

    def text(self, name: str, *, limit: int, required: bool = False, default: str = "") -> str:
        """Text of at most ``limit`` characters, without blanks at its ends."""
        value = self.source.get(name)
        if value is None:
            value = ""
        if not isinstance(value, str):
            self.wrong(name, _("Text is needed."))
            return default
        value = value.strip()
        return self._text_checked(name, value, limit, required, default)

    def identifier(
        self, name: str, *, limit: int = 100, required: bool = False, default: str = ""
    ) -> str:
        """An external id: text, or a whole number that stands for its digits."""
        value = self.source.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value) if abs(value) < 10**limit else "0" * (limit + 1)
        if value is None:
            value = ""
        if not isinstance(value, str):
            self.wrong(name, _("Text is needed."))
            return default
        return self._text_checked(name, value, limit, required, default)

    def _text_checked(self, name: str, value: str, limit: int, required: bool, default: str) -> str:
        if required and not value:
            self.wrong(name, _("This field is needed."))
        elif len(value) > limit:
            self.wrong(name, _("At most %(limit)d characters.") % {"limit": limit}, limit)
        elif reason := text_problem(value):
            self.wrong(name, reason)
        else:
            return value or default
        return default

    def integer(
        self, name: str, *, low: int, high: int, default: int = 0, required: bool = False
    ) -> int:
        """A whole number within its limits; text is taken for its digits."""
        value = self._value(name)
        if value is None:
            if required:
                self.wrong(name, _("This field is needed."))
            return default
        number: int | None = None
        if isinstance(value, str) and len(value) <= 20:
            try:
                number = int(value)
            except ValueError:
                number = None
        elif isinstance(value, int | float) and not isinstance(value, bool):
            number = int(value) if math.isfinite(value) and value == int(value) else None
        if number is None:
            self.wrong(
                name,
                _("A whole number from %(low)d to %(high)d is needed.")
                % {"low": low, "high": high},
                high,
            )
        elif number < low:
            self.wrong(name, _("At least %(limit)d.") % {"limit": low}, low)
        elif number > high:
            self.wrong(name, _("At most %(limit)d.") % {"limit": high}, high)
        else:
            return number
        return default

    def price(self, name: str) -> Decimal | None:
        """An amount of money, zero or more."""
        value = self._value(name)
        if value is None:
            return None
        try:
            amount = Decimal(str(value)[:30])
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite() or not 0 <= amount < 10**8:
            self.wrong(name, _("An amount from 0 to 99999999 is needed."), 99_999_999)
            return None
        return amount

    def choice(
        self, name: str, choices: Collection[str], *, default: str = "", required: bool = False
    ) -> str:
        """One of a few words."""
        value = self._value(name)
        if value is None and not required:
            return default
        if not isinstance(value, str) or value not in choices:
            words = ", ".join(choices)
            self.wrong(name, _("One of these is needed: %(words)s.") % {"words": words})
            return default
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Yes or no."""
        value = self._value(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        word = str(value).lower()
        if word not in TRUE_WORDS | FALSE_WORDS:
            self.wrong(name, _("“true” or “false” is needed."))
        return word in TRUE_WORDS

    def moment(self, name: str) -> datetime | None:
        """A moment in ISO 8601; without an offset it is UTC."""
        value = self._value(name)
        if value is None:
            return None
        try:
            # A plus sign in a query that was not encoded arrives as a blank.
            moment = parse_datetime(value.replace(" ", "+")) if isinstance(value, str) else None
        except ValueError:
            moment = None
        if moment is None:
            self.wrong(name, _("A time such as 2026-01-31T12:00:00Z is needed."))
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
