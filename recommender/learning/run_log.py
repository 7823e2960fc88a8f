"""What a training run tells while it goes on: TensorBoard, and Weights & Biases where wanted."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)


def wandb_configured() -> bool:
    """Whether the package is there and the environment asks for it.

    It asks by ``WANDB_API_KEY``, or by ``WANDB_MODE`` (``offline`` needs no key); ``disabled``
    turns it off.
    """
    mode = os.environ.get("WANDB_MODE", "")
    wanted = bool(mode or os.environ.get("WANDB_API_KEY"))
    return wanted and mode != "disabled" and find_spec("wandb") is not None


class RunLog:
    """Writes the scalars of one run; without a folder it writes nothing.

    What goes wrong at Weights & Biases is logged and never ends a training.
    """

    def __init__(
        self, folder: Path | None, name: str, settings: Mapping[str, Any], first_step: int = 0
    ):
        self._board: Any = None
        self._remote: Any = None
        if folder is None:
            return
        from torch.utils.tensorboard.writer import SummaryWriter

        # What an interrupted run logged after its checkpoint is hidden: it will be logged again.
        self._board = SummaryWriter(
            str(folder / name), purge_step=first_step if first_step else None
        )
        if wandb_configured():
            self._remote = _remote_run(folder, name, settings)

    def write(self, step: int, scalars: Mapping[str, float]) -> None:
        """Values at one step, by names like ``train/loss``."""
        if self._board is not None:
            for name, value in scalars.items():
                self._board.add_scalar(name, value, step)
        if self._remote is not None:
            try:
                self._remote.log(dict(scalars), step=step)
            except Exception as error:
                logger.warning("Weights & Biases takes no more (%s): going on without", error)
                self._remote = None

    def close(self) -> None:
        """Write out what is still held."""
        if self._board is not None:
            self._board.close()
        if self._remote is not None:
            try:
                self._remote.finish()
            except Exception as error:
                logger.warning("Weights & Biases did not take the end of the run: %s", error)


def _remote_run(folder: Path, name: str, settings: Mapping[str, Any]) -> Any:
    import wandb

    try:
        return wandb.init(
            project=os.environ.get("WANDB_PROJECT", "recsite"),
            name=name,
            dir=str(folder),
            config=dict(settings),
        )
    except Exception as error:
        logger.warning("Weights & Biases does not answer (%s): going on without", error)
        return None
