"""The recurrent network, kept up to date by a continual learning method."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import numpy as np
import torch

from recommender.contracts import Floats, Ints, Longs
from recommender.learning.device import chosen_device
from recommender.learning.lifelong.continual import continual_method
from recommender.learning.lifelong.continual.lesson_training import lesson_learn
from recommender.learning.lifelong.continual.protocol import ContinualMethod
from recommender.learning.lifelong.protocol import Sessions, no_sessions
from recommender.learning.lifelong.session_lesson import SessionLesson
from recommender.learning.lifelong.session_network import (
    NeuralSettings,
    SessionBatches,
    SessionNetwork,
    padded,
)
from recommender.learning.lifelong.top_items import top_items
from recommender.learning.training import TrainingSettings

#: Prefixes scored at once.
BLOCK = 256


class Neural:
    """The network under one continual method; a ``LifelongMethod``."""

    def __init__(self, method: ContinualMethod, settings: NeuralSettings | None = None):
        self.method = method
        self.settings = settings or NeuralSettings()
        self.network: SessionNetwork | None = None
        #: The sessions that the method still wants, and their keys: numbers in order of arrival.
        self.kept = no_sessions()
        self.keys: Longs = np.empty(0, np.int64)
        self.seen = 0
        self.periods = 0

    def update(self, sessions: Sessions, n_items: int) -> None:
        """Train on the period, with what the method adds to it."""
        settings, seed = self.settings, self.settings.seed + self.periods
        fresh = self.network is None or self.method.fresh
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            if self.network is None or fresh:
                network, known = SessionNetwork(n_items, settings), 0
            else:
                network = self.network.grown(n_items, settings)
                known = self.network.items.num_embeddings
        window = self.seen + np.arange(len(sessions), dtype=np.int64)
        lesson = SessionLesson(
            network,
            None if fresh else deepcopy(network).eval().requires_grad_(False),
            self.kept.followed_by(sessions),
            np.concatenate([self.keys, window]),
            window,
            np.arange(n_items) < known,
            settings,
            np.random.default_rng((settings.seed, self.periods)),
        )
        replayed = self.method.mixed_in(lesson)
        learnt = lesson.taken(np.concatenate([replayed, window]))
        # How likely items are to be drawn follows what is learnt.
        lesson.count(learnt)
        trained, _ = lesson_learn(
            self.method,
            lesson,
            SessionBatches(learnt, len(replayed), lesson.odds, settings),
            TrainingSettings(
                epochs=settings.first_epochs if fresh else settings.epochs,
                batch_size=settings.batch_size,
                learning_rate=settings.learning_rate,
                weight_decay=0.0,
                seed=seed,
            ),
        )
        assert isinstance(trained, SessionNetwork)
        self.network = trained
        self.method.remember(lesson, trained)
        self.keys = self.method.keys
        self.kept = lesson.taken(self.keys)
        self.seen += len(sessions)
        self.periods += 1

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
        states = network.eval()(torch.from_numpy(clicks).to(device))
        last = states[torch.arange(len(clicks)), torch.from_numpy(lengths).to(device) - 1]
        scores: Floats = (last @ network.items.weight.T + network.bias).cpu().numpy()
        return scores

    @property
    def stored_bytes(self) -> int:
        """Weights, kept sessions, and what the method remembers beside them."""
        weights = [] if self.network is None else list(self.network.parameters())
        kept = self.kept.starts.nbytes + self.kept.items.nbytes
        tensors = [*weights, *self.method.memory().values()]
        return kept + sum(tensor.numel() * tensor.element_size() for tensor in tensors)

    def save(self, folder: Path) -> None:
        """Everything that the next update needs, in one file of the folder."""
        if self.network is None:
            raise RuntimeError("save needs an update before it")
        state = {
            "network": self.network.state_dict(),
            "memory": dict(self.method.memory()),
            "starts": torch.from_numpy(self.kept.starts),
            "items": torch.from_numpy(self.kept.items),
            "keys": torch.from_numpy(self.keys),
            "counts": {"seen": self.seen, "periods": self.periods},
        }
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(state, folder / "neural.pt")

    def load(self, folder: Path) -> None:
        """Go on from what ``save`` wrote, under the same kind of method and settings."""
        state = torch.load(folder / "neural.pt", weights_only=True)
        network = SessionNetwork(len(state["network"]["bias"]), self.settings)
        network.load_state_dict(state["network"])
        self.network = network.to(chosen_device()).eval()
        self.method.restore(state["memory"])
        self.kept = Sessions(state["starts"].numpy(), state["items"].numpy())
        self.keys = state["keys"].numpy()
        self.seen, self.periods = state["counts"]["seen"], state["counts"]["periods"]


def finetune(seed: int) -> Neural:
    """The new period alone."""
    return _under("finetune", seed)


def replay(seed: int) -> Neural:
    """The new period and a bounded store of the past."""
    return _under("replay", seed)


def distillation(seed: int) -> Neural:
    """The new period, exemplars, and the earlier network's answers to them."""
    return _under("distillation", seed)


def ewc(seed: int) -> Neural:
    """The new period alone, near the weights that mattered."""
    return _under("ewc", seed)


def adapters(seed: int) -> Neural:
    """Low-rank additions to frozen weights, with replay."""
    return _under("adapters", seed)


def joint(seed: int) -> Neural:
    """Everything, from the beginning."""
    return _under("retrain", seed)


def _under(method: str, seed: int) -> Neural:
    settings = NeuralSettings(seed=seed)
    return Neural(continual_method(method, settings.store), settings)
