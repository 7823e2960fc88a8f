"""The knowledge-fusion model M(u, r): shopper's profile, ratings, relations and texts joined.

For an item, v is its rating vector, r_j the relation vector that the knowledge graph gives it and
r its text vector, all projected into one space. Where v ⊙ r_j, the item's ratings as its relations
weigh them, agrees with r, either can stand for the other; the alignment loss
0.5·‖v ⊙ r_j − r‖² asks for that beside the ranking loss, so that an item that few have taken is
placed by its text where its ratings would have put it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

#: What the network adds to the features by itself: agreements of u, v, r_j, r and the fused item.
AGREEMENTS = 6


def alignment_loss(v: Tensor, r_j: Tensor, r: Tensor) -> Tensor:
    """0.5·‖v ⊙ r_j − r‖² per item: shape (..., d) to (...)."""
    return 0.5 * (v * r_j - r).square().sum(dim=-1)


def listwise_loss(scores: Tensor, gains: Tensor, present: Tensor) -> Tensor:
    """Softmax cross-entropy over each list of candidates (ListNet, Cao et al. 2007).

    All of shape (n_lists, n_places), the result (n_lists,); ``present`` marks real candidates.
    Lists without any gain are to be left out beforehand.
    """
    logits = functional.log_softmax(scores.masked_fill(~present, -torch.inf), dim=1)
    wanted = gains / gains.sum(dim=1, keepdim=True)
    return -(wanted * logits.masked_fill(~present, 0.0)).sum(dim=1)


class KnowledgeFusion(nn.Module):
    """Scores candidates from their features, item vectors and the shopper's profile.

    Widths of zero say that nothing of the kind is known. The score starts as the blend's sum times
    ``base``, and everything learnt is added to it.
    """

    mean: Tensor
    scale: Tensor

    def __init__(
        self,
        n_features: int,
        blend_column: int,
        knowledge_column: int | None,
        widths: tuple[int, int, int],
        *,
        dim: int = 32,
        hidden: int = 64,
        dropout: float = 0.2,
        base: float = 1.0,
    ):
        super().__init__()
        self.blend_column = blend_column
        self.knowledge_column = knowledge_column
        self.widths = widths
        self.dim = dim
        self.rating, self.relation, self.text = (Projection(width, dim) for width in widths)
        self.profile = nn.Linear(3 * dim, dim)
        #: How the share of ratings in an item's vector rises with what is known of the item.
        self.trust = nn.Parameter(torch.tensor([0.0, 1.0]))
        self.base = nn.Parameter(torch.tensor(float(base)))
        self.register_buffer("mean", torch.zeros(n_features))
        self.register_buffer("scale", torch.ones(n_features))
        self.hidden = nn.Sequential(
            nn.Linear(n_features + AGREEMENTS, hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden),
            nn.GELU(),
            nn.Dropout(dropout),
        )
        self.out = nn.Linear(hidden, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def item_vectors(
        self, rating: Tensor, relation: Tensor, text: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """v, r_j and r, each (..., d), from raw vectors (..., width)."""
        return self.rating(rating), self.relation(relation), self.text(text)

    def profile_vector(self, v: Tensor, r_j: Tensor, r: Tensor) -> Tensor:
        """u, shape (..., d), from the weighted means of the history's v, r_j and r."""
        return torch.tanh(self.profile(torch.cat([v, r_j, r], dim=-1)))

    def forward(self, features: Tensor, u: Tensor, v: Tensor, r_j: Tensor, r: Tensor) -> Tensor:
        """Scores (..., n): features (..., n, n_features), u (..., d), the others (..., n, d)."""
        joined = v * r_j
        trust = self._trust(features)
        item = trust * joined + (1.0 - trust) * r  # (..., n, d)
        person = u.unsqueeze(-2)
        agreements = torch.stack(
            [
                (person * v).sum(-1),
                (person * r_j).sum(-1),
                (person * r).sum(-1),
                (person * joined).sum(-1),
                (person * item).sum(-1),
                (joined * r).sum(-1),
            ],
            dim=-1,
        )
        seen = ((features - self.mean) / self.scale).clamp(-8.0, 8.0)
        added = self.out(self.hidden(torch.cat([seen, agreements], dim=-1))).squeeze(-1)
        scores: Tensor = features[..., self.blend_column] * self.base + added
        return scores

    def _trust(self, features: Tensor) -> Tensor:
        if self.knowledge_column is None:
            known = torch.zeros_like(features[..., :1])
        else:
            known = features[..., self.knowledge_column, None]
        trust: Tensor = torch.sigmoid(self.trust[0] + self.trust[1] * known)
        return trust


class Projection(nn.Module):
    """A linear map from vectors that may have no columns at all, or rows of zeros where unknown."""

    def __init__(self, width: int, dim: int):
        super().__init__()
        self.dim = dim
        self.map = nn.Linear(width, dim) if width else None

    def forward(self, raw: Tensor) -> Tensor:
        """(..., width) to (..., d); what is unknown maps to zeros."""
        if self.map is None:
            return raw.new_zeros((*raw.shape[:-1], self.dim))
        known = raw.abs().sum(dim=-1, keepdim=True) > 0
        projected: Tensor = self.map(raw) * known
        return projected
