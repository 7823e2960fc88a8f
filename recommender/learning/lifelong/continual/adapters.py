"""Low-rank adapters over frozen weights: one for the long term, one for the window."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import torch
from torch import Tensor, nn

from recommender.learning.lifelong.continual.exemplars import ExemplarStore
from recommender.learning.lifelong.continual.protocol import Lesson, Memory
from recommender.learning.lifelong.continual.replay import Replay
from recommender.learning.training_settings import Batch

#: Prefixes of the remembered tensors.
BASE, LEFT, RIGHT = "base.", "left.", "right."


class Adapters(Replay):
    """The first lesson trains the network; later ones only low-rank additions to its weights.

    Each matrix is its frozen base, plus a long-term addition of rank ``long_rank``, plus a
    short-term one of rank ``short_rank`` that is made afresh for each window (Hu et al., "LoRA",
    ICLR 2022; Shi et al., "Preliminary study on incremental learning for large language
    model-based recommender systems", 2023, for the pair). After the window the share ``merge`` of
    the short-term addition joins the long-term one, which is then cut down to its rank. A weight
    that is no matrix has additions of its own shape. Rows of items that are new are trained as
    they are and belong to the base from then on. The network that comes of a lesson has both.
    """

    def __init__(
        self,
        store: ExemplarStore | None = None,
        short_rank: int = 32,
        long_rank: int = 64,
        merge: float = 1.0,
    ):
        super().__init__(store)
        if min(short_rank, long_rank) < 1:
            raise ValueError("short_rank and long_rank must be at least 1")
        if not 0 <= merge <= 1:
            raise ValueError(f"merge must lie in 0..1, not {merge}")
        self.short_rank, self.long_rank, self.merge = short_rank, long_rank, merge
        self.base: dict[str, Tensor] = {}
        #: The long-term additions: the product of both, or the left alone where there is no right.
        self.left: dict[str, Tensor] = {}
        self.right: dict[str, Tensor] = {}

    def module(self, lesson: Lesson) -> nn.Module:
        """The network itself where nothing was learnt before, else the frozen one with adapters."""
        if lesson.before is None:
            return lesson.network
        self._grow(lesson)
        return Adapted(lesson, self.base, self._long(), self.short_rank)

    def loss(self, lesson: Lesson, module: nn.Module, batch: Batch) -> Tensor:
        """The lesson's loss of the network with its additions."""
        network = module.network_now() if isinstance(module, Adapted) else module
        return lesson.loss(network, batch)

    def network(self, lesson: Lesson, module: nn.Module) -> nn.Module:
        """Merge the short-term additions, and make a network of everything."""
        if not isinstance(module, Adapted):
            return module
        with torch.no_grad():
            weights = {name: weight.cpu() for name, weight in module.weights().items()}
            # New rows were trained as they are.
            for name, rows in module.free_rows().items():
                self.base[name][module.free] = rows.cpu()
            for name, (left, right) in module.short().items():
                self._merge(name, left.cpu(), None if right is None else right.cpu())
        network = deepcopy(lesson.network)
        network.load_state_dict({**network.state_dict(), **weights})
        return network

    def remember(self, lesson: Lesson, network: nn.Module) -> None:
        """The first lesson's weights are the base."""
        super().remember(lesson, network)
        if not self.base:
            self.base = _weights_of(network)

    def _grow(self, lesson: Lesson) -> None:
        """The base of a network that another method trained, and rows of new items."""
        now = _weights_of(lesson.network)
        if not self.base:
            self.base = now
        for name in lesson.item_parameters:
            known = len(self.base[name])
            self.base[name] = torch.cat([self.base[name], now[name][known:]])
            if name in self.left:
                left = self.left[name]
                fresh = left.new_zeros(len(now[name]) - known, *left.shape[1:])
                self.left[name] = torch.cat([left, fresh])

    def _long(self) -> dict[str, Tensor]:
        return {
            name: left @ self.right[name] if name in self.right else left
            for name, left in self.left.items()
        }

    def _merge(self, name: str, left: Tensor, right: Tensor | None) -> None:
        if right is None:
            self.left[name] = self.left.get(name, torch.zeros_like(left)) + self.merge * left
            return
        lefts, rights = [self.merge * left], [right]
        if name in self.left:
            lefts.append(self.left[name])
            rights.append(self.right[name])
        joined = cut_to_rank(torch.cat(lefts, dim=1), torch.cat(rights), self.long_rank)
        self.left[name], self.right[name] = joined

    def memory(self) -> Memory:
        """The base, the long-term additions and the store."""
        parts = {BASE: self.base, LEFT: self.left, RIGHT: self.right}
        told = {
            prefix + name: tensor for prefix, part in parts.items() for name, tensor in part.items()
        }
        return {**super().memory(), **told}

    def restore(self, memory: Memory) -> None:
        """Go on from ``memory``."""
        super().restore(memory)
        for prefix, part in ((BASE, self.base), (LEFT, self.left), (RIGHT, self.right)):
            part.clear()
            part |= {
                name.removeprefix(prefix): tensor.clone()
                for name, tensor in memory.items()
                if name.startswith(prefix)
            }


class Adapted(nn.Module):
    """A network whose weights are sums, made anew for each batch."""

    def __init__(self, lesson: Lesson, base: dict[str, Tensor], long: dict[str, Tensor], rank: int):
        super().__init__()
        self.skeleton = deepcopy(lesson.network)
        self.free = torch.from_numpy(~lesson.known).nonzero()[:, 0]
        self.item_parameters = lesson.item_parameters
        self.names = [name for name, _ in self.skeleton.named_parameters()]
        self.lefts, self.rights, self.rows = (
            nn.ParameterDict(),
            nn.ParameterDict(),
            nn.ParameterDict(),
        )
        for name in self.names:
            start = base[name].clone()
            if name in long:
                start += long[name]
            # Parameters' names have dots, which names of parts of a module must not have.
            part = name.replace(".", "/")
            self.register_buffer(f"start/{part}", start)
            if start.ndim == 2 and min(start.shape) > rank:
                self.lefts[part] = torch.zeros(len(start), rank)
                drawn = lesson.rng.standard_normal((rank, start.shape[1]), np.float32)
                self.rights[part] = torch.from_numpy(drawn * np.float32(rank**-0.5))
            else:
                self.lefts[part] = torch.zeros_like(start)
            if name in self.item_parameters:
                self.rows[part] = start[self.free]
            owner, own_name = _owner(self.skeleton, name)
            del owner._parameters[own_name]

    def network_now(self) -> nn.Module:
        """The network with today's sums as its weights."""
        for name, weight in self.weights().items():
            owner, own_name = _owner(self.skeleton, name)
            setattr(owner, own_name, weight)
        return self.skeleton

    def weights(self) -> dict[str, Tensor]:
        """The sums by parameter."""
        summed = {}
        for name in self.names:
            part = name.replace(".", "/")
            addition = self.lefts[part]
            if part in self.rights:
                addition = addition @ self.rights[part]
            weight = self.get_buffer(f"start/{part}") + addition
            if part in self.rows:
                weight = weight.index_copy(0, self.free.to(weight.device), self.rows[part])
            summed[name] = weight
        return summed

    def short(self) -> dict[str, tuple[Tensor, Tensor | None]]:
        """The short-term additions; rows of new items have none."""
        found: dict[str, tuple[Tensor, Tensor | None]] = {}
        for name in self.names:
            part = name.replace(".", "/")
            left = self.lefts[part].detach()
            if part in self.rows:
                left = left.index_fill(0, self.free.to(left.device), 0.0)
            right = self.rights[part].detach() if part in self.rights else None
            found[name] = (left, right)
        return found

    def free_rows(self) -> dict[str, Tensor]:
        """The rows of new items by parameter."""
        return {name: self.rows[name.replace(".", "/")].detach() for name in self.item_parameters}


def cut_to_rank(left: Tensor, right: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """Two factors of the matrix of that rank that is nearest to ``left @ right``."""
    thin, upper = torch.linalg.qr(left)
    inner_left, values, inner_right = torch.linalg.svd(upper @ right, full_matrices=False)
    kept = min(rank, len(values))
    return thin @ (inner_left[:, :kept] * values[:kept]), inner_right[:kept]


def _weights_of(network: nn.Module) -> dict[str, Tensor]:
    return {name: weight.detach().cpu().clone() for name, weight in network.named_parameters()}


def _owner(network: nn.Module, name: str) -> tuple[nn.Module, str]:
    path, _, own_name = name.rpartition(".")
    return network.get_submodule(path), own_name
