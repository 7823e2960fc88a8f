"""Training the sequential network: which batches, which loss, what is validated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from recommender.contracts import InteractionLog, Longs
from recommender.learning.device import chosen_device
from recommender.learning.networks.run_settings import run_settings
from recommender.learning.networks.sequence_batches import NONE, SequenceBatches
from recommender.learning.networks.softmax_loss import (
    Taken,
    full_softmax_loss,
    sampled_softmax_loss,
)
from recommender.learning.networks.transformer import NextItem, Transformer, latest_places
from recommender.learning.training import TrainingReport, train

KIND = "sequential"
#: Negatives are drawn by popularity to this power: between uniform and as they are bought.
SAMPLING_POWER = 0.75


@dataclass(slots=True)
class NextItemTask:
    """Predict each interaction of the log from those before it, among all items of the log.

    With ``negatives`` the softmax is estimated from so many sampled items. It is full without
    them, and where the log has at most twice as many items.
    """

    log: InteractionLog
    longest: int
    batch_positions: int
    negatives: int
    counts: Longs = field(init=False)
    known: Longs = field(init=False)

    def __post_init__(self) -> None:
        self.counts = np.bincount(self.log.items, minlength=self.log.n_items).astype(np.int64)
        self.known = np.flatnonzero(self.counts)
        if 2 * self.negatives >= len(self.known):
            self.negatives = 0

    def batches(
        self,
        log: InteractionLog | None = None,
        predicted: npt.NDArray[np.bool_] | None = None,
        replayed: npt.NDArray[np.bool_] | None = None,
    ) -> SequenceBatches:
        """Windows of histories, with sampled negatives where they are wanted.

        Of all histories, or of a part of the log as ``SequenceBatches`` reads it.
        """
        return SequenceBatches(
            self.log if log is None else log,
            self.longest,
            self.batch_positions,
            self.negatives,
            self.sampling(),
            predicted,
            replayed,
        )

    def sampling(self) -> npt.NDArray[np.float64]:
        """How likely each item is to be drawn as a negative, shape (n_items,)."""
        chances = self.counts.astype(np.float64) ** SAMPLING_POWER * (self.counts > 0)
        result: npt.NDArray[np.float64] = chances / max(float(chances.sum()), 1.0)
        return result

    def loss(self, device: torch.device) -> Callable[[nn.Module, Mapping[str, Tensor]], Tensor]:
        """One number per predicted interaction, weighted by how strongly it speaks."""
        known = torch.from_numpy(self.known).to(device)
        row_of = torch.zeros(self.log.n_items, dtype=torch.long, device=device)
        row_of[known] = torch.arange(len(known), device=device)
        log_q = torch.from_numpy(np.log(self.sampling().clip(1e-30)).astype(np.float32)).to(device)

        def loss(module: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
            assert isinstance(module, NextItem)
            items = batch["items"]
            states, vectors = module.wanted(items, batch["gaps"], batch["strengths"])
            there = batch["targets"] != NONE
            taken = _taken(module.transformer, items, states, vectors, there)
            wanted, targets = states[there], batch["targets"][there]  # (n, width), (n,)
            if self.negatives:
                negatives = batch["shared_negatives"]
                found = sampled_softmax_loss(
                    wanted,
                    module.items(targets),
                    module.items(negatives),
                    log_q[negatives],
                    negatives[None, :] == targets[:, None],
                    targets,
                    taken,
                )
            else:
                taken = replace(taken, items=row_of[taken.items])
                found = full_softmax_loss(wanted, module.items(known), row_of[targets], taken)
            return found * batch["target_weights"][there]

        return loss


def _taken(
    transformer: Transformer, items: Tensor, states: Tensor, vectors: Tensor, there: Tensor
) -> Taken:
    """What each predicted place's history holds, one row per prediction."""
    batch, length = items.shape
    steps = torch.arange(length, device=items.device)
    additions = transformer.again_bias((steps[:, None] - steps[None, :]).clamp(min=0))
    scores = states @ vectors.transpose(1, 2) + additions  # (batch, length, length)
    return Taken(
        items[:, None, :].expand(batch, length, length)[there],
        scores[there],
        additions.expand(batch, length, length)[there],
        latest_places(items)[there],
    )


def train_next_item(
    network: NextItem,
    task: NextItemTask,
    *,
    epochs: int,
    learning_rate: float,
    weight_decay: float,
    max_seconds: float | None,
    seed: int,
    progress: bool,
    validate: Callable[[nn.Module], Mapping[str, float]] | None = None,
    patience: int = 0,
) -> TrainingReport | None:
    """Train in place; None where the log holds no two interactions of one shopper."""
    bounds = task.log.bounds()
    if not (np.diff(bounds) >= 2).any():
        network.to(chosen_device()).eval()
        return None
    settings = run_settings(
        KIND,
        task.log,
        epochs=epochs,
        batch_size=task.batch_positions,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        patience=patience,
        seed=seed,
        max_seconds=max_seconds,
        progress=progress,
    )
    return train(network, task.batches(), task.loss(chosen_device()), settings, validate=validate)
