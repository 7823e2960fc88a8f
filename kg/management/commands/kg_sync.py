"""``manage.py kg_sync``: bring the facts up to date with the catalogue and the log."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from catalog.management.reporting import rows_bar
from catalog.models import Product
from kg.catalogue_facts import SyncReport, catalogue_facts_sync
from kg.copurchases import PER_PRODUCT, SUPPORT, copurchases_refresh


class Command(BaseCommand):
    """States what holds and retracts what no longer does; run twice, it changes nothing."""

    help = (
        "Bring the knowledge graph up to date: products, brands, categories and attributes from "
        "the catalogue, and with --copurchases also what is bought together from the log."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--copurchases", action="store_true", help="find what is bought together, too"
        )
        parser.add_argument(
            "--support", type=int, default=SUPPORT, help="baskets that a pair needs"
        )
        parser.add_argument(
            "--per-product", type=int, default=PER_PRODUCT, help="pairs that a product may have"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with rows_bar("catalogue", unit="product", total=Product.objects.count()) as progress:
            self._show("catalogue", catalogue_facts_sync(progress=progress))
        if options["copurchases"]:
            with rows_bar("co-purchases", unit="pair") as progress:
                report = copurchases_refresh(
                    support=options["support"],
                    per_product=options["per_product"],
                    progress=progress,
                )
            self._show("co-purchases", report)

    def _show(self, what: str, report: SyncReport) -> None:
        self.stdout.write(
            f"{what}: {report.products:,} products; facts: {report.created:,} new, "
            f"{report.updated:,} updated, {report.unchanged:,} unchanged, "
            f"{report.retracted:,} retracted, {len(report.contradicted):,} left to people's word"
        )
        for problem in report.contradicted:
            self.stderr.write(f"{problem.field}: {problem.reason}")
