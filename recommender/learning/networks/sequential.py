"""The sequential source: what a causal transformer expects after a shopper's history."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor, nn

from recommender.candidates.search_space import Choice, Real, SearchSpace, Whole
from recommender.candidates.storage import load_array, load_settings, save_array, save_settings
from recommender.contracts import CandidateSource, Floats, History, InteractionLog, ItemTable
from recommender.learning.device import chosen_device
from recommender.learning.lifelong.continual import continual_method
from recommender.learning.networks.content_scaler import (
    ContentScaler,
    content_of,
    load_scalers,
    save_scalers,
    scaled_content,
)
from recommender.learning.networks.next_item_training import NextItemTask, train_next_item
from recommender.learning.networks.run_settings import REFIT_RATE, REFIT_TIME, share_of
from recommender.learning.networks.sequence_batches import history_batch
from recommender.learning.networks.transformer import (
    ItemVectors,
    NextItem,
    Transformer,
    TransformerShape,
)
from recommender.learning.networks.window_learning import Remembered, window_learn
from recommender.learning.training import TrainingReport

#: Scores below this share of the row's best count as nothing.
LEAST_SCORE = 1e-4
#: Histories scored together.
SCORED_TOGETHER = 256
#: Directions of a kind of content that are kept.
MOST_DIRECTIONS = 384


class Sequential:
    """Scores are softmax probabilities relative to the likeliest item, at a ``temperature``.

    Items that came after the fit are known by their content (``grow``). ``max_seconds`` bounds a
    fit softly; ``refit`` goes on from an earlier fit for ``refit_epochs``, ``learn_window`` for
    ``window_epochs`` with at most ``exemplars`` earlier histories in store, of which it mixes in at
    most ``replay_share`` times as many as are new. ``negatives`` items are sampled for each batch,
    none for the full softmax. ``orders`` of baskets are averaged when a history is scored.
    """

    name = "sequential"
    search_space: ClassVar[SearchSpace] = {
        "width": Choice((32, 64, 96, 128)),
        "blocks": Whole(1, 4),
        "dropout": Real(0.0, 0.6),
        "item_dropout": Real(0.0, 0.5),
        "epochs": Whole(2, 80, log=True),
        "learning_rate": Real(1e-4, 1e-2, log=True),
        "weight_decay": Real(1e-4, 0.3, log=True),
        "temperature": Real(0.3, 5.0, log=True),
    }

    def __init__(
        self,
        width: int = 64,
        blocks: int = 2,
        heads: int = 2,
        longest: int = 50,
        dropout: float = 0.4,
        item_dropout: float = 0.05,
        epochs: int = 24,
        batch_positions: int = 512,
        learning_rate: float = 2e-3,
        weight_decay: float = 0.05,
        negatives: int = 512,
        orders: int = 4,
        temperature: float = 2.0,
        max_seconds: float | None = None,
        refit_epochs: int = 2,
        window_epochs: int = 4,
        exemplars: int = 10_000,
        replay_share: float = 1.0,
        seed: int = 0,
        progress: bool = False,
    ):
        self.settings: dict[str, Any] = {
            name: value for name, value in locals().items() if name not in ("self", "progress")
        }
        for parameter in self.search_space:
            setattr(self, parameter, self.settings[parameter])
        self.progress = progress
        self.shape = TransformerShape(width, blocks, heads, longest, dropout)
        self.scalers: tuple[ContentScaler, ...] = ()
        self.report: TrainingReport | None = None
        self.remembered: Remembered | None = None
        self.transformer: Transformer
        self.projections: nn.ParameterList
        self.item_vectors: Tensor
        self.blank: Tensor

    # --- learning -------------------------------------------------------------------------------

    def fit(self, log: InteractionLog, items: ItemTable) -> None:
        """Train from random weights."""
        self.scalers = tuple(
            ContentScaler.fit(vectors, MOST_DIRECTIONS) for vectors in content_of(items)
        )
        self._train(log, self._network(log, items), self.settings["epochs"])

    def refit(self, log: InteractionLog, items: ItemTable, start: CandidateSource) -> None:
        """Go on from the weights of ``start``, whose items begin this table, for a few epochs."""
        network = self._continued(log, items, start)
        self._train(log, network, self.settings["refit_epochs"], REFIT_RATE, REFIT_TIME)

    def learn_window(
        self,
        log: InteractionLog,
        window: InteractionLog,
        items: ItemTable,
        start: CandidateSource,
        method: str = "replay",
    ) -> None:
        """Go on from the weights of ``start`` with what is new, by a continual learning method.

        ``window`` holds the interactions of ``log`` that ``start`` has not learnt; the shoppers and
        items of ``start`` begin those of the log. What the method remembers belongs to this source.

        Raises:
            ValueError: no such method, or ``start`` is another kind of network.
        """
        told = self.settings
        continual = continual_method(method, told["exemplars"], told["replay_share"])
        if continual.fresh:
            self.fit(log, items)
            return
        network = self._continued(log, items, start)
        assert isinstance(start, Sequential)
        learnt, self.report, self.remembered = window_learn(
            network,
            NextItemTask(log, self.shape.longest, told["batch_positions"], told["negatives"]),
            window,
            continual,
            method,
            start.remembered,
            epochs=told["window_epochs"],
            learning_rate=told["learning_rate"] * REFIT_RATE,
            weight_decay=told["weight_decay"],
            max_seconds=share_of(told["max_seconds"], REFIT_TIME),
            seed=told["seed"],
            progress=self.progress,
        )
        self._keep(learnt)

    def _continued(self, log: InteractionLog, items: ItemTable, start: CandidateSource) -> NextItem:
        """A network with the weights of ``start`` and rows for the items that are new."""
        if not isinstance(start, Sequential) or start.shape != self.shape:
            raise ValueError(
                "going on needs a start with the same width, blocks, heads and longest"
            )
        self.scalers = start.scalers
        network = self._network(log, items)
        with torch.no_grad():
            network.transformer.load_state_dict(start.transformer.state_dict())
            network.items.projections.load_state_dict(start.projections.state_dict())
            count = len(start.item_vectors)
            known = torch.from_numpy(np.bincount(log.items, minlength=len(items)) > 0)[:count]
            content = network.items.content_part(torch.arange(count))
            learned = (start.item_vectors.cpu() - content) * known[:, None]
            network.items.learned.weight[:count] = learned
        return network

    def grow(self, items: ItemTable) -> None:
        """Know the items at the end of the table by their content."""
        count = len(self.item_vectors)
        content = self._content(items)
        fresh = ItemVectors(
            torch.zeros(len(items) - count), tuple(c[count:] for c in content), self.shape.width, 0
        )
        fresh.projections.load_state_dict(self.projections.state_dict())
        with torch.no_grad():
            vectors = fresh.content_part(torch.arange(len(items) - count)).half().float()
        self._take(torch.cat([self.item_vectors, vectors.to(self.item_vectors.device)]))

    def _take(self, item_vectors: Tensor) -> None:
        """Score by these vectors, shape (n_items, width)."""
        self.item_vectors = item_vectors
        # An item of which nothing at all is known has a vector of zeros, and is not proposed.
        self.blank = (~item_vectors.any(dim=1)).nonzero()[:, 0]

    def _content(self, items: ItemTable) -> tuple[Tensor, ...]:
        return tuple(map(torch.from_numpy, scaled_content(self.scalers, items)))

    def _network(self, log: InteractionLog, items: ItemTable) -> NextItem:
        known = torch.from_numpy(np.bincount(log.items, minlength=len(items)) > 0)
        with torch.random.fork_rng([]):
            torch.manual_seed(self.settings["seed"])
            return NextItem(
                ItemVectors(
                    known, self._content(items), self.shape.width, self.settings["item_dropout"]
                ),
                Transformer(self.shape),
            )

    def _train(
        self,
        log: InteractionLog,
        network: NextItem,
        epochs: int,
        rate: float = 1.0,
        time: float = 1.0,
    ) -> None:
        """``rate`` and ``time`` are shares of the learning rate and of the seconds of a fit."""
        told = self.settings
        task = NextItemTask(log, self.shape.longest, told["batch_positions"], told["negatives"])
        self.report = train_next_item(
            network,
            task,
            epochs=epochs,
            learning_rate=told["learning_rate"] * rate,
            weight_decay=told["weight_decay"],
            max_seconds=share_of(told["max_seconds"], time),
            seed=told["seed"],
            progress=self.progress,
        )
        self._keep(network)

    def _keep(self, network: NextItem) -> None:
        """What scoring needs, rounded to the half precision in which it is stored."""
        network.eval().requires_grad_(False)
        for parameter in network.parameters():
            parameter.copy_(parameter.half().float())
        weights = network.items.learned.weight
        everything = torch.arange(len(weights), device=weights.device)
        self._take(network.items(everything).half().float())
        self.transformer, self.projections = network.transformer, network.items.projections.cpu()

    # --- scoring --------------------------------------------------------------------------------

    def score(self, histories: Sequence[History]) -> Floats:
        """Shape (len(histories), n_items); the best item of a history scores one."""
        scores = np.zeros((len(histories), len(self.item_vectors)), np.float32)
        asked = [place for place, history in enumerate(histories) if len(history)]
        for start in range(0, len(asked), SCORED_TOGETHER):
            places = asked[start : start + SCORED_TOGETHER]
            scores[places] = self._scored([histories[place] for place in places])
        return scores

    @torch.inference_mode()
    def _scored(self, histories: Sequence[History]) -> Floats:
        logits = self.wanted(histories) @ self.item_vectors.T  # (n, n_items)
        for row, history in enumerate(histories):
            items, additions = self._additions(history)
            logits[row, items] += additions
        logits[:, self.blank] = float("-inf")
        best = logits.max(dim=1, keepdim=True).values.clamp(min=-1e9)
        scores = torch.exp((logits - best) / self.settings["temperature"])
        scores[scores < LEAST_SCORE] = 0.0
        result: Floats = scores.cpu().numpy()
        return result

    def _additions(self, history: History) -> tuple[Tensor, Tensor]:
        """The items of a history and what is added to their scores for having been taken.

        In a basket, whose order nobody knows, all places are taken to be its middle.
        """
        times, first, size = np.unique(history.times, return_index=True, return_counts=True)
        middle = first + (size - 1) // 2
        back = len(history) - 1 - middle[np.searchsorted(times, history.times)]
        items, newest = np.unique(history.items[::-1], return_index=True)
        steps = torch.from_numpy(back[::-1][newest].copy()).to(self.item_vectors.device)
        return torch.from_numpy(items.astype(np.int64)), self.transformer.again_bias(steps)

    @torch.inference_mode()
    def wanted(self, histories: Sequence[History]) -> Tensor:
        """The vector of what comes next, shape (n, width), the mean over orders of baskets."""
        device = self.item_vectors.device
        batch, owners, counts = history_batch(
            histories, self.shape.longest, self.settings["orders"]
        )
        batch = {name: tensor.to(device) for name, tensor in batch.items()}
        states = self.transformer(
            self.item_vectors[batch["items"]], batch["gaps"], batch["strengths"]
        )  # (rows, length, width)
        last = states[torch.arange(len(counts)), counts - 1]
        total = torch.zeros(len(histories), self.shape.width, device=device)
        total.index_add_(0, owners.to(device), last)
        return total / torch.bincount(owners)[:, None].to(device)

    # --- files ----------------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        """Item vectors and weights in half precision, and the scaling of content."""
        save_settings(folder, self.settings)
        save_array(folder, "item_vectors", self.item_vectors.half().cpu().numpy())
        state = {
            f"{part}.{name}": tensor.half().cpu()
            for part, module in (("transformer", self.transformer), ("items", self.projections))
            for name, tensor in module.state_dict().items()
        }
        torch.save(state, folder / "network.pt")
        save_scalers(folder, self.scalers)
        if self.remembered is not None:
            self.remembered.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote, onto the chosen device."""
        source = cls(**load_settings(folder))
        device = chosen_device()
        vectors = np.array(load_array(folder, "item_vectors"), np.float32)
        source._take(torch.from_numpy(vectors).to(device))
        state = torch.load(folder / "network.pt", weights_only=True)
        parts: dict[str, dict[str, Tensor]] = {"transformer": {}, "items": {}}
        for name, tensor in state.items():
            part, _, rest = name.partition(".")
            parts[part][rest] = tensor.float()
        source.transformer = Transformer(source.shape)
        source.transformer.load_state_dict(parts["transformer"])
        source.transformer.to(device).eval().requires_grad_(False)
        source.scalers = load_scalers(folder)
        source.projections = nn.ParameterList(
            parts["items"][str(place)] for place in range(len(source.scalers))
        )
        source.projections.requires_grad_(False)
        source.remembered = Remembered.load(folder)
        return source
