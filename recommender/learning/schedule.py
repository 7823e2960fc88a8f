"""How long an epoch is, and how fast to learn at each moment of a training."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sized

import numpy as np
import torch

from recommender.learning.training_settings import Batch, Batches


def rate_at(share: float, warmup: float, final: float) -> float:
    """Learning rate relative to its peak, after this share of the training.

    Rises linearly during the warm-up, then falls to ``final`` on half a cosine.
    """
    if share < warmup:
        return max(share / warmup, 0.01)
    past = (share - warmup) / (1.0 - warmup) if warmup < 1 else 0.0
    return final + (1.0 - final) * 0.5 * (1.0 + math.cos(math.pi * min(past, 1.0)))


def epoch_length(epoch: Iterable[Batch], batches: Batches, seed: int, number: int) -> int:
    """How many steps the epoch has, counted on a copy of it where it does not say."""
    if isinstance(epoch, Sized):
        return max(len(epoch), 1)
    state = torch.get_rng_state()
    count = sum(1 for _ in batches(number, np.random.default_rng([seed, number])))
    torch.set_rng_state(state)
    return max(count, 1)
