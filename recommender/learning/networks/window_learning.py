"""The sequential network learns a window by a continual method."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch

from recommender.contracts import InteractionLog
from recommender.learning.device import chosen_device
from recommender.learning.learnt_log import stand_among
from recommender.learning.lifelong.continual.lesson_training import lesson_learn
from recommender.learning.lifelong.continual.protocol import ContinualMethod, Memory
from recommender.learning.networks.history_lesson import HistoryLesson
from recommender.learning.networks.next_item_training import KIND, NextItemTask
from recommender.learning.networks.run_settings import run_settings
from recommender.learning.networks.transformer import NextItem
from recommender.learning.training import TrainingReport

FILE = "continual.pt"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a method needs for the window after, and its name; kept in a network's folder."""

    method: str
    memory: Memory

    def save(self, folder: Path) -> None:
        """Write it into the folder."""
        torch.save({"method": self.method, "memory": dict(self.memory)}, folder / FILE)

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """Read it, or None where nothing is remembered."""
        if not (folder / FILE).exists():
            return None
        state = torch.load(folder / FILE, weights_only=True)
        return cls(state["method"], state["memory"])


def window_learn(
    network: NextItem,
    task: NextItemTask,
    window: InteractionLog,
    continual: ContinualMethod,
    method: str,
    remembered: Remembered | None,
    *,
    seed: int,
    **settings: Any,
) -> tuple[NextItem, TrainingReport | None, Remembered]:
    """Go on with what of the task's log stands in the window.

    ``settings`` are those of the training. What another method remembers is left aside. Nothing is
    trained (no report) where the window continues nobody's history.
    """
    if remembered is not None and remembered.method == method:
        continual.restore(remembered.memory)
    # Which interactions of the log the window holds.
    new = stand_among(
        (task.log.shoppers, task.log.items, task.log.times),
        (window.shoppers, window.items, window.times),
    )
    earlier = np.bincount(task.log.items[~new], minlength=task.log.n_items) > 0
    device = chosen_device()
    network.to(device)
    before = deepcopy(network).eval().requires_grad_(False)
    # Each window draws otherwise, and the same where it is learnt again.
    rng = np.random.default_rng((seed, len(task.log)))
    lesson = HistoryLesson(network, before, task, new, earlier, rng)
    report = None
    if len(lesson.window):
        trained, report = lesson_learn(
            continual,
            lesson,
            lesson.batches(continual.mixed_in(lesson)),
            run_settings(
                f"{KIND}-{method}",
                task.log,
                batch_size=task.batch_positions,
                seed=seed,
                **settings,
            ),
        )
        assert isinstance(trained, NextItem)
        network = trained
    continual.remember(lesson, network)
    return network, report, Remembered(method, continual.memory())
