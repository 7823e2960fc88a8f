"""``manage.py kg_import_triples NAME DIR``: a public data set's triples as facts."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.datasets.dataset import DatasetMissingError
from catalog.management.reporting import report_show, rows_bar
from kg.datasets import LOADERS
from kg.importing import statements_import


class Command(BaseCommand):
    """Imports the triples about products that are in the catalogue; run twice, nothing doubles."""

    help = "Import the triples of a public data set, whose catalogue must have been imported."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=sorted(LOADERS))
        parser.add_argument("directory", type=Path, help="the folder of the data set's files")

    def handle(self, *args: Any, **options: Any) -> None:
        name: str = options["name"]
        started = perf_counter()
        try:
            triples = LOADERS[name](options["directory"])
        except DatasetMissingError as error:
            raise CommandError(str(error)) from error
        with rows_bar(name, unit="triple", total=triples.triples) as progress:
            report = statements_import(
                triples.statements, progress=progress, reason=f"import of {name}"
            )
        seconds = perf_counter() - started
        report_show(self, report, what="facts")
        taken = report.created + report.updated + report.unchanged
        self.stdout.write(f"{taken:,} facts in {seconds:.1f} s: {taken / seconds:,.0f} a second")
