"""The trials of a search as a table that people and spreadsheets can read."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from optuna.trial import FrozenTrial


class TrialTable:
    """Writes every trial that has ended as a line of CSV."""

    def __init__(self, path: Path | None, watched: str, names: tuple[str, ...]) -> None:
        self.path, self.watched, self.names = path, watched, names

    def write(self, trials: Sequence[FrozenTrial]) -> None:
        """Write the table anew, whole or not at all; nothing where it has no path."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        with partial.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("trial", "state", self.watched, *self.names, "seconds"))
            for turn, trial in enumerate(trials):
                steps = trial.intermediate_values
                value = trial.value if trial.value is not None else steps.get(max(steps, default=0))
                duration = trial.duration.total_seconds() if trial.duration else None
                writer.writerow(
                    (
                        turn,
                        trial.state.name.lower(),
                        value,
                        *(trial.params.get(name) for name in self.names),
                        duration,
                    )
                )
        partial.replace(self.path)
