"""What the catalogue's search asks of a full-text index, whichever database holds it.

The database keeps its index true by triggers, so that no way of writing a product, a brand or a
category can forget it. A migration on SQLite that alters one of these tables rebuilds the table
and drops its triggers: it must run ``install`` again (a test of the triggers fails otherwise).
"""

from __future__ import annotations

from typing import Protocol

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import RawSQL

from catalog.search.postgresql import PostgresqlIndex
from catalog.search.sqlite import SqliteIndex
from catalog.search.words import Words


class TextIndex(Protocol):
    """Title, brand, category path and description of every product, in falling weight."""

    def install(self, database: BaseDatabaseWrapper) -> None:
        """Make or remake the index and its triggers, and fill it."""

    def uninstall(self, database: BaseDatabaseWrapper) -> None:
        """Remove what ``install`` made."""

    def matching(self, words: Words, *, any_word: bool = False) -> RawSQL:
        """The primary keys of products that hold all words, as a subquery; or any of them."""

    def best(self, words: Words, *, limit: int, any_word: bool = False) -> list[int]:
        """The primary keys of the best matches, best first."""

    @property
    def attribute_rows(self) -> str:
        """A query that gives a row (id, key, value) per attribute of every product, as text."""


def text_index(database: BaseDatabaseWrapper | None = None) -> TextIndex:
    """The index of the database in use."""
    vendor = (database or connection).vendor
    return PostgresqlIndex() if vendor == "postgresql" else SqliteIndex()
