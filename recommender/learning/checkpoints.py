"""Checkpoints: everything that an interrupted training needs to go on as if nothing had happened.

A checkpoint is one file that is replaced as a whole. A kill at any moment leaves the last one.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

logger = logging.getLogger(__name__)

FILE = "checkpoint.pt"
FORMAT = 1


def checkpoint_write(folder: Path, run: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """Replace the folder's checkpoint. ``run`` says of what run it is, in plain values."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{FILE}.partial"
    with partial.open("wb") as file:
        torch.save({"format": FORMAT, "run": dict(run), "state": dict(state)}, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / FILE)


def checkpoint_read(folder: Path, run: Mapping[str, Any]) -> dict[str, Any] | None:
    """The state of the checkpoint of this very run, or None.

    A checkpoint that cannot be read, or that is of a run with other settings or data, is passed
    over with a warning: the training begins anew and replaces it.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
        if stored["format"] != FORMAT:
            raise ValueError(f"format {stored['format']!r} is not {FORMAT}")
        theirs, state = dict(stored["run"]), dict(stored["state"])
    except Exception as error:  # torch raises whatever the damaged bytes lead to
        logger.warning("checkpoint %s cannot be read (%s): training begins anew", path, error)
        return None
    differing = sorted(
        name for name in theirs.keys() | run.keys() if theirs.get(name) != run.get(name)
    )
    if differing:
        logger.warning(
            "checkpoint %s is of another run (%s differ): training begins anew",
            path,
            ", ".join(differing),
        )
        return None
    return state


def checkpoint_remove(folder: Path) -> None:
    """Forget the checkpoint: its run is complete."""
    (folder / FILE).unlink(missing_ok=True)
