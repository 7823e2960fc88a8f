"""``manage.py simulate``: a year of baskets through the running system at speed.

It works in an installation of its own (``--var``), whose database, models and files it makes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.datasets.registry import LOADERS
from recommender.registry.learning_runs import Method

#: Says to the second process that it works where it is to work.
INSIDE = "RECSITE_SIMULATION"


class Command(BaseCommand):
    help = "Replay a data set's weeks: a shop that learns every week beside one that does not."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "dataset", nargs="?", default="completejourney", choices=sorted(LOADERS)
        )
        parser.add_argument("--data", type=Path, help="the folder of the data set's files")
        parser.add_argument(
            "--var",
            type=Path,
            default=Path(settings.VAR_DIR) / "simulation",
            help="an empty folder for its database, models and files",
        )
        parser.add_argument("--first-weeks", type=int, default=26, help="of the first training")
        parser.add_argument("--weeks", type=int, help="at most so many after them")
        parser.add_argument("--shoppers", type=int, default=300, help="at most so many, by chance")
        parser.add_argument("--method", choices=Method.values, default=Method.REPLAY.value)
        parser.add_argument("--network-seconds", type=float, default=10.0, help="of each network")
        parser.add_argument("--seed", type=int, default=0, help="for all that is random")
        parser.add_argument("--save", type=Path, metavar="DIR", help="write the report there, too")
        parser.add_argument("--curve", type=Path, metavar="FILE.svg", help="draw the weeks")

    def handle(self, *args: Any, **options: Any) -> None:
        for name in ("first_weeks", "weeks", "shoppers"):
            if options[name] is not None and options[name] < 1:
                raise CommandError(f"--{name.replace('_', '-')}: at least 1")
        if not os.environ.get(INSIDE):
            self._again_inside(options)
            return
        from recommender.benchmarks.simulate import simulate

        command = (
            f"manage.py simulate {options['dataset']} --first-weeks {options['first_weeks']}"
            f" --shoppers {options['shoppers']} --method {options['method']}"
            f" --network-seconds {options['network_seconds']:g}"
        )
        try:
            report, curve = simulate(
                options["dataset"],
                options["data"],
                first_weeks=options["first_weeks"],
                weeks=options["weeks"],
                shoppers=options["shoppers"],
                method=options["method"],
                seed=options["seed"],
                command=command,
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        if options["save"]:
            report.save(options["save"])
        if options["curve"]:
            options["curve"].write_text(curve)
        self.stdout.write(report.text())

    def _again_inside(self, options: dict[str, Any]) -> None:
        """The same command in a process whose settings name the folder: the shop is left alone."""
        folder = options["var"].resolve()
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise CommandError(f"--var: {folder} is not empty")
        outside = {"DATABASE_URL", "REDIS_URL", "NEO4J_URL", "RECSITE_MODELS", "RECSITE_SNAPSHOTS"}
        environment = {name: value for name, value in os.environ.items() if name not in outside}
        environment |= {
            "DJANGO_SETTINGS_MODULE": "recsite.settings.embedded",
            "RECSITE_VAR": str(folder),
            # Nobody takes orders in it.
            "BROKER_URL": "memory://",
            "NETWORK_SECONDS": f"{options['network_seconds']:g}",
            INSIDE: "1",
        }
        said = [sys.executable, *sys.argv]
        code = subprocess.run(said, env=environment, check=False).returncode
        if code:
            raise SystemExit(code)
