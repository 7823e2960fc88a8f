"""A small recurrent network, and three ways to keep it up to date.

GRU4Rec (Hidasi et al., "Session-based recommendations with recurrent neural networks", ICLR 2016)
with tied item vectors and a softmax over sampled items, corrected for how often each is drawn
(Bengio and Senecal 2008). ``finetune`` goes on from the last weights with the new period alone;
``replay`` mixes in sessions of a bounded store, a uniform sample of the past (Vitter's reservoir);
``joint`` starts again from chance on the whole history, which is what the others are measured by.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import torch
from torch import Tensor, nn

from recommender.contracts import Floats, Ints, Longs
from recommender.learning.lifelong.protocol import Sessions, no_sessions
from recommender.learning.lifelong.top_items import top_items
from recommender.learning.training import train
from recommender.learning.training_settings import Batch, TrainingSettings

#: Prefixes scored at once.
BLOCK = 256


class Upkeep(StrEnum):
    """What a new period is learnt with."""

    FINETUNE = "finetune"
    REPLAY = "replay"
    JOINT = "joint"


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


class Neural:
    """The network under one kind of upkeep; a ``LifelongMethod``."""

    def __init__(self, upkeep: Upkeep, settings: NeuralSettings | None = None):
        self.upkeep = upkeep
        self.settings = settings or NeuralSettings()
        self.network: SessionNetwork | None = None
        #: The whole past for ``joint``, the store for ``replay``, nothing for ``finetune``.
        self.kept = no_sessions()
        self.seen = 0
        self.periods = 0

    def update(self, sessions: Sessions, n_items: int) -> None:
        """Train on the period, with what the upkeep adds to it."""
        data = self.kept.followed_by(sessions)
        rng = np.random.default_rng((self.settings.seed, self.periods))
        with torch.random.fork_rng():
            torch.manual_seed(self.settings.seed + self.periods)
            if self.network is None or self.upkeep is Upkeep.JOINT:
                network = SessionNetwork(n_items, self.settings)
                epochs = self.settings.first_epochs
            else:
                network = self.network.grown(n_items, self.settings)
                epochs = self.settings.epochs
        self.network = self._trained(network, data, epochs)
        if self.upkeep is Upkeep.JOINT:
            self.kept = data
        elif self.upkeep is Upkeep.REPLAY:
            self.kept = reservoir(self.kept, sessions, self.seen, self.settings.store, rng)
        self.seen += len(sessions)
        self.periods += 1

    def _trained(self, network: SessionNetwork, data: Sessions, epochs: int) -> SessionNetwork:
        settings = self.settings
        counts = np.bincount(data.items, minlength=network.items.num_embeddings)
        odds = (counts + 1.0) ** 0.75
        odds /= odds.sum()
        log_odds = torch.from_numpy(np.log(odds).astype(np.float32))
        steps = np.cumsum(odds)

        def batches(_epoch: int, rng: np.random.Generator) -> Iterator[Batch]:
            for clicks, lengths in padded_batches(data, settings.batch_size, settings.newest, rng):
                drawn = np.searchsorted(steps, rng.random(settings.drawn)).clip(max=len(odds) - 1)
                yield {
                    "clicks": torch.from_numpy(clicks),
                    "lengths": torch.from_numpy(lengths),
                    "shared_drawn": torch.from_numpy(drawn),
                }

        def loss(module: nn.Module, batch: Batch) -> Tensor:
            assert isinstance(module, SessionNetwork)
            return sampled_loss(module, batch, log_odds)

        train(
            network,
            batches,
            loss,
            TrainingSettings(
                epochs=epochs,
                batch_size=settings.batch_size,
                learning_rate=settings.learning_rate,
                weight_decay=0.0,
                seed=settings.seed + self.periods,
            ),
        )
        return network

    def recommend(self, prefixes: Sessions, count: int) -> Ints:
        """The items with the largest product with the last state."""
        best = [np.empty((0, count), np.int32)]
        for begin in range(0, len(prefixes), BLOCK):
            block = prefixes.slice(begin, min(begin + BLOCK, len(prefixes)))
            best.append(top_items(self._scores(block), count))
        return np.concatenate(best)

    @torch.inference_mode()
    def _scores(self, prefixes: Sessions) -> Floats:
        network = self.network
        if network is None:
            raise RuntimeError("recommend needs an update before it")
        clicks, lengths = padded(prefixes, np.arange(len(prefixes)), self.settings.newest)
        device = network.bias.device
        states = network(torch.from_numpy(clicks).to(device))
        last = states[torch.arange(len(clicks)), torch.from_numpy(lengths).to(device) - 1]
        scores: Floats = (last @ network.items.weight.T + network.bias).cpu().numpy()
        return scores

    @property
    def stored_bytes(self) -> int:
        """Weights and kept sessions."""
        weights = [] if self.network is None else list(self.network.parameters())
        kept = self.kept.starts.nbytes + self.kept.items.nbytes
        return kept + sum(weight.numel() * weight.element_size() for weight in weights)


def finetune(seed: int) -> Neural:
    """The new period alone."""
    return Neural(Upkeep.FINETUNE, NeuralSettings(seed=seed))


def replay(seed: int) -> Neural:
    """The new period and a bounded store of the past."""
    return Neural(Upkeep.REPLAY, NeuralSettings(seed=seed))


def joint(seed: int) -> Neural:
    """Everything, from the beginning."""
    return Neural(Upkeep.JOINT, NeuralSettings(seed=seed))


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


def padded_batches(
    sessions: Sessions, batch_size: int, newest: int, rng: np.random.Generator
) -> Iterator[tuple[Longs, Longs]]:
    """All sessions of two clicks or more, in batches of like lengths, in an order by chance."""
    usable = np.flatnonzero(sessions.lengths > 1)
    near = np.minimum(sessions.lengths[usable], newest) + rng.random(len(usable))
    usable = usable[np.argsort(near)]
    for batch in rng.permutation(-(-len(usable) // batch_size)):
        yield padded(sessions, usable[batch * batch_size : (batch + 1) * batch_size], newest)


def reservoir(
    kept: Sessions, new: Sessions, seen: int, store: int, rng: np.random.Generator
) -> Sessions:
    """A uniform sample of at most ``store`` of all sessions so far, from one of the ``seen``."""
    total = seen + len(new)
    from_new = len(new)
    if total > store:
        from_new = int(rng.hypergeometric(len(new), seen, store)) if seen else store
    from_old = min(len(kept), store - from_new)
    old = np.sort(rng.choice(len(kept), from_old, replace=False))
    fresh = np.sort(rng.choice(len(new), from_new, replace=False))
    return kept.taken(old).followed_by(new.taken(fresh))
