"""``manage.py export_facts FILE``: the facts as CSV, Turtle or JSON-LD."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.importing import WrongFileError
from kg.exchange import ExchangeFormat, exchange_format_of, facts_export
from kg.models import Fact


class Command(BaseCommand):
    """Writes a file that ``import_facts`` reads."""

    help = "Export facts to a CSV, Turtle or JSON-LD file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--format", choices=list(ExchangeFormat), help="where the name does not say it"
        )
        parser.add_argument(
            "--status", choices=Fact.Status.values, help="only those of this status"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            format = options["format"] or exchange_format_of(path.name)
        except WrongFileError as error:
            raise CommandError(f"{path.name} {error}; or choose one by --format") from error
        facts = Fact.objects.all()
        if options["status"]:
            facts = facts.filter(status=options["status"])
        with path.open("w", encoding="utf-8", newline="") as file:
            for piece in facts_export(facts, format=format):
                file.write(piece)
        self.stdout.write(f"{path}: {facts.count():,} facts")
