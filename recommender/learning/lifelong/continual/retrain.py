"""Full retraining: fresh weights, everything that ever was. What the others are measured by."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from recommender.contracts import Longs
from recommender.learning.lifelong.continual.finetune import Finetune
from recommender.learning.lifelong.continual.protocol import Lesson, Memory


class Retrain(Finetune):
    """Asks the owner to keep all sequences, and learns all that it has each time."""

    fresh = True

    def __init__(self) -> None:
        self._keys = np.empty(0, np.int64)

    def mixed_in(self, lesson: Lesson) -> Longs:
        """All that came before the window."""
        return lesson.past

    def remember(self, lesson: Lesson, network: nn.Module) -> None:
        """Everything, the window included."""
        self._keys = np.union1d(lesson.past, lesson.window)

    @property
    def keys(self) -> Longs:
        """All."""
        return self._keys

    def memory(self) -> Memory:
        """The keys."""
        return {"keys": torch.from_numpy(self._keys)}

    def restore(self, memory: Memory) -> None:
        """The keys."""
        self._keys = memory["keys"].numpy()
