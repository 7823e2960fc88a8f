"""The random numbers of torch: those of a run apart from everybody else's, kept and restored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor


@contextmanager
def own_dice(seed: int, device: torch.device) -> Iterator[None]:
    """Dice seeded for the duration; afterwards they are as they were before."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


def dice_read(device: torch.device) -> list[Tensor]:
    """The state of the processor's dice, and of the device's where it is another."""
    cuda = [torch.cuda.get_rng_state(device)] if device.type == "cuda" else []
    return [torch.get_rng_state(), *cuda]


def dice_write(device: torch.device, states: Sequence[Tensor]) -> None:
    """Bring the dice back to what ``dice_read`` gave."""
    torch.set_rng_state(states[0])
    for state in states[1:]:
        torch.cuda.set_rng_state(state, device)
