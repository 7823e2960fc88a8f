"""Processes that train one network side by side, as torchrun starts them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

#: Tensors of a batch under such a name belong to the whole batch: they are not split over ranks.
SHARED = "shared_"


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process's place among those that train together; alone it is rank 0 of 1."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the process that validates, writes and reports."""
        return self.rank == 0

    def agreed(self, value: Any) -> Any:
        """What the first rank says, on every rank."""
        if self.size == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, src=0)
        return box[0]

    def gathered(self, value: Any) -> list[Any]:
        """What every rank says, in the order of the ranks, on every rank."""
        if self.size == 1:
            return [value]
        boxes: list[Any] = [None] * self.size
        dist.all_gather_object(boxes, value)
        return boxes

    def total(self, value: Tensor) -> Tensor:
        """The sum over all ranks, in place."""
        if self.size > 1:
            dist.all_reduce(value)
        return value

    def share(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """This rank's rows of a batch, so that together the ranks see each row once.

        Every rank must be given the same batch. One that has fewer rows than there are ranks goes
        to each of them whole, which leaves the average as it is.
        """
        if self.size == 1:
            return dict(batch)
        lengths = {len(tensor) for name, tensor in batch.items() if not name.startswith(SHARED)}
        if len(lengths) != 1:
            raise ValueError(f"the tensors of a batch differ in their rows: {sorted(lengths)}")
        rows = lengths.pop()
        if rows < self.size:
            return dict(batch)
        start, end = (rows * place // self.size for place in (self.rank, self.rank + 1))
        return {
            name: tensor if name.startswith(SHARED) else tensor[start:end]
            for name, tensor in batch.items()
        }


def first_process() -> bool:
    """Whether this is the first of the processes that torchrun started, or the only one."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def joined_ranks(device: torch.device) -> Iterator[Ranks]:
    """The processes that torchrun started with this one; alone where it did not.

    Joins the process group for the duration, unless the caller has joined it already.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield Ranks()
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    own = not dist.is_initialized()
    if own:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Ranks(dist.get_rank(), dist.get_world_size())
    finally:
        if own:
            dist.destroy_process_group()
