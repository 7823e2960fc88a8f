"""The knowledge-fusion model as a ranker: learnt on lists of candidates, served from tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor, nn

from recommender.candidates.storage import (
    load_array,
    load_settings,
    save_array,
    save_settings,
)
from recommender.contracts import Floats, History, Ints, ItemTable
from recommender.learning.networks.fusion import KnowledgeFusion, listwise_loss
from recommender.learning.networks.fusion_lists import (
    INPUTS,
    PROFILE_DEEDS,
    FusionLists,
    ListBatches,
    list_gain,
)
from recommender.learning.training import TrainingSettings, train
from recommender.ranking.calibrate import best_temperature
from recommender.ranking.features import profile_weights
from recommender.ranking.ranker import BLEND, ItemVectors, RankingCases

Batch = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class FusionSettings:
    """The network's size and how it is trained; chosen on Amazon Beauty's validation."""

    dim: int = 32
    hidden: int = 64
    dropout: float = 0.3
    #: What the alignment of v ⊙ r_j with r counts beside the ranking loss.
    alignment: float = 0.1
    epochs: int = 6
    batch_size: int = 64
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    patience: int = 3
    max_seconds: float | None = 180.0
    seed: int = 0
    #: Whether the items' text vectors are used; without them only for ablations.
    use_text: bool = True


class FusionRanker:
    """M(u, r) over the sources' contributions, the features and the items' vectors.

    Its arguments are those of ``FusionSettings``.
    """

    name = "fusion"
    reads_history = True

    def __init__(self, **settings: Any):
        self.settings = FusionSettings(**settings)
        self.columns: tuple[str, ...] = ()
        self.vectors = ItemVectors(np.zeros((0, 0), np.float32), np.zeros((0, 0), np.float32))
        self.network: KnowledgeFusion | None = None
        #: v, r_j and r of every item, each (n_items, d).
        self.tables: tuple[Tensor, Tensor, Tensor] | None = None

    def fit(
        self, cases: RankingCases, held_out: RankingCases, vectors: ItemVectors, items: ItemTable
    ) -> None:
        """Train on the cases that have an answer, as long as the held-out ones gain.

        Raises:
            ValueError: no case has its answer among the candidates.
        """
        chosen = self.settings
        cases, held_out = cases.take(cases.answered()), held_out.take(held_out.answered())
        if not len(cases) or not len(held_out):
            raise ValueError("the fusion model needs cases with an answer, and held-out ones")
        self.columns = cases.names
        self.vectors = vectors
        raw = self._raw(items)
        with torch.random.fork_rng([]):
            torch.manual_seed(chosen.seed)
            self.network = self._network(
                (raw[0].shape[1], raw[1].shape[1], raw[2].shape[1]),
                base=best_temperature(cases.column(BLEND), cases),
            )
        spread = cases.features.std(axis=0)
        self.network.mean.copy_(torch.from_numpy(cases.features.mean(axis=0)))
        self.network.scale.copy_(torch.from_numpy(np.where(spread > 1e-6, spread, 1.0)))

        def batches(epoch: int, rng: np.random.Generator) -> ListBatches:
            return ListBatches(cases, rng.permutation(len(cases)), chosen.batch_size)

        def loss(module: nn.Module, batch: Batch) -> Tensor:
            scores, apart = module(*(batch[key] for key in INPUTS))
            ranking = listwise_loss(scores, batch["gains"], batch["present"])
            total: Tensor = ranking + chosen.alignment * apart
            return total

        train(
            FusionLists(self.network, raw),
            batches,
            loss,
            TrainingSettings(
                epochs=chosen.epochs,
                batch_size=chosen.batch_size,
                learning_rate=chosen.learning_rate,
                weight_decay=chosen.weight_decay,
                patience=chosen.patience,
                seed=chosen.seed,
                max_seconds=chosen.max_seconds,
                run_name="fusion",
            ),
            validate=lambda module: {"ndcg_at_10": list_gain(module, held_out, chosen.batch_size)},
            watch="ndcg_at_10",
        )
        self.network.cpu().eval()
        self.take_items(items)

    def _network(self, widths: tuple[int, int, int], base: float = 1.0) -> KnowledgeFusion:
        known = self.columns.index("knowledge") if "knowledge" in self.columns else None
        return KnowledgeFusion(
            len(self.columns),
            self.columns.index(BLEND),
            known,
            widths,
            dim=self.settings.dim,
            hidden=self.settings.hidden,
            dropout=self.settings.dropout,
            base=base,
        )

    def _raw(self, items: ItemTable) -> tuple[Tensor, Tensor, Tensor]:
        """Rating, relation and text vectors; what came after the fit has no row in the first two.

        Raises:
            ValueError: the items are fewer than those of the fit.
        """
        known = len(self.vectors.rating)
        if len(items) < known:
            raise ValueError(f"the fusion model knows {known} items, the model {len(items)}")
        grown = [(0, len(items) - known), (0, 0)]
        text = items.vectors if self.settings.use_text else items.vectors[:, :0]
        return (
            torch.from_numpy(np.pad(self.vectors.rating, grown)),
            torch.from_numpy(np.pad(self.vectors.relation, grown)),
            torch.from_numpy(np.array(text, np.float32)),
        )

    def take_items(self, items: ItemTable) -> None:
        """Project all vectors once, so that serving only looks them up.

        Raises:
            ValueError: the items' text vectors are not of the width of the fit.
        """
        if self.network is None:
            raise RuntimeError("the fusion model has not been fitted")
        raw = self._raw(items)
        widths = tuple(table.shape[1] for table in raw)
        if widths != self.network.widths:
            raise ValueError(
                f"the fusion model was fitted on vectors of widths {self.network.widths}, "
                f"these have {widths}"
            )
        with torch.inference_mode():
            self.tables = self.network.item_vectors(*raw)

    @torch.inference_mode()
    def score(self, features: Floats, items: Ints, history: History) -> Floats:
        """Shape (n_candidates,)."""
        if self.network is None or self.tables is None:
            raise RuntimeError("the fusion model has not been fitted")
        done = torch.from_numpy(history.items[-PROFILE_DEEDS:].astype(np.int64))
        weights = torch.from_numpy(profile_weights(history)[-PROFILE_DEEDS:])[:, None]
        own = torch.from_numpy(items.astype(np.int64))
        u = self.network.profile_vector(*((t[done] * weights).sum(dim=0) for t in self.tables))
        scores = self.network(
            torch.from_numpy(np.ascontiguousarray(features)), u, *(t[own] for t in self.tables)
        )
        return np.asarray(scores.numpy(), np.float32)

    def save(self, folder: Path) -> None:
        """Write the weights as arrays by name, the items' vectors and the settings."""
        if self.network is None:
            raise RuntimeError("the fusion model has not been fitted")
        save_settings(
            folder,
            {
                "columns": list(self.columns),
                "widths": list(self.network.widths),
                "settings": {
                    name: getattr(self.settings, name) for name in FusionSettings.__slots__
                },
            },
        )
        save_array(folder, "rating", self.vectors.rating)
        save_array(folder, "relation", self.vectors.relation)
        state = {name: value.numpy() for name, value in self.network.state_dict().items()}
        np.savez(folder / "weights.npz", **state)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote.

        Raises:
            ValueError: the weights are damaged or belong to another network.
        """
        plain = load_settings(folder)
        ranker = cls(**plain["settings"])
        ranker.columns = tuple(plain["columns"])
        ranker.vectors = ItemVectors(
            np.asarray(load_array(folder, "rating")), np.asarray(load_array(folder, "relation"))
        )
        first, second, third = (int(width) for width in plain["widths"])
        ranker.network = ranker._network((first, second, third))
        try:
            with np.load(folder / "weights.npz", allow_pickle=False) as state:
                weights: dict[str, Any] = {
                    name: torch.from_numpy(state[name]) for name in state.files
                }
            ranker.network.load_state_dict(weights)
        except (BadZipFile, RuntimeError, EOFError) as error:
            raise ValueError(f"weights.npz cannot be read: {error}") from error
        if not all(bool(torch.isfinite(value).all()) for value in weights.values()):
            raise ValueError("weights.npz holds NaN or infinity")
        ranker.network.eval()
        return ranker
