"""From whatever a client sent to events that can be judged: one bad one harms no other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from catalog.text_limits import text_problem
from recommender.events.record import BATCH_LIMIT, EventInput, Verdict
from recsite.problems import FieldError, Invalid, TooLarge

#: A number with more digits than an external id may have cannot be one.
ID_NUMBER_LIMIT = 10**100


class Unreadable(Exception):  # noqa: N818 - a verdict, not an error of this program
    """A field of one event holds what no event can hold there."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def envelope_events(body: Any) -> list[Any]:
    """The events of a request's body, unread.

    Raises:
        Invalid: there is no list of events.
        TooLarge: there are too many.
    """
    if not isinstance(body, dict):
        raise Invalid(FieldError("", _("A JSON object with “events” is needed.")))
    events = body.get("events")
    if not isinstance(events, list):
        raise Invalid(FieldError("events", _("A list of events is needed.")))
    if len(events) > BATCH_LIMIT:
        words = _("At most %(limit)d events at once, not %(number)d.")
        raise TooLarge(
            FieldError("events", words % {"limit": BATCH_LIMIT, "number": len(events)}, BATCH_LIMIT)
        )
    return events


def event_read(raw: Any) -> EventInput | Verdict:
    """One event, or the verdict that it cannot be one."""
    if not isinstance(raw, dict):
        return Verdict("", "refused", "", _("An event is a JSON object."))
    try:
        name = _identifier(raw, "id")
    except Unreadable as error:
        return Verdict("", "refused", error.field, error.reason)
    try:
        return EventInput(
            id=name,
            type=_text(raw, "type"),
            shopper=_identifier(raw, "shopper"),
            product=_identifier(raw, "product"),
            value=_number(raw, "value"),
            query=_text(raw, "query"),
            time=_time(raw, "time"),
            trace=_text(raw, "trace"),
            rank=_rank(raw, "rank"),
        )
    except Unreadable as error:
        return Verdict(name if len(name) <= 100 else "", "refused", error.field, error.reason)


def _text(raw: dict[str, Any], field: str) -> str:
    value = raw.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unreadable(field, _("Text is needed."))
    if reason := text_problem(value):
        raise Unreadable(field, reason)
    return value


def _identifier(raw: dict[str, Any], field: str) -> str:
    """An id; clients whose ids are numbers may send them as such."""
    value = raw.get(field)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < ID_NUMBER_LIMIT:
        return str(value)
    return _text(raw, field)


def _number(raw: dict[str, Any], field: str) -> float | None:
    value = raw.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unreadable(field, _("A number is needed."))
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _rank(raw: dict[str, Any], field: str) -> int | None:
    value = raw.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unreadable(field, _("A whole number is needed."))
    return value


def _time(raw: dict[str, Any], field: str) -> datetime | None:
    """ISO 8601, taken as UTC where it names no offset; or seconds since 1970."""
    value = raw.get(field)
    if value is None or value == "":
        return None
    moment: datetime | None = None
    try:
        if isinstance(value, str):
            moment = parse_datetime(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            moment = datetime.fromtimestamp(value, UTC)
        if moment is not None:
            # The year 1 with an offset, say, has no moment in UTC.
            moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        moment = None
    if moment is None:
        raise Unreadable(
            field, _("A time such as 2026-01-31T12:00:00Z, or seconds since 1970, is needed.")
        )
    return moment
