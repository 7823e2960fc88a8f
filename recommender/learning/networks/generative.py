"""Generative recommendation: a decoder spells the semantic IDs of what comes next.

After Rajput et al., "Recommender Systems with Generative Retrieval" (NeurIPS 2023): items are
residual-quantised into short codes (``semantic_ids``), a small causal decoder (``decoder``) learns
from histories which code follows, and a beam search over the tree of existing IDs proposes items.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch

from recommender.candidates.search_space import Choice, Real, SearchSpace, Whole
from recommender.candidates.storage import load_array, load_settings, save_array, save_settings
from recommender.contracts import CandidateSource, Floats, History, InteractionLog, ItemTable, Longs
from recommender.learning.device import chosen_device
from recommender.learning.networks.decoder import DecoderShape, HistoryDecoder
from recommender.learning.networks.history_batches import (
    TrainingBatches,
    Windows,
    in_one_order,
    question_batch,
)
from recommender.learning.networks.item_space import ItemSpace, interaction_counts
from recommender.learning.networks.prefix_tree import PrefixTree
from recommender.learning.networks.run_settings import (
    REFIT_RATE,
    REFIT_TIME,
    run_settings,
    share_of,
)
from recommender.learning.networks.semantic_ids import SemanticIds
from recommender.learning.networks.speller import Speller
from recommender.learning.training import TrainingReport, TrainingSettings, train

#: Histories that one forward pass answers; bounds its memory.
TOGETHER = 64


@dataclass(frozen=True, slots=True)
class GenerativeSettings:
    """Everything that may be set; the defaults were chosen on Amazon Beauty's validation."""

    levels: int = 3
    codes: int = 256
    content_dims: int = 128
    company_dims: int = 64
    balance: float = 1.0
    whitening: float = 1.0
    width: int = 128
    heads: int = 4
    reading_blocks: int = 1
    spelling_blocks: int = 2
    #: Dimensions of the vectors that beginnings of IDs have beside their codes'; 0 for none.
    named_width: int = 32
    dropout: float = 0.2
    longest: int = 50
    beam: int = 64
    epochs: int = 8
    batch_size: int = 1024
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    warmup_share: float = 0.05
    #: The training ends after so many seconds even if epochs are left.
    max_seconds: float | None = None
    refit_epochs: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("levels", "codes", "width", "heads", "longest", "beam", "epochs"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")


class Generative:
    """Items by the probability with which the decoder spells them; others score zero.

    An item that is new since the last fit gets its ID from its text through the stored codebooks
    (``grow``), and with it all that has been learnt of the codes that it shares. ``refit`` goes on
    from an earlier fit, its IDs included.
    """

    name = "generative"
    search_space: ClassVar[SearchSpace] = {
        "levels": Whole(1, 4),
        "balance": Real(0.0, 4.0),
        "whitening": Real(0.0, 1.0),
        "width": Choice((64, 96, 128, 192)),
        "dropout": Real(0.0, 0.5),
        "epochs": Whole(1, 40),
        "learning_rate": Real(1e-4, 1e-2, log=True),
        "weight_decay": Real(0.0, 0.3),
    }

    def __init__(
        self,
        seed: int = 0,
        max_seconds: float | None = None,
        progress: bool = False,
        **settings: Any,
    ):
        self.settings = GenerativeSettings(seed=seed, max_seconds=max_seconds, **settings)
        self.progress = progress
        # A search asks the source itself for its defaults.
        for parameter in self.search_space:
            setattr(self, parameter, getattr(self.settings, parameter))
        self.space: ItemSpace
        self.ids: SemanticIds
        self.counts: Longs
        self.speller: Speller
        self.report: TrainingReport | None = None
        #: Without interactions nothing is known, and nothing proposed.
        self.trained = False

    def fit(self, log: InteractionLog, items: ItemTable) -> None:
        """Quantise the items, then learn to spell from all histories."""
        chosen = self.settings
        log = in_one_order(log)
        self.space = ItemSpace.fit(
            log,
            items,
            content_dims=chosen.content_dims,
            company_dims=chosen.company_dims,
            balance=chosen.balance,
            whitening=chosen.whitening,
            seed=chosen.seed,
        )
        self.ids = SemanticIds.fit(
            self.space.vectors, levels=chosen.levels, size=chosen.codes, seed=chosen.seed
        )
        self.counts = interaction_counts(log)
        tree = PrefixTree.of(self.ids.codes)
        n_named = int(tree.named().max()) + 1 if chosen.named_width else 0
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(chosen.seed)
            decoder = HistoryDecoder(self._shape(len(items), n_named))
        self._equip(decoder)
        self._train(log, self._training(log, chosen.epochs))

    def refit(self, log: InteractionLog, items: ItemTable, start: CandidateSource) -> None:
        """Go on from the IDs and weights of ``start``, whose items begin this table."""
        if not isinstance(start, Generative) or start._sizes() != self._sizes():
            raise ValueError("a refit needs a start with the same levels, codes and widths")
        log = in_one_order(log)
        self.space = replace(start.space)
        self.ids = replace(start.ids)
        self.counts = interaction_counts(log)
        if len(items) > len(self.ids):
            self.ids.extend(self.space.extend(items))
        self._equip(copy.deepcopy(start.speller.decoder))
        self._train(log, self._training(log, self.settings.refit_epochs, REFIT_RATE, REFIT_TIME))

    def _sizes(self) -> tuple[int, ...]:
        chosen = self.settings
        blocks = (chosen.reading_blocks, chosen.spelling_blocks)
        return (chosen.levels, chosen.codes, chosen.width, chosen.heads, *blocks)

    def _train(self, log: InteractionLog, settings: TrainingSettings) -> None:
        windows = Windows.of(log, self.settings.longest)
        self.trained = len(windows) > 0
        tree = PrefixTree.of(self.ids.codes)
        choices = tree.n_children()[tree.path[:, :-1]] > 1
        self.speller.to(chosen_device()).requires_grad_(True)
        if self.trained:
            self.report = train(
                self.speller,
                lambda epoch, rng: TrainingBatches(log, windows, choices, settings.batch_size, rng),
                lambda module, batch: module(batch),
                settings,
            )
        self.speller.eval().requires_grad_(False)

    def _shape(self, n_items: int, n_named: int) -> DecoderShape:
        chosen = self.settings
        return DecoderShape(
            n_items=n_items,
            vector_dims=self.space.vectors.shape[1],
            depth=self.ids.depth,
            alphabet=self.ids.alphabet,
            n_named=n_named,
            named_width=chosen.named_width,
            width=chosen.width,
            heads=chosen.heads,
            reading_blocks=chosen.reading_blocks,
            spelling_blocks=chosen.spelling_blocks,
            dropout=chosen.dropout,
        )

    def _training(
        self, log: InteractionLog, epochs: int, rate: float = 1.0, share: float = 1.0
    ) -> TrainingSettings:
        """``rate`` and ``share`` are shares of the learning rate and of the seconds of a fit."""
        chosen = self.settings
        return run_settings(
            self.name,
            log,
            epochs=epochs,
            batch_size=chosen.batch_size,
            learning_rate=chosen.learning_rate * rate,
            weight_decay=chosen.weight_decay,
            warmup_share=chosen.warmup_share,
            max_seconds=share_of(chosen.max_seconds, share),
            seed=chosen.seed,
            progress=self.progress,
        )

    def _equip(self, decoder: HistoryDecoder) -> None:
        """Put the decoder into the tree of all IDs there are now."""
        tree = PrefixTree.of(self.ids.codes)
        # The beginnings that there were at the last fit keep their vectors as the tree grows.
        fitted = PrefixTree.of(self.ids.codes[: decoder.shape.n_items])
        named = np.full(tree.n_nodes, -1)
        if decoder.shape.n_named:
            named[tree.path[: decoder.shape.n_items]] = fitted.named()[fitted.path]
        vectors = self.space.vectors
        self.speller = Speller(decoder, self.ids, tree, vectors, self.counts, named)

    def grow(self, items: ItemTable) -> None:
        """Give the items at the end of the table an ID by their texts; nothing is retrained."""
        self.ids.extend(self.space.extend(items))
        self.counts = np.concatenate([self.counts, np.zeros(len(items) - len(self.counts), int)])
        decoder = self.speller.decoder
        device = decoder.strength.device
        self._equip(decoder)
        self.speller.to(device).eval().requires_grad_(False)

    def score(self, histories: Sequence[History]) -> Floats:
        """Shape (len(histories), n_items)."""
        scores = np.zeros((len(histories), len(self.ids)), np.float32)
        asking = [row for row, history in enumerate(histories) if len(history)]
        if not self.trained:
            return scores
        # Neighbours in length share a batch, so that little of it is padding.
        asking.sort(key=lambda row: len(histories[row]))
        device = self.speller.decoder.strength.device
        for start in range(0, len(asking), TOGETHER):
            rows = asking[start : start + TOGETHER]
            batch = question_batch([histories[row] for row in rows], self.settings.longest)
            with torch.inference_mode():
                items, chances = self.speller.propose(
                    {name: tensor.to(device) for name, tensor in batch.items()},
                    self.settings.beam,
                )
                found, likely = items.cpu().numpy(), chances.exp().float().cpu().numpy()
            for row, own, chance in zip(rows, found, likely, strict=True):
                scores[row, own[chance > 0]] = chance[chance > 0]
        return scores

    def save(self, folder: Path) -> None:
        """Codebooks, IDs and weights."""
        save_settings(folder, asdict(self.settings))
        (folder / "space").mkdir()
        self.space.save(folder / "space")
        (folder / "ids").mkdir()
        self.ids.save(folder / "ids")
        save_array(folder, "counts", self.counts)
        save_array(folder, "trained", np.array([self.trained]))
        weights = self.speller.decoder.state_dict()
        np.savez(folder / "decoder.npz", **{k: v.cpu().numpy() for k, v in weights.items()})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote, onto the chosen device."""
        source = cls(**load_settings(folder))
        source.space = ItemSpace.load(folder / "space")
        source.ids = SemanticIds.load(folder / "ids")
        source.counts = np.array(load_array(folder, "counts"))
        source.trained = bool(load_array(folder, "trained")[0])
        with np.load(folder / "decoder.npz", allow_pickle=False) as stored:
            weights = {name: torch.from_numpy(stored[name]) for name in stored.files}
        fitted = len(weights["own.weight"]), len(weights["named.weight"])
        decoder = HistoryDecoder(source._shape(*fitted))
        decoder.load_state_dict(weights)
        source._equip(decoder)
        source.speller.to(chosen_device()).eval().requires_grad_(False)
        return source
