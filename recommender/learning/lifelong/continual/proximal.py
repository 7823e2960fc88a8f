"""Proximal learning: the weights may not go far from where they were."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from recommender.learning.lifelong.continual.finetune import Finetune
from recommender.learning.lifelong.continual.protocol import Lesson, Memory
from recommender.learning.training_settings import Batch


class Proximal(Finetune):
    """``strength / 2`` times the squared distance from the weights before the window.

    After Li et al., "Federated optimization in heterogeneous networks" (MLSys 2020), there towards
    the weights of the round before. Rows of items that are new are free.
    """

    def __init__(self, strength: float = 0.1):
        if not strength >= 0:
            raise ValueError(f"strength must not be negative, not {strength}")
        self.strength = strength

    def loss(self, lesson: Lesson, module: nn.Module, batch: Batch) -> Tensor:
        """The lesson's loss and the distance."""
        found = lesson.loss(module, batch)
        if lesson.before is None:
            return found
        return found + self.strength / 2 * squared_distance(lesson, lesson.before, module)


def squared_distance(
    lesson: Lesson, before: nn.Module, now: nn.Module, importance: Memory | None = None
) -> Tensor:
    """Sum of squared differences of all weights, each times its importance where one is given.

    A parameter of ``importance`` may have fewer rows than items are there now: the rest is free.
    """
    anchors = dict(before.named_parameters())
    total = next(now.parameters()).new_zeros(())
    for name, weight in now.named_parameters():
        apart = (weight - anchors[name].detach().to(weight.device)) ** 2
        if name in lesson.item_parameters:
            known = torch.from_numpy(lesson.known).to(weight.device)
            apart = apart * known.view(-1, *[1] * (apart.ndim - 1))
        if importance is not None:
            given = importance[name].to(weight.device)
            apart = apart[: len(given)] * given if apart.ndim else apart * given
        total = total + apart.sum()
    return total
