"""``manage.py import_facts FILE``: facts from CSV, Turtle or JSON-LD."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.importing import WrongFileError
from catalog.management.reporting import report_show, rows_bar
from kg.exchange import COLUMNS, ExchangeFormat, exchange_format_of
from kg.importing import facts_import


class Command(BaseCommand):
    """Adds facts; run twice, it changes nothing the second time."""

    help = (
        f"Import facts from a CSV (columns: {', '.join(COLUMNS)}; the first three are needed), "
        "Turtle or JSON-LD file, also gzipped. Entities are written kind:name. Every bad row is "
        "reported with its line or statement."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--format", choices=list(ExchangeFormat), help="where the name does not say it"
        )
        parser.add_argument("--strict", action="store_true", help="all rows or none")
        parser.add_argument("--dry-run", action="store_true", help="check and count, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            format = options["format"] or exchange_format_of(path.name)
        except WrongFileError as error:
            raise CommandError(f"{path.name} {error}; or choose one by --format") from error
        with rows_bar(path.name, unit="fact") as progress:
            report = facts_import(
                path,
                format=format,
                strict=options["strict"],
                dry_run=options["dry_run"],
                progress=progress,
                reason=f"import of {path.name}",
            )
        report_show(
            self, report, what="facts", strict=options["strict"], dry_run=options["dry_run"]
        )
