"""Elastic weight consolidation: weights that mattered may move less."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import torch
from torch import Tensor, nn

from recommender.contracts import Longs
from recommender.learning.lifelong.continual.finetune import Finetune
from recommender.learning.lifelong.continual.protocol import Lesson, Memory
from recommender.learning.lifelong.continual.proximal import squared_distance
from recommender.learning.training_settings import Batch


class ElasticWeights(Finetune):
    """``strength / 2`` times the squared distance, weighted with the Fisher information's diagonal.

    Kirkpatrick et al., "Overcoming catastrophic forgetting in neural networks" (PNAS 2017), with
    one anchor, the weights before the window, and information that fades with ``fading`` (Schwarz
    et al., "Progress & compress", ICML 2018). It is estimated after each window on at most
    ``sequences`` of its sequences.
    """

    def __init__(
        self,
        strength: float = 100.0,
        fading: float = 0.9,
        sequences: int = 4096,
        batch_size: int = 32,
    ):
        if not strength >= 0 or not 0 <= fading <= 1:
            raise ValueError("strength must not be negative, fading must lie in 0..1")
        self.strength, self.fading = strength, fading
        self.sequences, self.batch_size = sequences, batch_size
        self.information: dict[str, Tensor] = {}

    def module(self, lesson: Lesson) -> nn.Module:
        """The network; of one that somebody else trained, the past says first what matters."""
        if lesson.before is not None and not self.information and len(lesson.past):
            earlier = deepcopy(lesson.before).requires_grad_(True)
            self.information = self._found(lesson, earlier, lesson.past)
        return lesson.network

    def loss(self, lesson: Lesson, module: nn.Module, batch: Batch) -> Tensor:
        """The lesson's loss and the weighted distance."""
        found = lesson.loss(module, batch)
        if lesson.before is None or not self.information:
            return found
        apart = squared_distance(lesson, lesson.before, module, self.information)
        return found + self.strength / 2 * apart

    def remember(self, lesson: Lesson, network: nn.Module) -> None:
        """The information that the window holds joins what has faded."""
        found = self._found(lesson, network, lesson.window)
        for name, faded in self.information.items():
            found[name][: len(faded)] += self.fading * faded
        self.information = found

    def _found(self, lesson: Lesson, network: nn.Module, keys: Longs) -> dict[str, Tensor]:
        if len(keys) > self.sequences:
            keys = np.sort(lesson.rng.choice(keys, self.sequences, replace=False))
        return fisher_diagonal(lesson, network, keys, self.batch_size)

    def memory(self) -> Memory:
        """The information by parameter."""
        return dict(self.information)

    def restore(self, memory: Memory) -> None:
        """Go on from ``memory``."""
        self.information = dict(memory)


def fisher_diagonal(
    lesson: Lesson, network: nn.Module, keys: Longs, batch_size: int
) -> dict[str, Tensor]:
    """Mean squared gradient of a sequence's loss, by parameter, on the CPU.

    Exact with batches of one sequence. The squared gradient of a batch's mean, times its
    sequences, estimates it where the gradients of different sequences are not alike.
    """
    network.eval()
    device = next(network.parameters()).device
    total = {name: torch.zeros_like(weight) for name, weight in network.named_parameters()}
    counted = 0
    # The library's recurrent layers have no gradient in evaluation mode.
    with torch.backends.cudnn.flags(enabled=False):
        for batch in lesson.passes(keys, batch_size):
            rows = len(next(iter(batch.values())))
            network.zero_grad(set_to_none=True)
            there = {name: tensor.to(device) for name, tensor in batch.items()}
            lesson.loss(network, there).mean().backward()  # type: ignore[no-untyped-call]
            for name, weight in network.named_parameters():
                if weight.grad is not None:
                    total[name] += rows * rows * weight.grad**2
            counted += rows
    network.zero_grad(set_to_none=True)
    return {name: (sums / max(counted, 1)).cpu() for name, sums in total.items()}
