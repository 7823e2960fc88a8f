"""Cross-entropy over the catalogue: over all of it, or over a sample with correction."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional


def full_softmax_loss(wanted: Tensor, candidates: Tensor, targets: Tensor) -> Tensor:
    """-log p(target) over all candidates, one number per row.

    ``wanted`` has shape (n, width), ``candidates`` (n_candidates, width); ``targets`` of shape
    (n,) are rows of the candidates.
    """
    return functional.cross_entropy(wanted @ candidates.T, targets, reduction="none")


def sampled_softmax_loss(
    wanted: Tensor, own: Tensor, negatives: Tensor, log_q: Tensor, same: Tensor
) -> Tensor:
    """The same, its sum over the catalogue estimated from one sample shared by all rows.

    A sampled score is lowered by the log of how often the item is expected in the sample, so that
    the sum is that of all other items on average, and the gradient that of the full softmax as the
    sample grows (Bengio and Senécal, "Adaptive importance sampling", 2008; Yi et al.,
    "Sampling-bias-corrected neural modeling", RecSys 2019). The target was not sampled and is not
    lowered. ``own`` (n, width) are the targets' vectors, ``negatives`` (k, width), ``log_q`` (k,)
    the log of each negative's probability in one draw; ``same`` (n, k) marks negatives that are
    the row's target, which counts once.
    """
    positive = (wanted * own).sum(dim=1)  # (n,)
    expected = log_q + math.log(len(negatives))
    others = torch.addmm(-expected[None, :], wanted, negatives.T).float()  # (n, k)
    # Few places are meant, so that they are quicker found than passed through a mask.
    # Minus infinity would be no number in the gradient of a row whose negatives are all the target.
    others[same.nonzero(as_tuple=True)] = -1e30
    return torch.logaddexp(positive, torch.logsumexp(others, dim=1)) - positive
