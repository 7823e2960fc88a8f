import pytest
import torch

from recommender.learning.networks.transformer import (
    ItemVectors,
    NextItem,
    Transformer,
    TransformerShape,
    again_buckets,
    latest_places,
)

SHAPE = TransformerShape(width=8, blocks=2, heads=2, longest=6, dropout=0.2)


def seeded(seed=0):
    torch.manual_seed(seed)
    return Transformer(SHAPE)


def history(length, seed=1):
    dice = torch.Generator().manual_seed(seed)
    return (
        torch.randn(1, length, 8, generator=dice),
        torch.randint(0, 26, (1, length), generator=dice),
        torch.randint(0, 4, (1, length), generator=dice),
    )


def test_what_comes_later_changes_nothing_that_was_wanted_before():
    network = seeded().eval()
    vectors, gaps, strengths = history(6)
    before = network(vectors, gaps, strengths)
    vectors[:, 4], gaps[:, 4], strengths[:, 4] = 9.0, 3, 0
    after = network(vectors, gaps, strengths)
    torch.testing.assert_close(after[:, :4], before[:, :4])
    assert not torch.allclose(after[:, 4], before[:, 4])
    assert not torch.allclose(after[:, 5], before[:, 5])


def test_filling_at_the_end_is_never_seen():
    network = seeded().eval()
    vectors, gaps, strengths = history(6)
    short = network(vectors[:, :3], gaps[:, :3], strengths[:, :3])
    torch.testing.assert_close(network(vectors, gaps, strengths)[:, :3], short)


@pytest.mark.parametrize("part", [0, 1, 2])
def test_item_time_and_strength_of_earlier_interactions_count(part):
    network = seeded().eval()
    # Weights at their small beginnings hardly tell the buckets apart.
    with torch.no_grad():
        for table in (network.gaps, network.strengths):
            table.weight.mul_(50)
    inputs = list(history(5))
    before = network(*inputs)[:, -1]
    inputs[part] = inputs[part].clone()
    inputs[part][:, 1] = inputs[part][:, 1].flip(-1) if part == 0 else 3 - inputs[part][:, 1] % 2
    assert not torch.allclose(network(*inputs)[:, -1], before, atol=1e-4)


def test_the_order_of_earlier_interactions_counts():
    network = seeded().eval()
    with torch.no_grad():
        network.places.weight.mul_(50)
    vectors, gaps, strengths = history(5)
    swapped = vectors[:, [1, 0, 2, 3, 4]]
    last = network(vectors, gaps, strengths)[:, -1]
    assert not torch.allclose(network(swapped, gaps, strengths)[:, -1], last, atol=1e-4)


def items(known, item_dropout=0.0):
    torch.manual_seed(3)
    text = torch.eye(4)
    picture = torch.zeros(4, 2)
    picture[3] = torch.tensor([1.0, 2.0])
    return ItemVectors(torch.tensor(known), (text, picture), 8, item_dropout)


def test_an_unknown_item_is_its_content_and_a_known_one_more():
    vectors = items([True, True, False, False])
    found = vectors(torch.arange(4))
    text, picture = vectors.projections
    torch.testing.assert_close(found[2], text[2])
    torch.testing.assert_close(found[3], text[3] + picture[0] + 2 * picture[1])
    torch.testing.assert_close(found[0], text[0] + vectors.learned.weight[0])


def test_item_dropout_leaves_content_alone_and_only_in_training():
    vectors = items([True] * 4, item_dropout=0.999999)
    torch.testing.assert_close(vectors.train()(torch.arange(3)), vectors.projections[0][:3])
    with_learned = vectors.projections[0][:3] + vectors.learned.weight[:3]
    torch.testing.assert_close(vectors.eval()(torch.arange(3)), with_learned)


def test_each_item_of_a_batch_has_one_vector_at_all_its_places(monkeypatch):
    network = NextItem(items([True] * 4, item_dropout=0.5), seeded())
    network.train()
    seen: list[torch.Tensor] = []

    def forward(vectors: torch.Tensor, gaps: torch.Tensor, strengths: torch.Tensor) -> torch.Tensor:
        seen.append(vectors)
        return vectors

    monkeypatch.setattr(network.transformer, "forward", forward)
    places = torch.tensor([[0, 1, 0], [1, 1, 2]])
    network.wanted(places, torch.zeros_like(places), torch.zeros_like(places))
    vectors = seen[0]
    assert torch.equal(vectors[0, 0], vectors[0, 2])
    assert torch.equal(vectors[0, 1], vectors[1, 0])
    assert torch.equal(vectors[1, 0], vectors[1, 1])


def test_buckets_of_how_long_ago_double_in_width():
    back = torch.tensor([0, 1, 2, 3, 6, 7, 14, 15, 126, 127, 5000])
    assert again_buckets(back).tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 6, 7, 7]


def test_only_the_latest_of_equal_items_counts():
    looks = latest_places(torch.tensor([[4, 7, 4, 9]]))[0].int().tolist()
    assert looks == [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 1, 1, 1]]


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"width": 0}, "width"), ({"width": 9, "heads": 2}, "heads"), ({"dropout": 1.0}, "dropout")],
)
def test_impossible_shapes_are_named(changed, field):
    with pytest.raises(ValueError, match=field):
        TransformerShape(**changed)
