"""A small recurrent network that continues sessions, its loss and its batches.

GRU4Rec (Hidasi et al., "Session-based recommendations with recurrent neural networks", ICLR 2016)
with tied item vectors and a softmax over sampled items, corrected for how often each is drawn
(Bengio and Senecal 2008).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from recommender.contracts import Longs
from recommender.learning.lifelong.continual.protocol import REPLAYED
from recommender.learning.lifelong.protocol import Sessions
from recommender.learning.training_settings import Batch

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuralSettings:
    """The network and its training."""

    dimensions: int = 96
    dropout: float = 0.3
    #: Newest clicks that are read.
    newest: int = 15
    #: Passes over all that a period is learnt with; the first period gets ``first_epochs``.
    epochs: int = 6
    first_epochs: int = 10
    #: Sessions in a step, and items drawn for it beside the true ones.
    batch_size: int = 128
    drawn: int = 512
    learning_rate: float = 1e-2
    #: Sessions kept for replay.
    store: int = 30_000
    seed: int = 0


class SessionNetwork(nn.Module):
    """Item vectors, a GRU over them, and the product with item vectors."""

    def __init__(self, n_items: int, settings: NeuralSettings):
        super().__init__()
        self.items = nn.Embedding(n_items, settings.dimensions)
        nn.init.normal_(self.items.weight, std=settings.dimensions**-0.5)
        self.bias = nn.Parameter(torch.zeros(n_items))
        self.recurrent = nn.GRU(settings.dimensions, settings.dimensions, batch_first=True)
        self.dropout = nn.Dropout(settings.dropout)

    def forward(self, clicks: Tensor) -> Tensor:
        """States after each click, (rows, clicks) to (rows, clicks, dimensions)."""
        states: Tensor = self.recurrent(self.dropout(self.items(clicks)))[0]
        return self.dropout(states)

    def grown(self, n_items: int, settings: NeuralSettings) -> SessionNetwork:
        """The same network with vectors by chance for the items that are new."""
        larger = SessionNetwork(n_items, settings)
        larger.recurrent.load_state_dict(self.recurrent.state_dict())
        known = self.items.num_embeddings
        with torch.no_grad():
            larger.items.weight[:known] = self.items.weight
            larger.bias[:known] = self.bias
        return larger


def sampled_loss(network: SessionNetwork, batch: Batch, log_odds: Tensor) -> Tensor:
    """Mean cross entropy of each next click against the drawn items."""
    clicks, lengths, drawn = batch["clicks"], batch["lengths"], batch["shared_drawn"]
    states = network(clicks[:, :-1])
    there = torch.arange(1, clicks.shape[1], device=clicks.device) < lengths[:, None]
    state, target = states[there], clicks[:, 1:][there]  # (n, dimensions), (n,)
    true = (state * network.items(target)).sum(-1) + network.bias[target]
    others = state @ network.items(drawn).T + network.bias[drawn]  # (n, drawn)
    others = others - (log_odds.to(state.device)[drawn] + float(np.log(len(drawn))))
    others = others.masked_fill(drawn == target[:, None], -1e9)
    return (torch.logaddexp(true, others.logsumexp(1)) - true).mean()


def padded(sessions: Sessions, chosen: Longs, newest: int) -> tuple[Longs, Longs]:
    """The newest clicks of the chosen sessions, (rows, longest) filled up with 0, and lengths."""
    ends = sessions.starts[chosen + 1]
    lengths = np.minimum(ends - sessions.starts[chosen], newest)
    places = np.arange(int(lengths.max(initial=1)))
    at = np.minimum((ends - lengths)[:, None] + places, ends[:, None] - 1)
    clicks = np.where(places < lengths[:, None], sessions.items[at], 0).astype(np.int64)
    return clicks, lengths


def item_odds(sessions: Sessions, n_items: int) -> Doubles:
    """How likely each item is to be drawn: between uniform and as often as it is clicked."""
    odds = (np.bincount(sessions.items, minlength=n_items) + 1.0) ** 0.75
    found: Doubles = odds / odds.sum()
    return found


class SessionBatches:
    """All sessions of two clicks or more, in batches of like lengths, in an order by chance.

    The first ``replayed`` sessions are those that were mixed in. Each batch has items drawn by
    ``odds`` as ``shared_drawn``.
    """

    def __init__(
        self,
        sessions: Sessions,
        replayed: int,
        odds: Doubles,
        settings: NeuralSettings,
        batch_size: int | None = None,
    ):
        self.sessions, self.replayed, self.settings = sessions, replayed, settings
        self.batch_size = batch_size or settings.batch_size
        self.steps = np.cumsum(odds)

    def __call__(self, _epoch: int, rng: np.random.Generator) -> Iterator[Batch]:
        """An epoch; it depends on the generator alone."""
        settings, size = self.settings, self.batch_size
        usable = np.flatnonzero(self.sessions.lengths > 1)
        near = np.minimum(self.sessions.lengths[usable], settings.newest) + rng.random(len(usable))
        usable = usable[np.argsort(near)]
        for batch in rng.permutation(-(-len(usable) // size)):
            chosen = usable[batch * size : (batch + 1) * size]
            clicks, lengths = padded(self.sessions, chosen, settings.newest)
            drawn = np.searchsorted(self.steps, rng.random(settings.drawn))
            yield {
                "clicks": torch.from_numpy(clicks),
                "lengths": torch.from_numpy(lengths),
                REPLAYED: torch.from_numpy(chosen < self.replayed),
                "shared_drawn": torch.from_numpy(drawn.clip(max=len(self.steps) - 1)),
            }
