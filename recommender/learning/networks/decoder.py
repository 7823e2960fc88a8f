"""A small causal decoder that spells the next item's semantic ID, code by code.

The history is read one position an item (the sum of its codes' embeddings, its projected vector
and a vector of its own), and each code of the answer is one query upon it: the codes spelt so far
are added to the query, the history's keys and values are computed once and serve every beam. So a
history costs its length, not its length times the codes of an ID; after the two-stage decoder of
Lee et al., "Autoregressive Image Generation using Residual Quantization" (CVPR 2022).

Interactions that share a time are one basket. A position of the history sees itself and earlier
baskets, a query sees a set: nothing depends on an order inside a basket.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

#: Initial spread of embeddings.
SPREAD = 0.02


@dataclass(frozen=True, slots=True)
class DecoderShape:
    """Sizes of the network. ``alphabet`` counts the codes a level may have."""

    n_items: int
    vector_dims: int
    depth: int
    alphabet: int
    #: Inner nodes and leaves of the tree that have a vector of their own; see ``named``.
    n_named: int = 0
    named_width: int = 32
    width: int = 128
    heads: int = 4
    reading_blocks: int = 1
    spelling_blocks: int = 2
    dropout: float = 0.2
    #: Baskets farther away than this count as this far.
    farthest: int = 24


@dataclass(frozen=True, slots=True)
class Memory:
    """Histories that have been read: what every query upon them needs.

    The first position is the start token, which stands for the unknown shopper and can always be
    seen. ``keys`` and ``values`` hold one tensor a spelling block, (batch, heads, positions, d).
    """

    inputs: Tensor  # (batch, positions, width)
    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]


class Attention(nn.Module):
    """Multi-head attention with a learned bias for each distance in baskets."""

    def __init__(self, shape: DecoderShape):
        super().__init__()
        self.heads = shape.heads
        self.ask = nn.Linear(shape.width, shape.width)
        self.tell = nn.Linear(shape.width, 2 * shape.width)
        self.join = nn.Linear(shape.width, shape.width)
        # One more distance than there are: that of the start token.
        self.bias = nn.Embedding(shape.farthest + 2, shape.heads)
        nn.init.zeros_(self.bias.weight)

    def remember(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values, each (batch, heads, positions, d)."""
        keys, values = self.tell(states).chunk(2, dim=-1)
        return self._split(keys), self._split(values)

    def forward(
        self, asking: Tensor, keys: Tensor, values: Tensor, distance: Tensor, seen: Tensor
    ) -> Tensor:
        """Answers of shape (batch, queries, width); masks are (batch, queries, positions)."""
        bias = self.bias(distance).permute(0, 3, 1, 2)  # (batch, heads, queries, positions)
        bias = bias.masked_fill(~seen.unsqueeze(1), float("-inf"))
        answer = functional.scaled_dot_product_attention(
            self._split(self.ask(asking)),
            keys,
            values,
            attn_mask=bias,
        )
        return self.join(answer.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]

    def _split(self, states: Tensor) -> Tensor:
        return states.view(*states.shape[:2], self.heads, -1).transpose(1, 2)


class Block(nn.Module):
    """Attention and a feed-forward layer, each behind a normalisation and beside a bypass."""

    def __init__(self, shape: DecoderShape):
        super().__init__()
        self.before_attention = nn.LayerNorm(shape.width)
        self.before_feed = nn.LayerNorm(shape.width)
        self.attention = Attention(shape)
        self.feed = nn.Sequential(
            nn.Linear(shape.width, 2 * shape.width),
            nn.GELU(),
            nn.Linear(2 * shape.width, shape.width),
        )
        self.drop = nn.Dropout(shape.dropout)

    def forward(
        self, states: Tensor, keys: Tensor, values: Tensor, distance: Tensor, seen: Tensor
    ) -> Tensor:
        """New states for (batch, queries, width)."""
        asking = self.before_attention(states)
        states = states + self.drop(self.attention(asking, keys, values, distance, seen))
        return states + self.drop(self.feed(self.before_feed(states)))  # type: ignore[no-any-return]


def blocks_of(modules: nn.ModuleList) -> list[Block]:
    """The blocks of a list, as what they are."""
    return cast("list[Block]", list(modules))


