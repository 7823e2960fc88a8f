"""Distillation from the network as it was before the window, on exemplars."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from recommender.learning.distributed import SHARED
from recommender.learning.lifelong.continual.exemplars import Choice, ExemplarStore
from recommender.learning.lifelong.continual.protocol import REPLAYED, Lesson
from recommender.learning.lifelong.continual.replay import Replay
from recommender.learning.training_settings import Batch


class Distillation(Replay):
    """Replay by herding; on exemplars the earlier network's answers are kept as well.

    After Mi, Lin and Faltings, "ADER" (RecSys 2020): the divergence from the earlier answers among
    the items that were known, weighted with ``weight * sqrt(known / all items * exemplars /
    window)``. Unlike there the exemplars' own next items are learnt too.
    """

    def __init__(
        self,
        store: ExemplarStore | None = None,
        weight: float = 1.0,
        temperature: float = 1.0,
    ):
        super().__init__(store or ExemplarStore(Choice.HERDING))
        if not weight >= 0 or not temperature > 0:
            raise ValueError("weight must not be negative, temperature must be above 0")
        self.weight, self.temperature = weight, temperature

    def loss(self, lesson: Lesson, module: nn.Module, batch: Batch) -> Tensor:
        """The lesson's loss and the weighted divergence."""
        found = lesson.loss(module, batch)
        if lesson.before is None or not batch[REPLAYED].any():
            return found
        exemplars = replayed_rows(batch)
        apart = divergence(lesson, lesson.before, module, exemplars, self.temperature)
        return found + adaptive_weight(lesson, self.weight, self.store) * apart


def adaptive_weight(lesson: Lesson, weight: float, store: ExemplarStore) -> float:
    """More where much is known and little is new."""
    known = float(lesson.known.mean())
    return weight * math.sqrt(known * len(store.keys) / max(len(lesson.window), 1))


def replayed_rows(batch: Batch) -> Batch:
    """The rows of the batch that were mixed in; what all rows share stays whole."""
    rows = batch[REPLAYED]
    return {
        name: tensor if name.startswith(SHARED) else tensor[rows] for name, tensor in batch.items()
    }


def divergence(
    lesson: Lesson, before: nn.Module, now: nn.Module, batch: Batch, temperature: float = 1.0
) -> Tensor:
    """Mean KL divergence of the answers now from those before, over candidates known before.

    Times the squared temperature, so that its gradient keeps its size (Hinton et al. 2015).
    """
    scores, candidates = lesson.scores(now, batch)
    with torch.no_grad():
        # The earlier network comes to where the batches are once and then stays there.
        earlier, _ = lesson.scores(before.to(candidates.device), batch)
    known = torch.from_numpy(lesson.known).to(candidates.device)[candidates]
    if not known.any() or not len(scores):
        return scores.sum() * 0.0
    wanted = functional.log_softmax(earlier[:, known].float() / temperature, dim=1)
    found = functional.log_softmax(scores[:, known].float() / temperature, dim=1)
    apart = functional.kl_div(found, wanted, reduction="batchmean", log_target=True)
    return apart * temperature**2
