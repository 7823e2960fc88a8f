"""``manage.py benchmark NAME``: measure, print tables, end with one line of JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from recommender.benchmarks.registry import BENCHMARKS, benchmark


class Command(BaseCommand):
    help = "Measure the shop or its models; every benchmark ends with one line of JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        chosen = parser.add_subparsers(dest="benchmark", required=True, metavar="NAME")
        for name, (_, summary) in BENCHMARKS.items():
            options = chosen.add_parser(name, help=summary, description=summary)
            options.add_argument("--seed", type=int, default=0, help="for all that is random")
            options.add_argument(
                "--save",
                type=Path,
                metavar="DIR",
                help="also write the report there as Markdown and JSON, e.g. docs/benchmarks",
            )
            benchmark(name).add_arguments(options)

    def handle(self, *args: Any, **options: Any) -> None:
        options["cache"] = Path(settings.VAR_DIR)
        try:
            report = benchmark(options["benchmark"]).run(options)
        except (FileNotFoundError, ValueError) as error:
            raise CommandError(str(error)) from error
        saved = report.save(options["save"]) if options["save"] else ()
        self.stdout.write(report.text())
        for path in saved:
            self.stderr.write(f"written: {path}")