class HistoryDecoder(nn.Module):
    """Reads histories of items, answers queries for the next code of the next item."""

    def __init__(self, shape: DecoderShape):
        super().__init__()
        self.shape = shape
        width = shape.width
        self.codes = nn.Embedding(shape.depth * shape.alphabet, width)
        self.own = nn.Embedding(shape.n_items, width)
        self.project = nn.Linear(shape.vector_dims, width, bias=False)
        self.strength = nn.Parameter(torch.zeros(width))
        self.start = nn.Parameter(torch.randn(width) * SPREAD)
        self.level = nn.Embedding(shape.depth, width)
        self.normalise_input = nn.LayerNorm(width)
        self.reading = nn.ModuleList(Block(shape) for _ in range(shape.reading_blocks))
        self.normalise_memory = nn.LayerNorm(width)
        self.spelling = nn.ModuleList(Block(shape) for _ in range(shape.spelling_blocks))
        self.normalise_answer = nn.LayerNorm(width)
        self.spoken = nn.Embedding(shape.depth * shape.alphabet, width)
        #: What a beginning of IDs says beyond its last code, for those there were in training.
        named_width = max(shape.named_width, 1)
        self.named = nn.Embedding(shape.n_named, named_width)
        self.narrow = nn.Linear(width, named_width, bias=False)
        #: How much the share of what lies below a node counts, before anything is read.
        self.prior = nn.Parameter(torch.ones(shape.depth))
        #: What each item of the history adds to the node it lies below, by its distance; and to
        #: a node that holds nothing but that item.
        self.copy = nn.Parameter(torch.zeros(shape.depth, shape.farthest + 1))
        self.repeat = nn.Parameter(torch.zeros(shape.depth, shape.farthest + 1))
        self.drop = nn.Dropout(shape.dropout)
        for table in (self.codes, self.own, self.level, self.spoken, self.named):
            nn.init.normal_(table.weight, std=SPREAD)

    def item_inputs(self, codes: Tensor, vectors: Tensor, own: Tensor | None) -> Tensor:
        """Item vectors of shape (..., width) from codes (..., depth) and vectors (..., dims).

        ``own`` has the items' own vectors (..., width), which new items do not have.
        """
        total: Tensor = self.spelt(codes)[..., -1, :] + self.project(vectors)
        return total if own is None else total + own

    def spelt(self, codes: Tensor) -> Tensor:
        """Sums over the codes up to each level: (..., depth, width)."""
        offsets = torch.arange(self.shape.depth, device=codes.device) * self.shape.alphabet
        return self.codes(codes + offsets).cumsum(dim=-2)  # type: ignore[no-any-return]

    def read(self, inputs: Tensor, strengths: Tensor, baskets: Tensor) -> Memory:
        """Read items of shape (batch, length, width), with their baskets' numbers from zero.

        A basket of -1 marks padding. ``strengths`` is how strongly each event speaks, 0..1.
        """
        inputs = self.normalise_input(inputs + strengths.unsqueeze(-1) * self.strength)
        start = self.start.expand(len(inputs), 1, -1)
        states = self.drop(torch.cat([start, inputs], dim=1))
        first = states
        baskets = functional.pad(baskets, (1, 0), value=-1)
        distance = self.distances(baskets, baskets)
        seen = baskets.unsqueeze(1) < baskets.unsqueeze(2)
        seen = seen & (baskets >= 0).unsqueeze(1)
        seen = seen | torch.eye(seen.shape[1], dtype=torch.bool, device=seen.device)
        seen[:, :, 0] = True
        for block in blocks_of(self.reading):
            keys, values = block.attention.remember(block.before_attention(states))
            states = block(states, keys, values, distance, seen)
        states = self.normalise_memory(states)
        remembered = [block.attention.remember(states) for block in blocks_of(self.spelling)]
        return Memory(first, tuple(k for k, _ in remembered), tuple(v for _, v in remembered))

    def distances(self, here: Tensor, there: Tensor) -> Tensor:
        """Baskets between, cut at the farthest; (batch, queries, positions).

        The first position of ``there`` is the start token, whose distance is a number of its own.
        """
        distance = (here.unsqueeze(2) - there.unsqueeze(1)).clamp(0, self.shape.farthest)
        distance[:, :, 0] = self.shape.farthest + 1
        return distance

    def spell(
        self, memory: Memory, prefix: Tensor, level: Tensor, distance: Tensor, seen: Tensor
    ) -> Tensor:
        """Answers of shape (batch, queries, width) to queries upon what they may see.

        ``prefix`` is the sum of the codes spelt so far (batch, queries, width), ``level`` the
        number of them; the masks are (batch, queries, positions). The items of the last basket
        seen are part of the query.
        """
        last = (seen & (distance == 0)).to(prefix.dtype)
        last = last / last.sum(dim=2, keepdim=True).clamp(min=1.0)
        states = self.drop(prefix + self.level(level)) + last @ memory.inputs
        for block, keys, values in zip(self.spelling, memory.keys, memory.values, strict=True):
            states = block(states, keys, values, distance, seen)
        return self.normalise_answer(states)  # type: ignore[no-any-return]

    def logits(self, answers: Tensor, level: int) -> Tensor:
        """Scores of all codes of a level: (..., alphabet)."""
        first = level * self.shape.alphabet
        spoken = self.spoken.weight[first : first + self.shape.alphabet]
        return functional.linear(answers, spoken)
