"""The full-text index on SQLite: an FTS5 table beside the products, kept true by triggers."""

from __future__ import annotations

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField
from django.db.models.expressions import RawSQL

from catalog.search.words import Words

TABLE = "catalog_product_text"
#: Weights of title, brand, category path and description.
WEIGHTS = "10.0, 5.0, 3.0, 1.0"
TRIGGERS = ("product_added", "product_changed", "product_gone", "brand_renamed", "category_moved")

_BRAND = "COALESCE((SELECT name FROM catalog_brand WHERE id = {0}.brand_id), '')"
_CATEGORY = "COALESCE((SELECT path FROM catalog_category WHERE id = {0}.category_id), '')"
_DOCUMENT = f"{{0}}.id, {{0}}.title, {_BRAND}, {_CATEGORY}, {{0}}.description"
_COLUMNS = "rowid, title, brand, category, description"

_STATEMENTS = (
    f"CREATE VIRTUAL TABLE {TABLE} USING fts5(title, brand, category, description, "
    "prefix='2 3', tokenize=\"unicode61 remove_diacritics 2\")",
    f"CREATE TRIGGER {TABLE}_product_added AFTER INSERT ON catalog_product BEGIN "
    f"INSERT INTO {TABLE} ({_COLUMNS}) VALUES ({_DOCUMENT.format('NEW')}); END",
    f"CREATE TRIGGER {TABLE}_product_gone AFTER DELETE ON catalog_product BEGIN "
    f"DELETE FROM {TABLE} WHERE rowid = OLD.id; END",
    # A save writes every column; only words that changed are worth indexing again.
    f"CREATE TRIGGER {TABLE}_product_changed AFTER UPDATE OF title, description, brand_id, "
    "category_id ON catalog_product WHEN OLD.title IS NOT NEW.title "
    "OR OLD.description IS NOT NEW.description OR OLD.brand_id IS NOT NEW.brand_id "
    "OR OLD.category_id IS NOT NEW.category_id BEGIN "
    f"UPDATE {TABLE} SET title = NEW.title, brand = {_BRAND.format('NEW')}, "
    f"category = {_CATEGORY.format('NEW')}, description = NEW.description "
    "WHERE rowid = NEW.id; END",
    f"CREATE TRIGGER {TABLE}_brand_renamed AFTER UPDATE OF name ON catalog_brand "
    "WHEN OLD.name IS NOT NEW.name BEGIN "
    f"UPDATE {TABLE} SET brand = NEW.name "
    "WHERE rowid IN (SELECT id FROM catalog_product WHERE brand_id = NEW.id); END",
    f"CREATE TRIGGER {TABLE}_category_moved AFTER UPDATE OF path ON catalog_category "
    "WHEN OLD.path IS NOT NEW.path BEGIN "
    f"UPDATE {TABLE} SET category = NEW.path "
    "WHERE rowid IN (SELECT id FROM catalog_product WHERE category_id = NEW.id); END",
    f"INSERT INTO {TABLE} ({_COLUMNS}) SELECT {_DOCUMENT.format('p')} FROM catalog_product p",
)


def _match(words: Words, any_word: bool) -> str:
    """The query in FTS5's language; every form is quoted, the last word's are beginnings."""
    last = len(words.forms) - 1
    groups = (
        " OR ".join(f'"{form}"' + ("*" if place == last else "") for form in forms)
        for place, forms in enumerate(words.forms)
    )
    return (" OR " if any_word else " AND ").join(f"({group})" for group in groups)


class SqliteIndex:
    """See ``catalog.search.index.TextIndex``."""

    def install(self, database: BaseDatabaseWrapper) -> None:
        self.uninstall(database)
        with database.cursor() as cursor:
            for statement in _STATEMENTS:
                cursor.execute(statement)

    def uninstall(self, database: BaseDatabaseWrapper) -> None:
        with database.cursor() as cursor:
            for trigger in TRIGGERS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{trigger}")
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")

    def matching(self, words: Words, *, any_word: bool = False) -> RawSQL:
        return RawSQL(
            f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s",
            [_match(words, any_word)],
            BigIntegerField(),
        )

    def best(self, words: Words, *, limit: int, any_word: bool = False) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s "
                f"ORDER BY bm25({TABLE}, {WEIGHTS}), rowid LIMIT %s",
                [_match(words, any_word), limit],
            )
            return [row[0] for row in cursor.fetchall()]

    @property
    def attribute_rows(self) -> str:
        return (
            "SELECT p.id, a.key, CASE WHEN a.type IN ('true', 'false') THEN a.type "
            "ELSE CAST(a.value AS TEXT) END AS value "
            "FROM catalog_product p, json_each(p.attributes) a"
        )
