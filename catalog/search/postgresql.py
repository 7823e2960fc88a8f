"""The full-text index on PostgreSQL: a tsvector column of the products, kept true by triggers.

The column lies outside Django's models, which never read it; a generated column could not look
into the tables of brands and categories.
"""

from __future__ import annotations

import re
import unicodedata

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField
from django.db.models.expressions import RawSQL

from catalog.search.words import Words

COLUMN = "search_document"
#: Weights of D to A: description, category path, brand, title.
WEIGHTS = "{0.1, 0.3, 0.5, 1.0}"
#: Divide by one plus the logarithm of the document's length.
NORMALISATION = 1

_MARKS = "\u0300-\u036f"
# Whatever separates words, ASCII and general punctuation, independently of the database's locale:
# PostgreSQL would otherwise read "e.l.f." as a host and "24k/gold" as a file.
_SEPARATORS = (
    r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8"
    r"\u00bb\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u3020\uff01-\uff0f"
)

_STATEMENTS = (
    f"ALTER TABLE catalog_product ADD COLUMN {COLUMN} tsvector",
    f"""
    CREATE FUNCTION catalog_search_fold(words text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
        SELECT regexp_replace(
            normalize(
                regexp_replace(
                    normalize(lower(coalesce(words, '')), NFD), '[\\u0300-\\u036f]', '', 'g'
                ),
                NFC
            ),
            '[{_SEPARATORS}]+', ' ', 'g'
        )
    $$
    """,
    f"""
    CREATE FUNCTION catalog_search_product() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.{COLUMN} :=
            setweight(to_tsvector('simple', catalog_search_fold(NEW.title)), 'A')
            || setweight(to_tsvector('simple', catalog_search_fold(
                (SELECT name FROM catalog_brand WHERE id = NEW.brand_id))), 'B')
            || setweight(to_tsvector('simple', catalog_search_fold(
                (SELECT path FROM catalog_category WHERE id = NEW.category_id))), 'C')
            || setweight(to_tsvector('simple', catalog_search_fold(
                left(NEW.description, 100000))), 'D');
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION catalog_search_brand() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE catalog_product SET title = title WHERE brand_id = NEW.id;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION catalog_search_category() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE catalog_product SET title = title WHERE category_id = NEW.id;
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER catalog_search_product BEFORE INSERT OR UPDATE OF title, description, "
    "brand_id, category_id ON catalog_product "
    "FOR EACH ROW EXECUTE FUNCTION catalog_search_product()",
    "CREATE TRIGGER catalog_search_brand AFTER UPDATE OF name ON catalog_brand FOR EACH ROW "
    "WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION catalog_search_brand()",
    "CREATE TRIGGER catalog_search_category AFTER UPDATE OF path ON catalog_category FOR EACH ROW "
    "WHEN (OLD.path IS DISTINCT FROM NEW.path) EXECUTE FUNCTION catalog_search_category()",
    f"CREATE INDEX catalog_product_{COLUMN} ON catalog_product USING gin ({COLUMN})",
    # Last, since no table is altered while it owes checks of foreign keys.
    "UPDATE catalog_product SET title = title",
)

_REMOVAL = (
    "DROP TRIGGER IF EXISTS catalog_search_product ON catalog_product",
    "DROP TRIGGER IF EXISTS catalog_search_brand ON catalog_brand",
    "DROP TRIGGER IF EXISTS catalog_search_category ON catalog_category",
    "DROP FUNCTION IF EXISTS catalog_search_product()",
    "DROP FUNCTION IF EXISTS catalog_search_brand()",
    "DROP FUNCTION IF EXISTS catalog_search_category()",
    "DROP FUNCTION IF EXISTS catalog_search_fold(text)",
    f"ALTER TABLE catalog_product DROP COLUMN IF EXISTS {COLUMN}",
)


def _fold(word: str) -> str:
    """What ``catalog_search_fold`` makes of a word."""
    plain = re.sub(f"[{_MARKS}]", "", unicodedata.normalize("NFD", word))
    return unicodedata.normalize("NFC", plain)


def _tsquery(words: Words, any_word: bool) -> str:
    """The query for to_tsquery; every form is quoted, the last word's are beginnings."""
    last = len(words.forms) - 1
    groups = (
        " | ".join(f"'{_fold(form)}'" + (":*" if place == last else "") for form in forms)
        for place, forms in enumerate(words.forms)
    )
    return (" | " if any_word else " & ").join(f"({group})" for group in groups)


class PostgresqlIndex:
    """See ``catalog.search.index.TextIndex``."""

    def install(self, database: BaseDatabaseWrapper) -> None:
        self.uninstall(database)
        with database.cursor() as cursor:
            for statement in _STATEMENTS:
                cursor.execute(statement)

    def uninstall(self, database: BaseDatabaseWrapper) -> None:
        with database.cursor() as cursor:
            for statement in _REMOVAL:
                cursor.execute(statement)

    def matching(self, words: Words, *, any_word: bool = False) -> RawSQL:
        return RawSQL(
            f"SELECT id FROM catalog_product WHERE {COLUMN} @@ to_tsquery('simple', %s)",
            [_tsquery(words, any_word)],
            BigIntegerField(),
        )

    def best(self, words: Words, *, limit: int, any_word: bool = False) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM catalog_product, to_tsquery('simple', %s) query "
                f"WHERE {COLUMN} @@ query "
                f"ORDER BY ts_rank('{WEIGHTS}', {COLUMN}, query, {NORMALISATION}) DESC, id "
                "LIMIT %s",
                [_tsquery(words, any_word), limit],
            )
            return [row[0] for row in cursor.fetchall()]

    @property
    def attribute_rows(self) -> str:
        return (
            "SELECT p.id, a.key, a.value FROM catalog_product p, jsonb_each_text("
            "CASE WHEN jsonb_typeof(p.attributes) = 'object' THEN p.attributes "
            "ELSE '{}'::jsonb END) a"
        )
