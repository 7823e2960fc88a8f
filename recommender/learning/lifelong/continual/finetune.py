"""Fine-tuning: the new window alone, from the last weights. What all other methods add to."""

from __future__ import annotations

import numpy as np
from torch import Tensor, nn

from recommender.contracts import Longs
from recommender.learning.lifelong.continual.protocol import Lesson, Memory
from recommender.learning.training_settings import Batch


class Finetune:
    """Nothing is mixed in, nothing penalised, nothing remembered."""

    fresh = False

    def mixed_in(self, lesson: Lesson) -> Longs:
        """None."""
        return np.empty(0, np.int64)

    def module(self, lesson: Lesson) -> nn.Module:
        """The network itself."""
        return lesson.network

    def loss(self, lesson: Lesson, module: nn.Module, batch: Batch) -> Tensor:
        """The lesson's loss, and nothing else."""
        return lesson.loss(module, batch)

    def network(self, lesson: Lesson, module: nn.Module) -> nn.Module:
        """What was trained."""
        return module

    def remember(self, lesson: Lesson, network: nn.Module) -> None:
        """The weights are all that stays."""

    @property
    def keys(self) -> Longs:
        """None."""
        return np.empty(0, np.int64)

    def memory(self) -> Memory:
        """Empty."""
        return {}

    def restore(self, memory: Memory) -> None:
        """There is nothing to go on from."""
