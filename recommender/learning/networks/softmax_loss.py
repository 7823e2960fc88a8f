"""Cross-entropy over the catalogue: over all of it, or over a sample with correction."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class Taken:
    """The items that each row's history holds, with what is added to their scores.

    Columns are places of the history, shape (n, length) each: the item, its score with the
    addition, the addition itself, and whether the place counts.
    """

    items: Tensor
    scores: Tensor
    additions: Tensor
    there: Tensor


def full_softmax_loss(
    wanted: Tensor, candidates: Tensor, targets: Tensor, taken: Taken | None = None
) -> Tensor:
    """-log p(target) over all candidates, one number per row.

    ``wanted`` has shape (n, width), ``candidates`` (n_candidates, width); ``targets`` of shape
    (n,), and the items of ``taken``, are rows of the candidates.
    """
    scores = (wanted @ candidates.T).float()
    if taken is not None:
        rows, places = taken.there.nonzero(as_tuple=True)
        where = (rows, taken.items[rows, places])
        scores = scores.index_put(where, taken.additions[rows, places], accumulate=True)
    return functional.cross_entropy(scores, targets, reduction="none")


def sampled_softmax_loss(
    wanted: Tensor,
    own: Tensor,
    negatives: Tensor,
    log_q: Tensor,
    same: Tensor,
    targets: Tensor | None = None,
    taken: Taken | None = None,
) -> Tensor:
    """The same, its sum over the catalogue estimated from one sample shared by all rows.

    A sampled score is lowered by the log of how often the item is expected in the sample, so that
    the sum is that of all other items on average, and the gradient that of the full softmax as the
    sample grows (Bengio and Senécal, "Adaptive importance sampling", 2008; Yi et al.,
    "Sampling-bias-corrected neural modeling", RecSys 2019). The target was not sampled and is not
    lowered. ``own`` (n, width) are the targets' vectors, ``negatives`` (k, width), ``log_q`` (k,)
    the log of each negative's probability in one draw; ``same`` (n, k) marks negatives that are
    the row's target, which counts once. What the history holds is always among the candidates,
    or it would hardly ever be learnt whether things are taken again; ``targets`` (n,) name the
    items as ``taken`` does.
    """
    positive = (wanted * own).sum(dim=1)  # (n,)
    expected = log_q + math.log(len(negatives))
    others = torch.addmm(-expected[None, :], wanted, negatives.T).float()  # (n, k)
    # Few places are meant, so that they are quicker found than passed through a mask.
    # Minus infinity would be no number in the gradient of a row whose negatives are all the target.
    others[same.nonzero(as_tuple=True)] = -1e30
    rest = torch.logsumexp(others, dim=1)
    if taken is not None and targets is not None:
        again = taken.there & (taken.items == targets[:, None])
        positive = positive + (taken.additions * again).sum(dim=1)
        held = taken.scores.float().masked_fill(~taken.there | again, -1e30)
        rest = torch.logaddexp(rest, torch.logsumexp(held, dim=1))
    return torch.logaddexp(positive, rest) - positive
