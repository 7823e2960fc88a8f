"""``manage.py kg_extract``: propose facts that the texts of products state."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from catalog.models import Product
from kg.extraction.protocol import Extractor
from kg.extraction.rules import RuleExtractor
from kg.extraction.run import facts_extract
from kg.extraction.verification import UnmeasuredModelError, VerifiedExtractor, fitted_verifier
from kg.models import Fact


class Command(BaseCommand):
    """Reads titles, descriptions and published reviews; run twice, it changes nothing."""

    help = "Propose attributes, materials, uses and complements that products' texts state."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--products", nargs="+", metavar="ID", help="external ids (default: all products)"
        )
        parser.add_argument("--limit", type=int, metavar="N", help="only the first N products")
        parser.add_argument(
            "--language-model",
            action="store_true",
            help="have the language model judge what the rules are not sure of (slow on a CPU)",
        )
        parser.add_argument(
            "--judgements",
            type=int,
            default=2_000,
            metavar="N",
            help="mentions that the language model judges at most (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        products = self._products(options["products"], options["limit"])
        extractor: Extractor = RuleExtractor()
        if options["language_model"]:
            extractor = self._verified(options["judgements"])
        with tqdm(desc="read", unit=" products", total=len(products), file=sys.stderr) as bar:
            report = facts_extract(products=products, extractor=extractor, progress=bar.update)
        for problem in report.refused:
            self.stderr.write(str(problem))
        self.stdout.write(
            f"{report.products:,} products, {report.mentions:,} mentions: {report.created:,} new "
            f"proposals, {report.updated:,} updated, {report.unchanged:,} unchanged, "
            f"{report.withdrawn:,} withdrawn, {report.unresolved:,} of unknown products, "
            f"{len(report.refused):,} refused"
        )
        if isinstance(extractor, VerifiedExtractor):
            self.stdout.write(
                f"the language model judged {extractor.judged:,} mentions and dropped "
                f"{extractor.dropped:,}"
            )
        self._table()

    def _verified(self, judgements: int) -> VerifiedExtractor:
        if judgements < 0:
            raise CommandError("--judgements must not be negative")
        try:
            if not fitted_verifier(settings.LANGUAGE_MODEL).worth_asking:
                self.stderr.write(
                    f"{settings.LANGUAGE_MODEL} adds nothing on the labelled passages "
                    "(docs/benchmarks/extraction-hand_labelled.md): its judgements take time and "
                    "change no confidence"
                )
            # Loaded late: without this option nothing needs torch.
            from recommender.worker.extraction import verified_extractor

            return verified_extractor(limit=judgements)
        except (UnmeasuredModelError, OSError, ImportError) as error:
            raise CommandError(f"the language model cannot be used: {error}") from error

    def _products(self, external_ids: list[str] | None, limit: int | None) -> list[int]:
        if limit is not None and limit < 1:
            raise CommandError("--limit must be at least 1")
        rows = Product.objects.exclude(status=Product.Status.DRAFT).order_by("pk")
        if external_ids:
            rows = rows.filter(external_id__in=external_ids)
            unknown = sorted(set(external_ids) - set(rows.values_list("external_id", flat=True)))
            if unknown:
                raise CommandError(f"there is no product {', '.join(unknown)}")
        return list(rows.values_list("pk", flat=True)[:limit])

    def _table(self) -> None:
        """What has been mined by now, by predicate and status."""
        mined = Fact.objects.filter(source=Fact.Source.MINED).order_by()
        counts = Counter(mined.values_list("predicate__key", "status"))
        statuses = Fact.Status.values
        self.stdout.write("".join([f"{'mined facts':16}", *(f"{s:>12}" for s in statuses)]))
        for key in sorted({key for key, _status in counts}):
            cells = (f"{counts[key, status]:>12,}" for status in statuses)
            self.stdout.write("".join([f"{key:16}", *cells]))
