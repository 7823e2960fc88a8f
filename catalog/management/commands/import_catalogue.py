"""``manage.py import_catalogue FILE``: products from CSV, JSON Lines or Parquet."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from catalog.importing import Format, catalogue_import
from catalog.management.reporting import file_format, report_show, rows_bar


class Command(BaseCommand):
    """Adds new products and updates known ones; run twice, it changes nothing the second time."""

    help = (
        "Import products from a CSV, JSON Lines or Parquet file (also gzipped). Columns: "
        "external_id, title, description, price, stock, status, kind, category (names joined by "
        "' / '), brand, published_at, attributes (JSON), attribute.NAME. A column that the file "
        "lacks leaves known products as they are. Every bad row is reported with its line."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=list(Format), help="where the name does not say it")
        parser.add_argument("--strict", action="store_true", help="all rows or none")
        parser.add_argument("--dry-run", action="store_true", help="check and count, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        with rows_bar(path.name, unit="product") as progress:
            report = catalogue_import(
                path,
                format=file_format(path, options["format"]),
                strict=options["strict"],
                dry_run=options["dry_run"],
                progress=progress,
                reason=f"import of {path.name}",
            )
        report_show(
            self, report, what="products", strict=options["strict"], dry_run=options["dry_run"]
        )
