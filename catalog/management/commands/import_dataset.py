"""``manage.py import_dataset NAME [DIR]``: a public data set as a shop."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.datasets.dataset import DatasetMissingError
from catalog.datasets.registry import LOADERS, load_dataset
from catalog.importing import catalogue_rows_import, interaction_rows_import
from catalog.management.reporting import report_show, rows_bar


class Command(BaseCommand):
    """Imports a data set's catalogue and then its interactions; run twice, nothing doubles."""

    help = "Import a public data set: its products, and what shoppers did with them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=sorted(LOADERS))
        parser.add_argument(
            "directory",
            type=Path,
            nargs="?",
            help="the folder of the data set's files; completejourney comes as a package",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name: str = options["name"]
        try:
            dataset = load_dataset(name, options["directory"])
            with rows_bar("products", unit="product", total=dataset.products) as progress:
                products = catalogue_rows_import(
                    dataset.catalogue, progress=progress, reason=f"import of {name}"
                )
            report_show(self, products, what="products")
            with rows_bar(
                "interactions", unit="interaction", total=dataset.interactions
            ) as progress:
                interactions = interaction_rows_import(dataset.log, name=name, progress=progress)
            report_show(self, interactions, what="interactions")
        except DatasetMissingError as error:
            raise CommandError(str(error)) from error
