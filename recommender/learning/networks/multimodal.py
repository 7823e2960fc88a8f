"""The multimodal source: items whose texts, pictures and sounds together are like the shopper's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor, nn

from recommender.candidates.content import profile_scores
from recommender.candidates.nearest import (
    EXACT_UP_TO,
    ExactNearest,
    FaissNearest,
    NearestItems,
    NearestSettings,
    load_nearest,
    nearest_items,
)
from recommender.candidates.search_space import Real, SearchSpace, Whole
from recommender.candidates.storage import load_array, load_settings, save_array, save_settings
from recommender.contracts import CandidateSource, Floats, History, InteractionLog, ItemTable
from recommender.learning.device import chosen_device
from recommender.learning.networks.content_scaler import (
    ContentScaler,
    content_of,
    load_scalers,
    save_scalers,
    scaled_content,
)
from recommender.learning.networks.item_tower import ItemTower, in_batch_loss
from recommender.learning.networks.neighbour_pairs import NeighbourPairs
from recommender.learning.networks.run_settings import (
    REFIT_RATE,
    REFIT_TIME,
    run_settings,
    share_of,
)
from recommender.learning.training import TrainingReport, train

KIND = "multimodal"
#: Items fused together.
FUSED_TOGETHER = 4096


class Multimodal:
    """Cosine of the items' fused vectors with the recency-weighted mean of the shopper's.

    The tower is trained so that items which shoppers take close to each other lie close. Whitening
    its vectors once more, as those of single kinds are, undoes what it has learnt. An item
    of which nothing is known has no direction and is never proposed. Items that came after the fit
    are fused as they are (``grow``). ``max_seconds`` bounds a fit softly; ``refit`` goes on from an
    earlier fit for ``refit_epochs``. Beyond ``exact_up_to`` items an index proposes the nearest.
    """

    name = "multimodal"
    search_space: ClassVar[SearchSpace] = {
        "history_decay": Real(0.2, 1.0),
        "window": Whole(1, 10),
        "dropout": Real(0.0, 0.6),
        "epochs": Whole(2, 40, log=True),
        "learning_rate": Real(3e-4, 2e-2, log=True),
        "weight_decay": Real(1e-3, 0.3, log=True),
    }

    def __init__(
        self,
        width: int = 384,
        history_decay: float = 0.6,
        window: int = 3,
        dropout: float = 0.2,
        epochs: int = 10,
        batch_size: int = 512,
        learning_rate: float = 3e-3,
        weight_decay: float = 0.01,
        max_seconds: float | None = None,
        refit_epochs: int = 2,
        exact_up_to: int = EXACT_UP_TO,
        seed: int = 0,
        progress: bool = False,
    ):
        self.settings: dict[str, Any] = {
            name: value for name, value in locals().items() if name not in ("self", "progress")
        }
        self.progress = progress
        self.scalers: tuple[ContentScaler, ...] = ()
        self.tower: ItemTower
        self.report: TrainingReport | None = None
        #: One row per item, of length one, or zero where nothing is known; (n_items, width).
        self.vectors: Floats
        self.nearest: NearestItems = ExactNearest(np.zeros((0, width), np.float32))

    @property
    def search_report(self) -> Mapping[str, Any]:
        """How the nearest items are found."""
        return self.nearest.report

    # --- learning -------------------------------------------------------------------------------

    def fit(self, log: InteractionLog, items: ItemTable) -> None:
        """Train from random weights."""
        self.scalers = tuple(
            ContentScaler.fit(vectors, self.settings["width"]) for vectors in content_of(items)
        )
        with torch.random.fork_rng([]):
            torch.manual_seed(self.settings["seed"])
            self.tower = self._new_tower()
        self._train(log, items, self.settings["epochs"])

    def refit(self, log: InteractionLog, items: ItemTable, start: CandidateSource) -> None:
        """Go on from the tower of ``start`` for a few epochs."""
        if not isinstance(start, Multimodal) or start.settings["width"] != self.settings["width"]:
            raise ValueError("a refit needs a start with the same width")
        self.scalers = start.scalers
        self.tower = self._new_tower()
        self.tower.load_state_dict(start.tower.state_dict())
        self._train(log, items, self.settings["refit_epochs"], REFIT_RATE, REFIT_TIME)

    def grow(self, items: ItemTable) -> None:
        """Know new items, and old ones of which something else is known now, by their content."""
        self._fuse(self._contents(items))
        self.nearest.grow(self.vectors)

    def gates(self, items: ItemTable) -> Floats:
        """How much text, image and audio count for each item: (n_items, 3), sums one or zero."""
        with torch.inference_mode():
            gates: Floats = self.tower.cpu().eval().fused(self._contents(items))[1].numpy()
        return gates

    def _new_tower(self) -> ItemTower:
        dimensions = [scaler.axes.shape[1] for scaler in self.scalers]
        return ItemTower(dimensions, self.settings["width"], self.settings["dropout"])

    def _contents(self, items: ItemTable) -> tuple[Tensor, ...]:
        return tuple(map(torch.from_numpy, scaled_content(self.scalers, items)))

    def _train(
        self,
        log: InteractionLog,
        items: ItemTable,
        epochs: int,
        rate: float = 1.0,
        time: float = 1.0,
    ) -> None:
        """``rate`` and ``time`` are shares of the learning rate and of the seconds of a fit."""
        told, contents = self.settings, self._contents(items)
        pairs = NeighbourPairs(log, told["window"], told["batch_size"])
        some = any(content.any() for content in contents)
        if some and len(pairs.pairs(np.random.default_rng(0))[0]):
            settings = run_settings(
                KIND,
                log,
                epochs=epochs,
                batch_size=told["batch_size"],
                learning_rate=told["learning_rate"] * rate,
                weight_decay=told["weight_decay"],
                seed=told["seed"],
                max_seconds=share_of(told["max_seconds"], time),
                progress=self.progress,
            )
            self.report = train(self.tower, pairs, _loss(contents, pairs), settings)
        self._fuse(contents)
        self.nearest = nearest_items(self.vectors, NearestSettings(told["exact_up_to"]))

    def _fuse(self, contents: Sequence[Tensor]) -> None:
        self.tower = self.tower.cpu().eval().requires_grad_(False)
        with torch.inference_mode():
            parts = [
                self.tower([content[start : start + FUSED_TOGETHER] for content in contents])
                for start in range(0, len(contents[0]), FUSED_TOGETHER)
            ]
        none = np.zeros((0, self.tower.width), np.float32)
        self.vectors = torch.cat(parts).numpy() if parts else none

    # --- scoring --------------------------------------------------------------------------------

    def score(self, histories: Sequence[History]) -> Floats:
        """Shape (len(histories), n_items)."""
        near = self.nearest if isinstance(self.nearest, FaissNearest) else None
        return profile_scores(self.vectors, histories, self.settings["history_decay"], near)

    # --- files ----------------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        """The fused vectors, and what fuses those of new items."""
        save_settings(folder, self.settings)
        save_array(folder, "vectors", self.vectors)
        self.nearest.save(folder)
        torch.save(self.tower.state_dict(), folder / "tower.pt")
        save_scalers(folder, self.scalers)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; the vectors stay on disk."""
        source = cls(**load_settings(folder))
        source.vectors = load_array(folder, "vectors")
        source.nearest = load_nearest(folder, source.vectors)
        source.scalers = load_scalers(folder)
        source.tower = source._new_tower()
        source.tower.load_state_dict(torch.load(folder / "tower.pt", weights_only=True))
        source.tower.eval().requires_grad_(False)
        return source


def _loss(contents: Sequence[Tensor], pairs: NeighbourPairs) -> Any:
    """The contrastive loss of a batch of pairs; the contents go to the device with it."""
    device = chosen_device()
    here = [content.to(device) for content in contents]
    log_q = torch.from_numpy(np.log(pairs.frequency().clip(1e-12)).astype(np.float32)).to(device)

    def loss(module: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
        assert isinstance(module, ItemTower)
        one, other = batch["items"], batch["others"]
        return batch["weights"] * in_batch_loss(
            module([content[one] for content in here]),
            module([content[other] for content in here]),
            one,
            other,
            log_q[other],
            module.log_scale,
        )

    return loss
