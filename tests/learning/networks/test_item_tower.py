"""The item tower: gates, missing kinds, and what it learns."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from recommender.learning.networks.item_tower import ItemTower, in_batch_loss


def contents(*rows: tuple[bool, bool, bool], sizes=(4, 3, 2)) -> list[torch.Tensor]:
    """Random content where a row has a kind, zeros where it has not."""
    dice = torch.Generator().manual_seed(0)
    there = torch.tensor(rows).to(torch.float32)
    return [
        torch.nn.functional.normalize(torch.randn(len(rows), size, generator=dice), dim=1)
        * there[:, kind : kind + 1]
        for kind, size in enumerate(sizes)
    ]


def tower(sizes=(4, 3, 2), width=5, **options) -> ItemTower:
    torch.manual_seed(0)
    made = ItemTower(sizes, width, **options)
    with torch.no_grad():
        made.gate.weight.normal_()
        made.gate.bias.normal_()
    return made.eval()


ALL, TEXT, PICTURE_AND_SOUND, NOTHING = (
    (True, True, True),
    (True, False, False),
    (False, True, True),
    (False, False, False),
)


def test_gates_are_shares_of_what_is_there():
    _vectors, gates = tower().fused(contents(ALL, TEXT, PICTURE_AND_SOUND, NOTHING))
    torch.testing.assert_close(gates.sum(dim=1), torch.tensor([1.0, 1.0, 1.0, 0.0]))
    assert (gates[0] > 0).all()
    torch.testing.assert_close(gates[1], torch.tensor([1.0, 0.0, 0.0]))
    assert gates[2, 0] == 0
    assert (gates[2, 1:] > 0).all()
    torch.testing.assert_close(gates[3], torch.zeros(3))


def test_vectors_have_length_one_and_an_item_without_anything_has_the_zero_vector():
    vectors = tower()(contents(ALL, TEXT, PICTURE_AND_SOUND, NOTHING))
    torch.testing.assert_close(vectors.norm(dim=1), torch.tensor([1.0, 1.0, 1.0, 0.0]))
    assert torch.isfinite(vectors).all()


def test_a_vector_depends_on_no_other_item():
    model, given = tower(), contents(ALL, TEXT, PICTURE_AND_SOUND)
    alone = torch.cat([model([content[row : row + 1] for content in given]) for row in range(3)])
    torch.testing.assert_close(model(given), alone)


def test_gates_depend_on_what_the_content_says():
    given = contents(*[ALL] * 6)
    _vectors, gates = tower().fused(given)
    assert gates[:, 0].std() > 0.01


def test_an_untrained_tower_keeps_the_angles_of_a_single_kind():
    text = contents(*[TEXT] * 5, sizes=(4, 0, 0))
    vectors = ItemTower((4, 0, 0), 6).eval()(text)
    torch.testing.assert_close(vectors @ vectors.T, text[0] @ text[0].T)


def test_hiding_kinds_in_training_leaves_every_item_at_least_one():
    model = tower(dropout=0.5).train()
    torch.manual_seed(1)
    _vectors, gates = model.fused(contents(*[ALL] * 400, *[TEXT] * 20, NOTHING))
    shown = (gates > 0).sum(dim=1)
    assert (shown[:400] >= 1).all()
    # Each is left half of the time, and all three where none would be: 3 · 1/2 + 3 · 1/8.
    assert 1.75 < shown[:400].float().mean() < 2.0
    torch.testing.assert_close(gates[400:420, 0], torch.ones(20))
    assert shown[420] == 0


def test_gradients_are_finite_with_missing_kinds():
    model = tower().train()
    vectors = model(contents(ALL, TEXT, PICTURE_AND_SOUND, NOTHING))
    (vectors @ torch.ones(5)).sum().backward()
    for name, parameter in model.named_parameters():
        if name != "log_scale":
            assert torch.isfinite(parameter.grad).all(), name


def test_the_loss_is_the_corrected_cross_entropy_over_the_batch():
    one = torch.eye(2)
    other = torch.tensor([[0.6, 0.8], [0.0, 1.0]])
    log_q = torch.tensor([0.5, 0.25]).log()
    items, others = torch.tensor([7, 8]), torch.tensor([1, 2])
    found = in_batch_loss(one, other, items, others, log_q, torch.tensor(3.0).log())
    # Scores 3·cosine - log q: (1.8 + ln 2, ln 4) for the first, (2.4 + ln 2, 3 + ln 4) second.
    first = math.log(1 + math.exp(math.log(4) - 1.8 - math.log(2)))
    second = math.log(1 + math.exp(2.4 + math.log(2) - 3 - math.log(4)))
    torch.testing.assert_close(found, torch.tensor([first, second]))


def test_no_item_is_its_own_negative():
    one, other = torch.randn(3, 4), torch.randn(3, 4)
    log_q = torch.zeros(3)
    # The second pair's other is that of the first, the third's is the first pair's own item.
    items, others = torch.tensor([5, 6, 9]), torch.tensor([1, 1, 5])
    found = in_batch_loss(one, other, items, others, log_q, torch.tensor(0.0))
    assert found[0] == pytest.approx(0.0, abs=1e-6)
    scores = one @ other.T
    expected = torch.logsumexp(scores[1, 1:], 0) - scores[1, 1]
    torch.testing.assert_close(found[1], expected)


def test_the_correction_makes_the_loss_that_of_the_whole_catalogue():
    """Where pairs are drawn by popularity, corrected scores rank as uniform draws would."""
    rng = np.random.default_rng(0)
    vectors = torch.nn.functional.normalize(torch.tensor(rng.normal(size=(6, 3))).float(), dim=1)
    popularity = np.array([0.5, 0.2, 0.1, 0.1, 0.05, 0.05])
    drawn = torch.tensor(rng.choice(6, 4000, p=popularity))
    log_q = torch.tensor(np.log(popularity)).float()[drawn]
    # Of a query's corrected scores over many draws, the mean of exp is the sum over all items.
    query = vectors[0]
    estimate = (vectors[drawn] @ query - log_q).exp().mean()
    torch.testing.assert_close(estimate, (vectors @ query).exp().sum(), rtol=0.05, atol=0)
