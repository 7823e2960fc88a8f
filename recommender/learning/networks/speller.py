"""The decoder over the tree of existing IDs: its training loss and its beam search.

Codes that no item bears after what has been spelt are left out, in training as in the search, so
probabilities add up to one over the items that exist and everything found is an item.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from recommender.contracts import Floats, Longs
from recommender.learning.networks.decoder import HistoryDecoder, Memory
from recommender.learning.networks.prefix_tree import PrefixTree
from recommender.learning.networks.semantic_ids import SemanticIds

#: Share of the history's items that are read without their own vector, as a new item would be.
ANONYMOUS = 0.1


class Speller(nn.Module):
    """A decoder with everything that it must know of the catalogue.

    ``counts`` are interactions per item, from which a code's prior follows. ``named`` says which
    of the decoder's vectors for beginnings belongs to each node, -1 where none does.
    """

    first_child: Tensor
    code: Tensor
    alone: Tensor
    path: Tensor
    item: Tensor
    log_count: Tensor
    named: Tensor
    item_codes: Tensor
    item_vectors: Tensor

    def __init__(
        self,
        decoder: HistoryDecoder,
        ids: SemanticIds,
        tree: PrefixTree,
        vectors: Floats,
        counts: Longs,
        named: Longs,
    ):
        super().__init__()
        self.decoder = decoder
        self._inputs: Tensor | None = None
        for name, array in {
            "first_child": tree.first_child,
            "code": tree.code.astype(np.int64),
            "alone": tree.size == 1,
            "path": tree.path,
            "item": tree.item,
            # A quarter more for each item, so that a new one has a chance.
            "log_count": np.log(tree.sums(counts) + 0.25 * tree.size).astype(np.float32),
            "named": named,
            "item_codes": ids.codes.astype(np.int64),
            "item_vectors": np.asarray(vectors, np.float32),
        }.items():
            self.register_buffer(name, torch.from_numpy(np.array(array)), persistent=False)

    @property
    def n_items(self) -> int:
        """Items that can be proposed."""
        return int(self.item_codes.shape[0])

    def forward(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Minus the log-probability of each code asked for, times its event's strength: (asked,).

        ``items``, ``strengths`` and ``baskets`` have shape (batch, length), -1 in ``baskets``
        marks padding. ``targets`` and ``levels`` (batch, queries) say which position is to be
        foretold from those before it, and which of its codes; -1 marks padding.
        """
        items, baskets = batch["items"], batch["baskets"]
        n_own = len(self.decoder.own.weight)
        own = self.decoder.own(items.clamp(max=n_own - 1))
        kept = items < n_own
        if self.training:
            kept = kept & (torch.rand(items.shape, device=items.device) >= ANONYMOUS)
        own = own * kept.unsqueeze(-1)
        codes = self.item_codes[items]
        inputs = self.decoder.item_inputs(codes, self.item_vectors[items], own)
        memory = self.decoder.read(inputs, batch["strengths"], baskets)
        asked = batch["targets"] >= 0
        targets, levels = batch["targets"].clamp(min=0), batch["levels"].clamp(min=0)
        places = torch.arange(items.shape[1], device=items.device)
        # The newest basket that is seen may be the target's own: nobody knows beforehand.
        newest = baskets.gather(1, (targets - 1).clamp(min=0))
        seen = functional.pad(places < targets.unsqueeze(2), (1, 0), value=True)
        distance = self.decoder.distances(newest, functional.pad(baskets, (1, 0), value=-1))
        rows = torch.arange(len(items), device=items.device).unsqueeze(1)
        spelt = functional.pad(self.decoder.spelt(codes), (0, 0, 1, 0))  # nothing spelt: zeros
        prefix = spelt[rows, targets, levels]
        answers = self.decoder.spell(memory, prefix, levels, distance, seen)
        parts = []
        for level in range(self.decoder.shape.depth):
            owner, query = torch.nonzero(asked & (levels == level), as_tuple=True)
            wanted = items[owner, targets[owner, query]]
            scores, _ = self.next_codes(
                answers[owner, query],
                level,
                self.path[wanted, level],
                self.path[items][owner],
                distance[owner, query, 1:],
                seen[owner, query, 1:],
            )
            losses = functional.cross_entropy(
                scores, self.item_codes[wanted, level], reduction="none"
            )
            parts.append(losses * batch["strengths"][owner, targets[owner, query]])
        return torch.cat(parts)

    def next_codes(
        self,
        answers: Tensor,
        level: int,
        parents: Tensor,
        paths: Tensor,
        distance: Tensor,
        seen: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Scores of the codes that may follow, -inf for others, and the nodes that they lead to.

        Rows are queries: ``parents`` (rows,), ``paths`` of the history's items (rows, length,
        depth + 1), ``distance`` and ``seen`` (rows, length). Both results are (rows, alphabet).
        """
        decoder = self.decoder
        scores = decoder.logits(answers, level).float()
        nodes = self.children_of(parents, scores.shape[1])
        if level and decoder.shape.n_named:
            scores = scores + self._named_scores(answers, nodes)
        scores = scores + decoder.prior[level] * self.log_count[nodes.clamp(min=0)]
        below = paths[:, :, level + 1]
        gains = decoder.copy[level][distance] + decoder.repeat[level][distance] * self.alone[below]
        here = seen & (paths[:, :, level] == parents.unsqueeze(1))
        scores = scores.scatter_add(1, self.code[below], gains.float() * here)
        return scores.masked_fill(nodes < 0, float("-inf")), nodes

    def _named_scores(self, answers: Tensor, nodes: Tensor) -> Tensor:
        """What the nodes' own vectors add: (rows, alphabet), zero where there is none."""
        named = torch.where(nodes >= 0, self.named[nodes.clamp(min=0)], -1)
        row, code = torch.nonzero(named >= 0, as_tuple=True)
        asking = self.decoder.narrow(answers)
        gains: Tensor = (asking[row] * self.decoder.named(named[row, code])).sum(dim=1)
        return gains.new_zeros(nodes.shape).index_put((row, code), gains).float()

    def children_of(self, parents: Tensor, alphabet: int) -> Tensor:
        """The child of each node under each code, -1 where there is none: (rows, alphabet)."""
        first = self.first_child[parents]
        counts = self.first_child[parents + 1] - first
        rows = torch.repeat_interleave(torch.arange(len(parents), device=counts.device), counts)
        start = first - (counts.cumsum(0) - counts)
        nodes = start[rows] + torch.arange(len(rows), device=rows.device)
        table = torch.full((len(parents), alphabet), -1, device=rows.device)
        table[rows, self.code[nodes]] = nodes
        return table

    def inputs(self) -> Tensor:
        """Every item as the decoder reads it, computed once: (n_items, width)."""
        if self._inputs is None:
            own = self.decoder.own.weight
            missing = self.n_items - len(own)
            own = functional.pad(own, (0, 0, 0, missing))
            self._inputs = self.decoder.item_inputs(self.item_codes, self.item_vectors, own)
        return self._inputs

    def propose(self, batch: Mapping[str, Tensor], beam: int) -> tuple[Tensor, Tensor]:
        """The likeliest next items by beam search: items and log-probabilities, (batch, found).

        ``items``, ``strengths``, ``baskets`` as in ``forward``. Where fewer items are found than
        there are columns, the rest has the log-probability -inf.
        """
        decoder = self.decoder
        items, baskets = batch["items"], batch["baskets"]
        rows = len(items)
        memory = decoder.read(self.inputs()[items], batch["strengths"], baskets)
        newest = baskets.max(dim=1, keepdim=True).values
        distance = decoder.distances(newest, functional.pad(baskets, (1, 0), value=-1))
        seen = functional.pad(baskets >= 0, (1, 0), value=True).unsqueeze(1)
        paths = self.path[items]
        nodes = torch.zeros((rows, 1), dtype=torch.long, device=items.device)
        prefix = memory.inputs.new_zeros(rows, 1, decoder.shape.width)
        total = memory.inputs.new_zeros(rows, 1)
        for level in range(decoder.shape.depth):
            # Where the beginnings leave no choice there is nothing to ask: those come last.
            open_ = self.first_child[nodes + 1] - self.first_child[nodes] > 1
            order = torch.argsort(open_.int(), dim=1, descending=True, stable=True)
            nodes, total = nodes.gather(1, order), total.gather(1, order)
            prefix = prefix.gather(1, order.unsqueeze(2).expand_as(prefix))
            width = int(open_.sum(dim=1).max())
            scores, children = self._choices(
                memory, paths, prefix[:, :width], nodes[:, :width], level, distance, seen
            )
            only = self.first_child[nodes[:, width:]]
            together = torch.cat(
                [(total[:, :width, None] + scores).flatten(1), total[:, width:]], dim=1
            )
            children = torch.cat([children.flatten(1), only], dim=1)
            total, best = together.topk(min(beam, together.shape[1]), dim=1)
            nodes = children.gather(1, best).clamp(min=0)
            alphabet = decoder.shape.alphabet
            parent = torch.where(
                best < width * alphabet, best // alphabet, best - width * (alphabet - 1)
            )
            prefix = prefix.gather(1, parent.unsqueeze(2).expand(-1, -1, prefix.shape[2]))
            prefix = prefix + decoder.codes(self.code[nodes] + level * alphabet)
        return self.item[nodes], total

    def _choices(
        self,
        memory: Memory,
        paths: Tensor,
        prefix: Tensor,
        nodes: Tensor,
        level: int,
        distance: Tensor,
        seen: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Log-probabilities of what may follow each beginning, and the nodes that it leads to.

        Both are (batch, beginnings, alphabet).
        """
        rows, width = nodes.shape
        alphabet = self.decoder.shape.alphabet
        if not width:
            nothing = prefix.new_zeros(rows, 0, alphabet)
            return nothing, nothing.long()
        distance = distance.expand(-1, width, -1)
        seen = seen.expand(-1, width, -1)
        levels = torch.full_like(nodes, level)
        answers = self.decoder.spell(memory, prefix, levels, distance, seen)
        scores, children = self.next_codes(
            answers.flatten(0, 1),
            level,
            nodes.flatten(),
            paths.repeat_interleave(width, 0),
            distance[:, :, 1:].flatten(0, 1),
            seen[:, :, 1:].flatten(0, 1),
        )
        shape = (rows, width, alphabet)
        return scores.log_softmax(1).view(shape), children.view(shape)
