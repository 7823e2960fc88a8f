"""Pages by cursor: a client that follows ``next`` sees every row once, whatever is added."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from recsite.fields import Fields
from recsite.problems import FieldError, Invalid

DEFAULT_LIMIT = 20
HIGHEST_LIMIT = 100


def page_limit(request: Request) -> int:
    """How many rows the client wants on a page."""
    fields = Fields(request.query_params)
    limit = fields.integer("limit", low=1, high=HIGHEST_LIMIT, default=DEFAULT_LIMIT)
    fields.check()
    return limit


def _bad_cursor() -> Invalid:
    return Invalid(FieldError("cursor", _("This cursor is not one that “next” gave.")))


class RowCursor(CursorPagination):
    """Pages of a table in a fixed order; a wrong limit or cursor is refused, not corrected."""

    page_size_query_param = "limit"
    max_page_size = HIGHEST_LIMIT
    ordering: str | list[str] | tuple[str, ...] = ("pk",)

    def get_page_size(self, request: Request) -> int:
        return page_limit(request)

    def decode_cursor(self, request: Request) -> Any:
        try:
            return super().decode_cursor(request)
        except NotFound:
            raise _bad_cursor() from None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        try:
            return super().paginate_queryset(queryset, request, view) or []
        except (ValueError, TypeError, OverflowError):
            # The cursor decodes, but to a position that is no value of the ordering's column.
            raise _bad_cursor() from None


class RankCursor:
    """Pages of a ranking, whose order no column holds: the cursor counts places."""

    #: Nobody reads further; every page must compute the ranking up to its place.
    FURTHEST = 10_000

    def __init__(self, request: Request) -> None:
        self.request = request
        self.limit = page_limit(request)
        self.place = self._place(request.query_params.get("cursor", ""))

    def _place(self, cursor: str) -> int:
        if not cursor:
            return 0
        try:
            text = base64.urlsafe_b64decode(cursor.encode()).decode()
            place = int(text.removeprefix("place=")) if text.startswith("place=") else -1
        except (ValueError, binascii.Error):
            place = -1
        if not 0 < place <= self.FURTHEST:
            raise _bad_cursor()
        return place

    def page(self, ranking: QuerySet[Any]) -> list[Any]:
        """The rows of this page."""
        return list(ranking[self.place : self.place + self.limit])

    def links(self, total: int) -> dict[str, str | None]:
        """``next`` and ``previous``, absolute, or None at either end."""
        after = self.place + self.limit
        before = max(0, self.place - self.limit)
        return {
            "next": self._link(after) if after < min(total, self.FURTHEST) else None,
            "previous": self._link(before) if self.place else None,
        }

    def _link(self, place: int) -> str:
        address = self.request.build_absolute_uri()
        cursor = base64.urlsafe_b64encode(f"place={place}".encode()).decode() if place else ""
        return replace_query_param(address, "cursor", cursor)
