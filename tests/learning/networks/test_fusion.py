"""The knowledge-fusion model against its worked example and derivations by hand."""

import numpy as np
import pytest
import torch

from recommender.learning.networks.fusion import (
    KnowledgeFusion,
    Projection,
    alignment_loss,
    listwise_loss,
)

#: The worked example: rating vector, relation vector, text vector.
V, R_J, R = ([0.8, 0.9, 0.7], [0.9, 0.8, 0.7], [0.5, 0.4, 0.3])


def test_the_alignment_loss_of_the_worked_example():
    loss = alignment_loss(*(torch.tensor(one, dtype=torch.float64) for one in (V, R_J, R)))
    assert loss.item() == pytest.approx(0.09345, abs=1e-12)


def test_its_gradient_is_the_difference_times_the_relation():
    v, r_j, r = (torch.tensor(one, dtype=torch.float64, requires_grad=True) for one in (V, R_J, R))
    alignment_loss(v, r_j, r).backward()
    expected = (np.array(V) * R_J - R) * R_J
    np.testing.assert_allclose(v.grad, expected, rtol=0, atol=1e-15)
    np.testing.assert_allclose(v.grad, [0.198, 0.256, 0.133], rtol=0, atol=1e-12)
    np.testing.assert_allclose(r.grad, -(np.array(V) * R_J - R), rtol=0, atol=1e-15)
    assert torch.autograd.gradcheck(alignment_loss, (v, r_j, r))


def test_the_alignment_loss_is_one_number_per_item():
    v, r_j, r = (torch.tensor([one, one]) for one in (V, R_J, R))
    v[1] = 0.0
    np.testing.assert_allclose(alignment_loss(v, r_j, r), [0.09345, 0.25], rtol=1e-6)


def test_the_listwise_loss_by_hand():
    scores = torch.log(torch.tensor([[1.0, 2.0, 5.0], [3.0, 1.0, 9.0]]))
    present = torch.tensor([[True, True, True], [True, True, False]])
    gains = torch.tensor([[0.0, 1.0, 0.0], [0.5, 0.5, 0.0]])
    expected = [-np.log(2 / 8), -0.5 * np.log(3 / 4) - 0.5 * np.log(1 / 4)]
    np.testing.assert_allclose(listwise_loss(scores, gains, present), expected, rtol=1e-6)


def make_network(**more):
    torch.manual_seed(0)
    return KnowledgeFusion(3, 0, 1, (4, 5, 6), dim=3, hidden=8, **more).eval()


def test_untrained_it_keeps_the_order_of_the_blend():
    network = make_network(base=2.5)
    features = torch.rand(7, 3)
    vectors = [torch.rand(7, 3) for _ in range(3)]
    scores = network(features, torch.rand(3), *vectors)
    torch.testing.assert_close(scores, 2.5 * features[:, 0])


def test_the_more_is_known_of_an_item_the_more_its_ratings_count():
    network = make_network()
    with torch.no_grad():
        # Let the score be the agreement of the profile with the fused item alone.
        network.hidden = torch.nn.Identity()
        network.out = torch.nn.Linear(9, 1, bias=False)
        network.out.weight.zero_()
        network.out.weight[0, 3 + 4] = 1.0
        network.base.zero_()
    u, v, r_j, r = (torch.tensor(one) for one in ([1.0, 1.0, 1.0], V, R_J, R))
    features = torch.tensor([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    scores = network(features, u, v.expand(2, 3), r_j.expand(2, 3), r.expand(2, 3))
    trust = 1 / (1 + np.exp([0.0, -1.0]))
    joined, text = float((v * r_j).sum()), float(r.sum())
    np.testing.assert_allclose(scores.detach(), trust * joined + (1 - trust) * text, rtol=1e-6)


def test_what_is_unknown_of_an_item_projects_to_nothing():
    projection = Projection(4, 3)
    raw = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    out = projection(raw)
    assert out[1].tolist() == [0.0, 0.0, 0.0]
    assert out[0].abs().sum() > 0
    assert Projection(0, 3)(torch.zeros(2, 0)).tolist() == [[0.0] * 3] * 2


def test_batched_and_single_scores_agree():
    network = make_network()
    torch.nn.init.normal_(network.out.weight)
    features, u = torch.rand(2, 5, 3), torch.rand(2, 3)
    vectors = [torch.rand(2, 5, 3) for _ in range(3)]
    together = network(features, u, *vectors)
    for row in range(2):
        alone = network(features[row], u[row], *(one[row] for one in vectors))
        torch.testing.assert_close(alone, together[row])
