"""A lesson for the sequential network: what shoppers did in a window, and earlier histories.

A sequence is a shopper's history, its key the shopper's index in the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from recommender.contracts import History, Longs
from recommender.learning.device import chosen_device
from recommender.learning.lifelong.continual.protocol import Described
from recommender.learning.networks.next_item_training import NextItemTask
from recommender.learning.networks.sequence_batches import NONE, SequenceBatches, history_batch
from recommender.learning.networks.transformer import NextItem
from recommender.learning.training_settings import Batch, Loss

Mask = npt.NDArray[np.bool_]
#: Histories that are described together.
BLOCK = 256


class HistoryLesson:
    """A log, and which of its interactions are new; a ``Lesson``.

    Of the window's shoppers only the new interactions are predicted, from all before them; of
    those mixed in, their newest ``longest``.
    """

    item_parameters = frozenset({"items.learned.weight"})

    def __init__(
        self,
        network: NextItem,
        before: NextItem | None,
        task: NextItemTask,
        new: Mask,
        known: Mask,
        rng: np.random.Generator,
    ):
        self.network, self.before, self.task = network, before, task
        self.new, self.known, self.rng = new, known, rng
        log = task.log
        counts = np.diff(log.bounds())
        news = np.bincount(log.shoppers[new], minlength=log.n_shoppers)
        whole = counts >= 2
        self.window = np.flatnonzero(whole & (news > 0)).astype(np.int64)
        self.fresh = np.flatnonzero(whole & (news == counts)).astype(np.int64)
        self.past = np.flatnonzero(whole & (news == 0)).astype(np.int64)

    @cached_property
    def _loss(self) -> Loss:
        return self.task.loss(chosen_device())

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """One number per prediction."""
        return self._loss(network, batch)

    def scores(self, network: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """Over the sampled items and the batch's own targets, or all that anybody took.

        Without what is added for things that were taken before.
        """
        assert isinstance(network, NextItem)
        states, _ = network.wanted(batch["items"], batch["gaps"], batch["strengths"])
        there = batch["targets"] != NONE
        if "shared_negatives" in batch:
            sampled = torch.cat([batch["shared_negatives"], batch["targets"][there]])
            candidates = torch.unique(sampled)
        else:
            candidates = torch.from_numpy(self.task.known).to(states.device)
        return states[there] @ network.items(candidates).T, candidates

    def batches(self, replayed: Longs) -> SequenceBatches:
        """The window with these shoppers mixed in."""
        log, longest = self.task.log, self.task.longest
        bounds = log.bounds()
        mixed = np.zeros(log.n_shoppers, bool)
        mixed[replayed] = True
        wanted = np.zeros(log.n_shoppers, bool)
        wanted[self.window] = True
        place = np.arange(len(log))
        # Where the first prediction of each shopper lies.
        firsts = np.full(log.n_shoppers, len(log), np.int64)
        np.minimum.at(firsts, log.shoppers[self.new], place[self.new])
        firsts[mixed] = np.maximum(bounds[1:] - longest, bounds[:-1])[mixed]
        begins = np.maximum(firsts - longest, bounds[:-1])
        begins[mixed] = firsts[mixed]
        kept = (wanted | mixed)[log.shoppers] & (place >= begins[log.shoppers])
        targets = self.new | mixed[log.shoppers]
        return self.task.batches(log.take(kept), targets[kept], mixed[log.shoppers[kept]])

    def passes(self, keys: Longs, size: int) -> Iterator[Batch]:
        """Whole histories, as many as have about ``size`` times the mean length."""
        log = self.task.log.take(np.isin(self.task.log.shoppers, keys))
        positions = max(round(size * len(log) / max(len(keys), 1)), 1)
        return iter(replace(self.task.batches(log), positions=positions)(0, self.rng))

    @torch.no_grad()
    def described(self, network: nn.Module, keys: Longs) -> Described:
        """State before each history's last interaction, and the loss over all known items."""
        assert isinstance(network, NextItem)
        network.eval()
        width = network.items.learned.embedding_dim
        states = np.zeros((len(keys), width), np.float32)
        targets, losses = np.zeros(len(keys), np.int64), np.zeros(len(keys), np.float32)
        device = next(network.parameters()).device
        vectors = network.items(torch.from_numpy(self.task.known).to(device))
        for begin in range(0, len(keys), BLOCK):
            rows = np.arange(begin, min(begin + BLOCK, len(keys)))
            histories, following = self._but_last(keys[rows])
            batch, _, counts = history_batch(histories, self.task.longest, orders=1)
            there = {name: tensor.to(device) for name, tensor in batch.items()}
            found, _ = network.wanted(there["items"], there["gaps"], there["strengths"])
            state = found[torch.arange(len(rows)), counts - 1]
            own = (state * network.items(torch.from_numpy(following).to(device))).sum(dim=1)
            states[rows], targets[rows] = state.cpu().numpy(), following
            losses[rows] = ((state @ vectors.T).logsumexp(dim=1) - own).cpu().numpy()
        return Described(states, targets, losses)

    def _but_last(self, keys: Longs) -> tuple[list[History], Longs]:
        log, bounds = self.task.log, self.task.log.bounds()
        histories = []
        for key in keys:
            own = slice(int(bounds[key]), int(bounds[key + 1]) - 1)
            histories.append(History(log.items[own], log.weights[own], log.times[own]))
        return histories, log.items[bounds[keys + 1] - 1].astype(np.int64)
