"""``manage.py import_interactions FILE``: what shoppers did, from CSV, JSON Lines or Parquet."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from catalog.importing import Format, interactions_import
from catalog.management.reporting import file_format, report_show, rows_bar


class Command(BaseCommand):
    """Adds interactions to the event log, each once however often the file is imported."""

    help = (
        "Import interactions from a CSV, JSON Lines or Parquet file (also gzipped). Columns: "
        "shopper, type, time, product, value, query, id. Without an id, equal interactions are "
        "one. Shoppers named for the first time count as having consented: import only what they "
        "agreed to. Every bad row is reported with its line."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=list(Format), help="where the name does not say it")
        parser.add_argument(
            "--name",
            help="where the interactions come from; ids are unique within it (default: the file's "
            "name without its ending)",
        )
        parser.add_argument("--strict", action="store_true", help="all rows or none")
        parser.add_argument("--dry-run", action="store_true", help="check and count, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        with rows_bar(path.name, unit="interaction") as progress:
            report = interactions_import(
                path,
                format=file_format(path, options["format"]),
                name=options["name"] or path.name.split(".")[0],
                strict=options["strict"],
                dry_run=options["dry_run"],
                progress=progress,
            )
        report_show(
            self, report, what="interactions", strict=options["strict"], dry_run=options["dry_run"]
        )
