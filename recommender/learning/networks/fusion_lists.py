"""Lists of candidates for the knowledge-fusion model: its batches, and the network over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from recommender.learning.networks.fusion import KnowledgeFusion, alignment_loss
from recommender.ranking.features import profile_weights
from recommender.ranking.ranker import RankingCases, answer_ranks
from recommender.ranking.tune import gain_at

#: Deeds that make up the shopper's profile.
PROFILE_DEEDS = 50
#: What the network reads of a batch, in order.
INPUTS = ("features", "items", "deeds", "weights")


class FusionLists(nn.Module):
    """The network over whole lists, with the raw vectors of all items at hand."""

    rating: Tensor
    relation: Tensor
    text: Tensor

    def __init__(self, network: KnowledgeFusion, raw: tuple[Tensor, Tensor, Tensor]):
        super().__init__()
        self.network = network
        for name, table in zip(("rating", "relation", "text"), raw, strict=True):
            self.register_buffer(name, table, persistent=False)

    def forward(
        self, features: Tensor, items: Tensor, deeds: Tensor, weights: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Scores (n_lists, n_places) and the mean alignment loss of the items that are met.

        ``deeds`` and ``weights`` of shape (n_lists, n_deeds) are the histories, padded by weights
        of zero.
        """
        met, places = torch.unique(
            torch.cat([items.reshape(-1), deeds.reshape(-1)]), return_inverse=True
        )
        raw = (self.rating[met], self.relation[met], self.text[met])
        v, r_j, r = self.network.item_vectors(*raw)
        own = places[: items.numel()].reshape(items.shape)
        done = places[items.numel() :].reshape(deeds.shape)
        u = self.network.profile_vector(
            *((table[done] * weights.unsqueeze(-1)).sum(dim=1) for table in (v, r_j, r))
        )
        scores = self.network(features, u, v[own], r_j[own], r[own])
        known = torch.stack([one.abs().sum(dim=1) > 0 for one in raw]).all(dim=0)
        apart = alignment_loss(v, r_j, r) * known
        return scores, apart.sum() / known.sum().clamp(min=1)


@dataclass(frozen=True, slots=True)
class ListBatches:
    """One pass over the cases in the given order."""

    cases: RankingCases
    order: np.ndarray
    size: int

    def __len__(self) -> int:
        return -(-len(self.order) // self.size)

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        for start in range(0, len(self.order), self.size):
            yield batch_of(self.cases, self.order[start : start + self.size])


def batch_of(cases: RankingCases, chosen: np.ndarray) -> dict[str, Tensor]:
    """Lists padded to the longest: tensors (n_lists, n_places, ...), histories (n_lists, n_deeds).

    Padding is marked in ``present`` and has no gain and no weight.
    """
    lengths = np.diff(cases.bounds)[chosen]
    histories = [cases.histories[case] for case in chosen]
    deeds = max((min(len(history), PROFILE_DEEDS) for history in histories), default=0)
    shape = (len(chosen), int(lengths.max(initial=0)))
    batch: dict[str, np.ndarray] = {
        "features": np.zeros((*shape, len(cases.names)), np.float32),
        "items": np.zeros(shape, np.int64),
        "gains": np.zeros(shape, np.float32),
        "present": np.zeros(shape, bool),
        "deeds": np.zeros((len(chosen), max(deeds, 1)), np.int64),
        "weights": np.zeros((len(chosen), max(deeds, 1)), np.float32),
    }
    for row, (case, history) in enumerate(zip(chosen, histories, strict=True)):
        rows = slice(cases.bounds[case], cases.bounds[case + 1])
        count = int(lengths[row])
        batch["features"][row, :count] = cases.features[rows]
        batch["items"][row, :count] = cases.items[rows]
        batch["gains"][row, :count] = cases.gains[rows]
        batch["present"][row, :count] = True
        recent = history.items[-PROFILE_DEEDS:]
        batch["deeds"][row, : len(recent)] = recent
        batch["weights"][row, : len(recent)] = profile_weights(history)[-PROFILE_DEEDS:]
    return {name: torch.from_numpy(array) for name, array in batch.items()}


@torch.inference_mode()
def list_gain(module: nn.Module, cases: RankingCases, batch_size: int) -> float:
    """NDCG@10 of the module's order over cases that have an answer."""
    device = next(module.parameters()).device
    was_training = module.training
    module.eval()
    scores: list[np.ndarray] = []
    for start in range(0, len(cases), batch_size):
        chosen = np.arange(start, min(start + batch_size, len(cases)))
        batch = batch_of(cases, chosen)
        given, _ = module(*(batch[key].to(device) for key in INPUTS))
        scores.append(given.float().cpu().numpy()[batch["present"].numpy()])
    module.train(was_training)
    return gain_at(answer_ranks(np.concatenate(scores), cases), 10)
