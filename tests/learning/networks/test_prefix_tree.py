"""The tree spells every ID and nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.learning.networks.prefix_tree import PrefixTree


def children_of(tree, node):
    return range(tree.first_child[node], tree.first_child[node + 1])


def spelt(tree, node=0, so_far=()):
    """All ways from a node down to a leaf, and the item that each leads to."""
    if tree.item[node] >= 0:
        return {so_far: int(tree.item[node])}
    found: dict[tuple[int, ...], int] = {}
    for child in children_of(tree, node):
        found |= spelt(tree, child, (*so_far, int(tree.code[child])))
    return found


@settings(max_examples=80, deadline=None)
@given(st.sets(st.tuples(*[st.integers(0, 4)] * 3), min_size=1, max_size=60), st.randoms())
def test_the_tree_spells_every_id_and_nothing_else(ids, random):
    codes = list(ids)
    random.shuffle(codes)
    tree = PrefixTree.of(np.array(codes, np.int32))
    assert spelt(tree) == {code: item for item, code in enumerate(codes)}
    for item, code in enumerate(codes):
        assert tree.code[tree.path[item, 1:]].tolist() == list(code)
        assert tree.item[tree.path[item, -1]] == item
        for parent, child in zip(tree.path[item, :-1], tree.path[item, 1:], strict=True):
            assert child in children_of(tree, parent)
    assert tree.size[0] == len(codes)
    weights = np.arange(len(codes))
    sums = tree.sums(weights)
    for node in range(tree.n_nodes):
        below = (tree.path == node).any(axis=1)
        assert sums[node] == weights[below].sum()
        assert tree.size[node] == below.sum()


def test_children_come_in_the_order_of_their_codes():
    tree = PrefixTree.of(np.array([[3, 0], [1, 2], [1, 0], [0, 0]], np.int32))
    assert tree.code[list(children_of(tree, 0))].tolist() == [0, 1, 3]
    assert tree.n_children().tolist() == [3, 1, 2, 1, 0, 0, 0, 0]


def test_two_items_with_one_id_are_refused():
    with pytest.raises(ValueError, match="share one ID"):
        PrefixTree.of(np.array([[0, 1], [0, 1]], np.int32))
