"""A method's half-measured periods, so that a stopped run goes on after the last one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from recommender.learning.lifelong.protocol import LifelongMethod


@runtime_checkable
class Savable(Protocol):
    """A method that is costly enough to be gone on from."""

    def save(self, folder: Path) -> None:
        """Everything that the next update needs."""

    def load(self, folder: Path) -> None:
        """Go on from what ``save`` wrote."""


class Progress:
    """What of one method's periods is measured, in a folder; without one nothing is kept.

    ``trial`` says by which code: what other code began is begun again.
    """

    def __init__(self, folder: Path | None, trial: str = ""):
        self.folder, self.trial = folder, trial

    def resume(self, method: LifelongMethod) -> Sequence[Mapping[str, Any]]:
        """Put the method back where it was, and return the periods measured so far."""
        if self.folder is None or not isinstance(method, Savable):
            return ()
        manifest = self.folder / "periods.json"
        if not manifest.exists():
            return ()
        told = json.loads(manifest.read_text())
        if told["trial"] != self.trial:
            return ()
        periods: list[Mapping[str, Any]] = told["periods"]
        method.load(self.folder / str(len(periods)))
        return periods

    def keep(self, method: LifelongMethod, periods: Sequence[Mapping[str, Any]]) -> None:
        """The method as it is after these periods; a run killed meanwhile goes on one earlier."""
        if self.folder is None or not isinstance(method, Savable):
            return
        state = self.folder / str(len(periods))
        shutil.rmtree(state, ignore_errors=True)
        state.mkdir(parents=True)
        method.save(state)
        partial = self.folder / "periods.partial"
        partial.write_text(json.dumps({"trial": self.trial, "periods": list(periods)}))
        partial.replace(self.folder / "periods.json")
        shutil.rmtree(self.folder / str(len(periods) - 1), ignore_errors=True)

    def remove(self) -> None:
        """The method is measured."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
