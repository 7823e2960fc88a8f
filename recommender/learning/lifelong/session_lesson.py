"""A lesson for the recurrent network: a period's sessions and those that were kept."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from recommender.contracts import Longs
from recommender.learning.lifelong.continual.protocol import Described, Mask
from recommender.learning.lifelong.protocol import Sessions
from recommender.learning.lifelong.session_network import (
    NeuralSettings,
    SessionBatches,
    SessionNetwork,
    item_odds,
    padded,
    sampled_loss,
)
from recommender.learning.training_settings import Batch

#: Sessions that are described at once.
BLOCK = 1024


class SessionLesson:
    """Sessions by ascending key; a ``Lesson``."""

    item_parameters = frozenset({"items.weight", "bias"})

    def __init__(
        self,
        network: SessionNetwork,
        before: SessionNetwork | None,
        sessions: Sessions,
        keys: Longs,
        window: Longs,
        known: Mask,
        settings: NeuralSettings,
        rng: np.random.Generator,
    ):
        self.network, self.before = network, before
        self.sessions, self.keys, self.window = sessions, keys, window
        self.fresh, self.known, self.settings, self.rng = window, known, settings, rng
        self.past = keys[: len(keys) - len(window)]
        self.count(sessions)

    def count(self, learnt: Sessions) -> None:
        """Draw items as often as these sessions say."""
        self.odds = item_odds(learnt, len(self.known))
        self._log_odds = torch.from_numpy(np.log(self.odds).astype(np.float32))

    def taken(self, keys: Longs) -> Sessions:
        """The sessions with these keys."""
        return self.sessions.taken(np.searchsorted(self.keys, keys))

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Mean over the batch's predictions."""
        assert isinstance(network, SessionNetwork)
        return sampled_loss(network, batch, self._log_odds)

    def scores(self, network: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """Over the batch's drawn items and its own next clicks."""
        assert isinstance(network, SessionNetwork)
        clicks, lengths = batch["clicks"], batch["lengths"]
        there = torch.arange(1, clicks.shape[1], device=clicks.device) < lengths[:, None]
        state = network(clicks[:, :-1])[there]
        candidates = torch.cat([batch["shared_drawn"], clicks[:, 1:][there]])
        candidates = torch.unique(candidates)
        return state @ network.items(candidates).T + network.bias[candidates], candidates

    @torch.no_grad()
    def described(self, network: nn.Module, keys: Longs) -> Described:
        """State before the last click, the loss over all items; one click stands for itself."""
        assert isinstance(network, SessionNetwork)
        network.eval()
        device = network.bias.device
        sessions = self.taken(keys)
        states, losses = [], []
        for begin in range(0, len(sessions), BLOCK):
            rows = np.arange(begin, min(begin + BLOCK, len(sessions)))
            clicks, lengths = padded(sessions, rows, self.settings.newest + 1)
            last = torch.from_numpy(np.maximum(lengths - 2, 0)).to(device)
            places = torch.arange(len(rows), device=device)
            state = network(torch.from_numpy(clicks).to(device))[places, last]
            target = torch.from_numpy(clicks[places.cpu(), lengths - 1]).to(device)
            scores = state @ network.items.weight.T + network.bias
            losses.append(functional.cross_entropy(scores, target, reduction="none").cpu())
            states.append(state.cpu())
        targets = sessions.items[sessions.starts[1:] - 1].astype(np.int64)
        return Described(torch.cat(states).numpy(), targets, torch.cat(losses).numpy())

    def passes(self, keys: Longs, size: int) -> Iterator[Batch]:
        """Sessions of two clicks or more."""
        batches = SessionBatches(self.taken(keys), 0, self.odds, self.settings, size)
        return batches(0, self.rng)
