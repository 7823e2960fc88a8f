"""One lesson: a window learnt by a method."""

from __future__ import annotations

from torch import Tensor, nn

from recommender.learning.lifelong.continual.protocol import ContinualMethod, Lesson
from recommender.learning.training import train
from recommender.learning.training_settings import (
    Batch,
    Batches,
    TrainingReport,
    TrainingSettings,
)


def lesson_learn(
    method: ContinualMethod, lesson: Lesson, batches: Batches, settings: TrainingSettings
) -> tuple[nn.Module, TrainingReport]:
    """Train on the batches, which hold what the method mixed in; the method does not remember yet.

    Raises:
        TrainingDivergedError: the loss is no longer a finite number.
    """

    def loss(module: nn.Module, batch: Batch) -> Tensor:
        return method.loss(lesson, module, batch)

    module = method.module(lesson)
    report = train(module, batches, loss, settings)
    return method.network(lesson, module), report
