"""How a network is trained, and what came of it: the words of the training harness."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

Batch = Mapping[str, Tensor]
#: The batches of an epoch, whole and alike on every rank; the generator is seeded by the epoch.
Batches = Callable[[int, np.random.Generator], Iterable[Batch]]
#: One number per element, whose mean is minimised, or the mean over the batch's rows itself.
Loss = Callable[[nn.Module, Batch], Tensor]
Validation = Callable[[nn.Module], Mapping[str, float]]


#: Settings that say where a run is kept and told, and nothing of its result.
_ELSEWHERE = ("checkpoint_folder", "checkpoint_seconds", "log_folder", "run_name", "progress")


class TrainingDivergedError(ArithmeticError):
    """The loss is NaN or infinite; lower the learning rate or look at the data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """How to train. Shares are of all steps, times in seconds."""

    epochs: int
    batch_size: int
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup_share: float = 0.05
    #: Where the learning rate ends, as a share of its peak, on half a cosine; 1 keeps it.
    final_rate: float = 0.1
    #: Largest norm of the gradient; 0 leaves it as it is.
    clip_norm: float = 1.0
    #: Epochs without a better validation before it ends; 0 goes through all of them.
    patience: int = 0
    seed: int = 0
    #: Ends softly after this time, learning rate included: the last epoch is cut and validated.
    max_seconds: float | None = None
    checkpoint_folder: Path | None = None
    checkpoint_seconds: float = 60.0
    log_folder: Path | None = None
    run_name: str = "training"
    #: What is trained on: a checkpoint that was made on other data is not gone on from.
    data_fingerprint: str = ""
    progress: bool = False

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        for name in ("learning_rate", "weight_decay", "clip_norm", "patience", "final_rate"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be finite and not negative")
        if self.max_seconds is not None and not self.max_seconds > 0:
            raise ValueError(f"max_seconds must be above 0, not {self.max_seconds}")
        if not 0 <= self.warmup_share <= 1:
            raise ValueError(f"warmup_share must lie in 0..1, not {self.warmup_share}")

    def run(self) -> dict[str, Any]:
        """What decides the result: a checkpoint belongs to runs that agree in all of it."""
        told = asdict(self)
        for name in _ELSEWHERE:
            del told[name]
        return told


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What came of a training."""

    #: Epochs that were begun, and the steps in them.
    epochs: int
    steps: int
    #: Time spent training, that before an interruption included.
    seconds: float
    #: The epoch, counted from one, whose weights the module now has.
    best_epoch: int
    #: That epoch's mean ``loss``, and its validation where there is one.
    metrics: dict[str, float]
    #: The step at which an interrupted run was taken up again.
    resumed_from: int | None
    #: The same figures for every epoch.
    history: tuple[dict[str, float], ...]
