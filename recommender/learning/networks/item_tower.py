"""One vector per item from whatever is known of it: its text, its pictures, its sound."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

#: Kinds of content, in the order in which everything here takes them.
KINDS = ("text", "image", "audio")


class ItemTower(nn.Module):
    """Learned projections of each kind of content, mixed by gates, scaled to length one.

    The gates are a softmax over the kinds that the item has, computed from all of its projections,
    so that a kind counts as much as it tells about this item. A kind is absent where its row is
    zero, which is normal; an item without any has gates of zero and the zero vector, which is as
    near to every other vector as to any. After the gated multimodal units of Arevalo et al.
    (ICLR workshop 2017), with a softmax in place of sigmoids, so that gates are shares.

    ``dimensions`` are those of the kinds. Projections begin as rotations, so that a tower that has
    learnt nothing yet keeps the angles between items. ``dropout`` is how often a kind is hidden in
    training, never the only one that an item has: the tower must not lean on one kind alone.
    """

    def __init__(self, dimensions: Sequence[int], width: int, dropout: float = 0.2):
        super().__init__()
        self.width, self.dropout = width, dropout
        # A kind that the catalogue lacks has a projection of no rows.
        self.projections = nn.ParameterList(
            nn.init.orthogonal_(torch.empty(size, width)) if size else torch.empty(0, width)
            for size in dimensions
        )
        self.gate = nn.Linear(len(dimensions) * (width + 1), len(dimensions))
        nn.init.zeros_(self.gate.weight)
        nn.init.zeros_(self.gate.bias)
        self.log_scale = nn.Parameter(torch.tensor(10.0).log())

    def forward(self, contents: Sequence[Tensor]) -> Tensor:
        """Item vectors of length one, or zero; ``contents`` hold (n, size) each: (n, width)."""
        return self.fused(contents)[0]

    def fused(self, contents: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Item vectors (n, width), and the gates behind them (n, kinds): sums of one or zero."""
        there = torch.stack([content.any(dim=1) for content in contents], dim=1)  # (n, kinds)
        if self.training and self.dropout:
            there = self._hidden(there)
        parts = torch.stack(
            [
                functional.normalize(content @ projection, dim=1)
                for projection, content in zip(self.projections, contents, strict=True)
            ],
            dim=1,
        )  # (n, kinds, width)
        parts = parts * there[:, :, None]
        told = torch.cat([parts.flatten(1), there.to(parts.dtype)], dim=1)
        logits = self.gate(told).masked_fill(~there, -1e4)
        gates = functional.softmax(logits, dim=1) * there  # (n, kinds)
        mixed = (gates[:, :, None] * parts).sum(dim=1)  # (n, width)
        return functional.normalize(mixed, dim=1), gates

    def _hidden(self, there: Tensor) -> Tensor:
        """Some of the kinds taken away, never the last of an item."""
        left = there & (torch.rand(there.shape, device=there.device) >= self.dropout)
        return torch.where(left.any(dim=1, keepdim=True), left, there)


def in_batch_loss(
    one: Tensor, other: Tensor, items: Tensor, others: Tensor, log_q: Tensor, log_scale: Tensor
) -> Tensor:
    """InfoNCE with the batch's other items as negatives, one number per pair.

    ``one`` and ``other`` are the vectors of each pair, (n, width); ``items`` and ``others`` (n,)
    say which items those are, ``log_q`` (n,) the log of how often each other item is drawn. A
    popular item is a negative more often than it is wrong, so its score is lowered by ``log_q``
    (Yi et al., "Sampling-bias-corrected neural modeling", RecSys 2019). Items of the batch that
    are one of the pair themselves are no negatives. After van den Oord et al., "Representation
    learning with contrastive predictive coding" (2018).
    """
    scores = log_scale.clamp(max=4.6).exp() * (one @ other.T) - log_q[None, :]  # (n, n)
    same = (others[None, :] == others[:, None]) | (others[None, :] == items[:, None])
    same.fill_diagonal_(False)
    scores = scores.masked_fill(same, -1e9)
    return functional.cross_entropy(
        scores, torch.arange(len(one), device=one.device), reduction="none"
    )
