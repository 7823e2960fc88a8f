import math

import torch

from recommender.learning.networks.softmax_loss import (
    Taken,
    full_softmax_loss,
    sampled_softmax_loss,
)


def case(n_items=50):
    dice = torch.Generator().manual_seed(0)
    wanted = torch.randn(4, 6, generator=dice)
    candidates = torch.randn(n_items, 6, generator=dice)
    return wanted, candidates, torch.tensor([3, 0, 49, 3])


def test_the_full_loss_of_scores_worked_out_by_hand():
    wanted = torch.tensor([[1.0]])
    candidates = torch.tensor([[math.log(1.0)], [math.log(2.0)], [math.log(5.0)]])
    found = full_softmax_loss(wanted, candidates, torch.tensor([1]))
    torch.testing.assert_close(found, torch.tensor([math.log(8.0 / 2.0)]))


def test_every_item_sampled_once_gives_the_full_loss():
    wanted, candidates, targets = case()
    everything = torch.arange(50)
    found = sampled_softmax_loss(
        wanted,
        candidates[targets],
        candidates,
        # Drawn 50 times with this probability, each item is expected once.
        torch.full((50,), -math.log(50)),
        everything[None, :] == targets[:, None],
    )
    torch.testing.assert_close(found, full_softmax_loss(wanted, candidates, targets))


def test_a_skewed_sample_is_corrected():
    wanted, candidates, targets = case()
    wanted.requires_grad_()
    chances = torch.linspace(0.2, 3.0, 50)
    chances /= chances.sum()
    negatives = torch.multinomial(
        chances, 200_000, replacement=True, generator=torch.Generator().manual_seed(1)
    )
    found = sampled_softmax_loss(
        wanted,
        candidates[targets],
        candidates[negatives],
        chances.log()[negatives],
        negatives[None, :] == targets[:, None],
    )
    full = full_softmax_loss(wanted, candidates, targets)
    torch.testing.assert_close(found, full, atol=0.02, rtol=0)
    (slope,) = torch.autograd.grad(found.sum(), wanted)
    (expected,) = torch.autograd.grad(full.sum(), wanted)
    torch.testing.assert_close(slope, expected, atol=0.04, rtol=0)
    uncorrected = sampled_softmax_loss(
        wanted,
        candidates[targets],
        candidates[negatives],
        torch.full((200_000,), -math.log(50)),
        negatives[None, :] == targets[:, None],
    )
    assert (uncorrected - full).abs().max() > 0.1


def history_of(wanted, candidates, items, there):
    additions = torch.tensor([[-3.0, -1.0]]).expand(4, 2)
    scores = (wanted[:, None, :] * candidates[items]).sum(dim=2) + additions
    return Taken(items, scores, additions, there)


def test_what_was_taken_is_scored_with_its_addition_in_both_losses():
    wanted, candidates, targets = case()
    items = torch.tensor([[3, 5], [1, 2], [7, 49], [8, 9]])
    there = torch.tensor([[True, True], [True, False], [True, True], [False, False]])
    taken = history_of(wanted, candidates, items, there)
    scores = wanted @ candidates.T
    for row, column, addition in [(0, 3, -3), (0, 5, -1), (1, 1, -3), (2, 7, -3), (2, 49, -1)]:
        scores[row, column] += addition
    expected = torch.logsumexp(scores, 1) - scores[torch.arange(4), targets]
    full = full_softmax_loss(wanted, candidates, targets, taken)
    torch.testing.assert_close(full, expected)
    # Everything that no history holds, sampled once, and the histories' items beside it.
    left = torch.tensor([n for n in range(50) if n not in {3, 5, 1, 7, 49}])
    held = torch.tensor([3, 5, 1, 7, 49])
    for row in range(4):
        outside = torch.tensor([n for n in held.tolist() if n not in items[row][there[row]]])
        negatives = torch.cat([left, outside]).long()
        found = sampled_softmax_loss(
            wanted[[row]],
            candidates[targets[[row]]],
            candidates[negatives],
            torch.full((len(negatives),), -math.log(len(negatives))),
            negatives[None, :] == targets[[row], None],
            targets[[row]],
            Taken(items[[row]], taken.scores[[row]], taken.additions[[row]], there[[row]]),
        )
        torch.testing.assert_close(found[0], expected[row])


def test_a_row_whose_negatives_are_all_its_target_costs_nothing():
    wanted, candidates, targets = case()
    wanted.requires_grad_()
    found = sampled_softmax_loss(
        wanted,
        candidates[targets],
        candidates[[3, 3]],
        torch.zeros(2),
        torch.tensor([[True, True], [False, False], [False, False], [True, True]]),
    )
    assert found[0].item() == found[3].item() == 0.0
    assert found[1].item() > 0.0
    (slope,) = torch.autograd.grad(found.sum(), wanted)
    assert torch.isfinite(slope).all()
    assert not slope[0].any()
