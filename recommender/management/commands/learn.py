"""``manage.py learn``: one run of learning by hand, with progress, and what came of it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm.auto import tqdm

from recommender.learning.loop import learning_step
from recommender.learning.update import LearningBusyError
from recommender.registry.learning_runs import STEPS, LearningRun
from recommender.registry.reason_words import reason_words


class Command(BaseCommand):
    help = "Update the live model by what is new, hold it against the gate, and publish it."

    def handle(self, *args: Any, **options: Any) -> None:
        places = {step.value: place for place, step in enumerate(STEPS)}
        with tqdm(
            total=float(len(STEPS)), desc="learn", bar_format="{l_bar}{bar}| {elapsed}{postfix}"
        ) as bar:

            def listen(step: str, at: str, share: float) -> None:
                bar.set_postfix_str(f"{step} {at}".strip(), refresh=False)
                bar.n = places[step] + share
                bar.refresh()

            try:
                run = learning_step(trigger=LearningRun.Trigger.HAND, listener=listen)
            except LearningBusyError as error:
                raise CommandError(str(error)) from error
        assert run is not None
        if run.error:
            raise CommandError(f"the step {run.step} failed: {run.error}")
        if run.status == LearningRun.Status.NOTHING:
            self.stdout.write(f"Nothing learnt: {run.message}.")
            return
        self.stdout.write(
            f"Model {run.version}: {run.get_status_display()}, {run.added:,} new interactions, "
            f"{run.removed:,} forgotten, {sum(run.seconds.values()):.1f} s."
        )
        for reason in run.reasons:
            self.stdout.write(f"  {reason_words(reason)}")
