"""What a run writes about itself while it goes on: its row, and who listens."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from recommender.registry.learning_runs import LearningRun

Step = LearningRun.Step

#: The row takes no more than one note in this time; the page looks every second.
NOTE_SECONDS = 0.5

#: Told of step, what it is at, and how far it is (0..1).
Listener = Callable[[str, str, float], None]


class Journal:
    """Keeps the row of a run in step with what is done."""

    def __init__(self, run: LearningRun, listener: Listener | None = None) -> None:
        self.run = run
        self._listener = listener
        self._noted = float("-inf")
        self._began = time.monotonic()

    def begin(self) -> None:
        """The step at hand begins, for the first time or once more."""
        self._began = time.monotonic()
        self.write(attempts=self.run.attempts + 1, progress=0.0, message="", error="")
        self.at("", 0.0)

    def at(self, message: str, share: float) -> None:
        """How far the step is. Written now and then only."""
        if self._listener is not None:
            self._listener(self.run.step, message, share)
        if time.monotonic() - self._noted >= NOTE_SECONDS:
            self._noted = time.monotonic()
            self.write(progress=min(max(share, 0.0), 1.0), message=message[:200])

    def ended(self, **fields: Any) -> dict[str, Any]:
        """The fields that say that the step at hand has come to its end, with its results."""
        order = list(Step)
        took = round(time.monotonic() - self._began, 3)
        following = order[order.index(Step(self.run.step)) + 1]
        return {
            "step": following,
            "ended_at": timezone.now() if following == Step.DONE else None,
            "attempts": 0,
            "progress": 0.0,
            "message": "",
            "seconds": {**self.run.seconds, self.run.step: took},
            **fields,
        }

    def end(self, **fields: Any) -> None:
        """The run ends at the step at hand."""
        self.write(ended_at=timezone.now(), **fields)

    def write(self, **fields: Any) -> None:
        """Change fields of the row in one statement, and of the object in hand."""
        fields["updated_at"] = timezone.now()
        LearningRun.objects.filter(pk=self.run.pk).update(**fields)
        for name, value in fields.items():
            setattr(self.run, name, value)
