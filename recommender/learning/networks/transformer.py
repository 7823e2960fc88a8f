"""A causal transformer over a shopper's history that predicts what is taken next.

After SASRec (Kang and McAuley, "Self-Attentive Sequential Recommendation", ICDM 2018), with blocks
normalised before attention, a learned bias for the distance between two interactions, and items
that are a learned vector plus a projection of what is known of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

#: Buckets of the time since the interaction before; see sequence_batches.gap_buckets.
N_GAPS = 26
#: Buckets of how many interactions ago an item was taken last; they double in width.
N_AGAIN = 8
#: Buckets of how strongly an interaction speaks for its item.
N_STRENGTHS = 4


@dataclass(frozen=True, slots=True)
class TransformerShape:
    """The sizes of a network; ``content`` are the dimensions of each kind of content vector."""

    width: int = 64
    blocks: int = 2
    heads: int = 2
    longest: int = 50
    dropout: float = 0.3
    content: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("width", "blocks", "heads", "longest"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is no multiple of heads {self.heads}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must lie in 0..1, not {self.dropout}")


class ItemVectors(nn.Module):
    """An item is its learned vector plus projections of its content vectors.

    In training the learned part of an item is left out with the probability ``item_dropout``, so
    that content alone says enough of an item that nobody has touched yet. An item outside
    ``known``, and a kind of content that an item lacks (a row of zeros), add nothing.
    """

    def __init__(self, known: Tensor, content: tuple[Tensor, ...], width: int, item_dropout: float):
        super().__init__()
        self.learned = nn.Embedding(len(known), width)
        nn.init.normal_(self.learned.weight, std=0.02)
        self.projections = nn.ParameterList(
            torch.empty(kind.shape[1], width).normal_(std=0.05) for kind in content
        )
        self.item_dropout = item_dropout
        self.register_buffer("known", known.float(), persistent=False)
        for place, kind in enumerate(content):
            self.register_buffer(f"content{place}", kind, persistent=False)

    def forward(self, items: Tensor) -> Tensor:
        """Vectors of the items, shape (n, width) for indices of shape (n,)."""
        there = self.known[items]  # type: ignore[index]
        if self.training and self.item_dropout:
            there = there * (torch.rand_like(there) >= self.item_dropout)
        vectors: Tensor = self.learned(items) * there[:, None] + self.content_part(items)
        return vectors

    def content_part(self, items: Tensor) -> Tensor:
        """What content alone says of the items, shape (n, width)."""
        vectors = torch.zeros(
            len(items), self.learned.embedding_dim, device=self.learned.weight.device
        )
        for place, projection in enumerate(self.projections):
            vectors = vectors + getattr(self, f"content{place}")[items] @ projection
        return vectors


class Block(nn.Module):
    """Attention to what came before, then a layer for each place by itself."""

    def __init__(self, shape: TransformerShape):
        super().__init__()
        self.heads, self.dropout = shape.heads, shape.dropout
        self.before_attention = nn.LayerNorm(shape.width)
        self.attend = nn.Linear(shape.width, 3 * shape.width)
        self.attended = nn.Linear(shape.width, shape.width)
        self.before_feed = nn.LayerNorm(shape.width)
        self.feed = nn.Sequential(
            nn.Linear(shape.width, 4 * shape.width),
            nn.GELU(),
            nn.Dropout(shape.dropout),
            nn.Linear(4 * shape.width, shape.width),
        )
        self.drop = nn.Dropout(shape.dropout)

    def forward(self, states: Tensor, bias: Tensor) -> Tensor:
        """States of shape (batch, length, width); bias of shape (heads, length, length)."""
        batch, length, width = states.shape
        parts = self.attend(self.before_attention(states))
        queries, keys, values = (
            parts.view(batch, length, 3, self.heads, width // self.heads)
            .permute(2, 0, 3, 1, 4)  # (3, batch, heads, length, width / heads)
            .unbind(0)
        )
        mixed = functional.scaled_dot_product_attention(
            queries,
            keys,
            values,
            attn_mask=bias.to(queries.dtype),
            dropout_p=self.dropout if self.training else 0.0,
        )
        mixed = mixed.transpose(1, 2).reshape(batch, length, width)
        states = states + self.drop(self.attended(mixed))
        result: Tensor = states + self.drop(self.feed(self.before_feed(states)))
        return result


class Transformer(nn.Module):
    """From vectors of the items of a history to the vector of what is wanted next.

    Histories are filled up at their end: attention looks back only, so the filling is never seen.
    """

    def __init__(self, shape: TransformerShape):
        super().__init__()
        self.shape = shape
        self.places = nn.Embedding(shape.longest, shape.width)
        self.gaps = nn.Embedding(N_GAPS, shape.width)
        self.strengths = nn.Embedding(N_STRENGTHS, shape.width)
        #: How much a head looks at what lies so many interactions back.
        self.distance = nn.Embedding(shape.longest, shape.heads)
        for table in (self.places, self.gaps, self.strengths, self.distance):
            nn.init.normal_(table.weight, std=0.02)
        self.again = nn.Parameter(torch.zeros(N_AGAIN))
        self.drop = nn.Dropout(shape.dropout)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.blocks))
        self.last = nn.LayerNorm(shape.width)

    def forward(self, vectors: Tensor, gaps: Tensor, strengths: Tensor) -> Tensor:
        """Shape (batch, length, width) for vectors of that shape and buckets (batch, length)."""
        length = vectors.shape[1]
        states = vectors + self.gaps(gaps) + self.strengths(strengths)
        states = self.drop(states + self.places.weight[:length])
        bias = self._bias(length)
        for block in self.blocks:
            states = block(states, bias)
        wanted: Tensor = self.last(states)
        return wanted

    def again_bias(self, back: Tensor) -> Tensor:
        """What is added to the score of an item that was taken so many interactions ago.

        Whether people take a thing again is a fact of the shop: of groceries yes, of films no.
        """
        # The factor lets it go far in the few steps of a training.
        bias: Tensor = 10.0 * self.again[again_buckets(back)]
        return bias

    def _bias(self, length: int) -> Tensor:
        """Shape (heads, length, length): minus infinity for what comes later."""
        steps = torch.arange(length, device=self.distance.weight.device)
        back = steps[:, None] - steps[None, :]
        bias = self.distance(back.clamp(min=0)).permute(2, 0, 1)
        hidden: Tensor = bias.masked_fill(back < 0, float("-inf"))
        return hidden


class NextItem(nn.Module):
    """Items and transformer together, as they are trained."""

    def __init__(self, items: ItemVectors, transformer: Transformer):
        super().__init__()
        self.items = items
        self.transformer = transformer

    def wanted(self, items: Tensor, gaps: Tensor, strengths: Tensor) -> tuple[Tensor, Tensor]:
        """What is wanted after each place, and the items' vectors: (batch, length, width) both."""
        # Each item once: its vector, and whether its learned part is left out, is one for all.
        distinct, places = torch.unique(items, return_inverse=True)
        vectors = self.items(distinct)[places]
        return self.transformer(vectors, gaps, strengths), vectors


def again_buckets(back: Tensor) -> Tensor:
    """Bucket of how many interactions ago: 0 is the last one, then 1-2, 3-6, 7-14, ..."""
    return torch.log2(back.float() + 1.0).long().clamp(max=N_AGAIN - 1)


def latest_places(items: Tensor) -> Tensor:
    """Whether, seen from a place, another is where its item was taken last before or there.

    Shape (batch, length, length) for items of shape (batch, length); the second dimension is
    the place that looks, the third the place that is looked at.
    """
    length = items.shape[1]
    steps = torch.arange(length, device=items.device)
    later = (items[:, :, None] == items[:, None, :]) & (steps[:, None] < steps[None, :])
    following = torch.where(later, steps, length).amin(dim=2)  # (batch, length)
    return (steps[None, None, :] <= steps[None, :, None]) & (
        steps[None, :, None] < following[:, None, :]
    )
