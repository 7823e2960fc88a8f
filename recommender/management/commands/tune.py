"""``manage.py tune``: search a source's parameters on validation, and use what was found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from recommender.candidates import source_names
from recommender.candidates.search_space import ParameterError, search_space
from recommender.learning.search import (
    WATCHED,
    SearchResult,
    SearchSettings,
    search,
)
from recommender.learning.search_data import DATASETS, SHOP, search_task
from recommender.learning.source_settings import (
    source_settings_forget,
    source_settings_path,
    source_settings_use,
)
from recsite.locks import BusyError, one_at_a_time


class Command(BaseCommand):
    help = (
        "Search the parameters of a candidate source on validation cases, by Optuna. The study is "
        "kept: the same command goes on after a kill, and with more --trials searches further. "
        "Half of the cases take no part in the search and confirm what it found."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--source", required=True, help="for example transitions")
        parser.add_argument("--dataset", choices=DATASETS, default=SHOP)
        parser.add_argument("--data", type=Path, help="folder of a public data set")
        parser.add_argument("--trials", type=int, default=40, help="in all, with those before")
        parser.add_argument(
            "--cases", type=int, default=2_000, help="for searching; as many confirm"
        )
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--max-seconds", type=float, help="end between two trials after this")
        parser.add_argument(
            "--try",
            dest="first",
            action="append",
            default=[],
            metavar="JSON",
            help="parameters to try early, such as '{\"window\": 4}'; may be given again",
        )
        parser.add_argument(
            "--use", action="store_true", help="fit with the best from now on, if it is confirmed"
        )
        parser.add_argument(
            "--forget", action="store_true", help="go back to the source's defaults; no search"
        )
        parser.add_argument("--save", type=Path, metavar="DIR", help="also write the result there")

    def handle(self, *args: Any, **options: Any) -> None:
        source: str = options["source"]
        try:
            search_space(source)
            if options["forget"]:
                known = source_settings_forget(source_settings_path(), source=source)
                told = "has its defaults again" if known else "had its defaults already"
                self.stdout.write(f"{source} {told}.")
                return
            result = self._searched(options)
            self._report(result)
            self._keep(result, options)
        except ParameterError as error:
            raise CommandError(f"{error} (sources: {', '.join(source_names())})") from error
        except (ValueError, FileNotFoundError) as error:
            raise CommandError(str(error)) from error
        except BusyError:
            raise CommandError("another process is tuning at this moment") from None

    def _searched(self, options: dict[str, Any]) -> SearchResult:
        folder = Path(settings.VAR_DIR) / "tuning"
        source, dataset = options["source"], options["dataset"]
        first = tuple(_parameters(text) for text in options["first"])
        with one_at_a_time("tuning"):
            task = search_task(
                source, dataset, options["data"], cases=options["cases"], seed=options["seed"]
            )
            return search(
                task,
                SearchSettings(
                    trials=options["trials"],
                    storage=folder / "studies.sqlite3",
                    seed=options["seed"],
                    max_seconds=options["max_seconds"],
                    first=first,
                    table=folder / f"{dataset}-{source}.csv",
                    progress=True,
                ),
            )

    def _report(self, result: SearchResult) -> None:
        space = search_space(result.source)
        self.stdout.write(f"{'parameter':<18}{'default':>12}{'best':>12}")
        for name in space:
            self.stdout.write(f"{name:<18}{result.default[name]:>12}{result.best[name]:>12}")
        self.stdout.write(f"\n{WATCHED:<28}{'default':>10}{'best':>10}{'cases':>8}")
        for label, default, best, cases in (
            ("searched cases", result.searched_default, result.searched_best,
             result.cases_searched),
            ("confirming cases, unseen", result.confirming_default, result.confirming_best,
             result.cases_confirming),
        ):  # fmt: skip
            self.stdout.write(f"{label:<28}{default:>10.4f}{best:>10.4f}{cases:>8}")
        gain = result.confirming_best - result.confirming_default
        self.stdout.write(
            f"gain on the confirming cases {gain:+.4f}, standard error "
            f"{result.confirming_error:.4f}"
        )
        self.stdout.write(
            f"\n{result.trials} trials ({result.pruned} ended early, {result.failed} failed), "
            f"study {result.study}; this run took {result.seconds:.0f} s."
        )

    def _keep(self, result: SearchResult, options: dict[str, Any]) -> None:
        if options["save"]:
            self.stderr.write(f"written: {result.save(options['save'])}")
        kept = result.save(Path(settings.VAR_DIR) / "tuning")
        self.stderr.write(f"written: {kept}")
        if not options["use"]:
            return
        if not result.is_better:
            self.stdout.write(
                "Not used: on the confirming cases it wins by no more than chance, or not at all."
            )
            return
        why = {"dataset": result.dataset, "study": result.study, "trials": result.trials}
        for name in ("confirming_default", "confirming_best", "confirming_error"):
            why[name] = round(getattr(result, name), 6)
        source_settings_use(
            source_settings_path(), source=result.source, parameters=result.best, why=why
        )
        self.stdout.write(f"{result.source} is fitted with the best parameters from now on.")


def _parameters(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValueError(f"--try {text}: {error}") from error
    if not isinstance(found, dict):
        raise ValueError(f"--try {text}: must be a JSON object of parameters")
    return found
