"""The full-text index of the products, in the form that the database in use has for it."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from catalog.search.index import text_index


def install(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    text_index(schema_editor.connection).install(schema_editor.connection)


def uninstall(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    text_index(schema_editor.connection).uninstall(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_initial")]

    operations = [migrations.RunPython(install, uninstall)]
