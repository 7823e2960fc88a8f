"""``manage.py train``: learn now, with progress, and say what came of it.

With several processes: ``torchrun --nproc-per-node 2 manage.py train``.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from recommender.learning.distributed import first_process
from recommender.learning.update import LearningBusyError, NothingToLearnError, learn


class Command(BaseCommand):
    help = "Train a model on everything in the event log and make it live."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--minimum-events",
            type=int,
            default=0,
            help="do nothing unless this many events are new since the live model",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            version = learn(minimum_events=options["minimum_events"], progress=True)
        except (LearningBusyError, NothingToLearnError) as reason:
            raise CommandError(str(reason)) from reason
        if not first_process():
            return
        if version is None:
            self.stdout.write("Too few new events; the live model stays.")
            return
        told = version.settings
        self.stdout.write(
            f"Model {version.version} is live: {told['interactions']:,} interactions, "
            f"{told['items']:,} items, {version.metrics['seconds']} s."
        )
