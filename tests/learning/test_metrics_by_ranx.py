"""The metrics against ranx, a public library, on random inputs without ties."""

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.learning import metrics

OURS = {
    "hit_rate": metrics.hit_rate,
    "recall": metrics.recall,
    "precision": metrics.precision,
    "ndcg": metrics.ndcg,
    "mrr": metrics.mrr,
}


@lru_cache(maxsize=1)
def library():
    """ranx without compilation, which takes longer than all the cases here do without it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NUMBA_DISABLE_JIT", "1")
        import ranx
    return ranx


@st.composite
def untied(draw):
    """Scores without ties, one target per case, some of it had before."""
    seed = draw(st.integers(0, 2**31))
    cases, items = draw(st.integers(1, 8)), draw(st.integers(2, 40))
    rng = np.random.default_rng(seed)
    scores = rng.permuted(np.tile(np.arange(1, items + 1, dtype=np.float32), (cases, 1)), axis=1)
    seen = rng.random((cases, items)) < draw(st.floats(0.0, 0.9))
    return scores, rng.integers(0, items, cases).astype(np.int32), seen


def by_ranx(scores, targets, at, ranked):
    """The library's figures with only the ``ranked`` items in each run."""
    cases = range(len(targets))
    qrels = library().Qrels({f"case{case}": {f"item{targets[case]}": 1} for case in cases})
    run = library().Run(
        {
            f"case{case}": {
                f"item{item}": float(scores[case, item]) for item in np.flatnonzero(ranked[case])
            }
            for case in cases
        }
    )
    names = [f"{name}@{at}" for name in OURS]
    found = library().evaluate(qrels, run, names)
    return {name: float(found[f"{name}@{at}"]) for name in OURS}


@settings(deadline=None, max_examples=60)
@given(untied(), st.integers(1, 45))
def test_every_metric_equals_the_library_over_the_whole_catalogue(world, at):
    scores, targets, _ = world
    ranks = metrics.target_ranks(scores, targets, np.random.default_rng(0))
    expected = by_ranx(scores, targets, at, np.ones(scores.shape, bool))
    assert {name: ours(ranks, at) for name, ours in OURS.items()} == pytest.approx(expected)


@settings(deadline=None, max_examples=60)
@given(untied(), st.integers(1, 45))
def test_every_metric_equals_the_library_where_seen_items_are_left_out(world, at):
    scores, targets, seen = world
    owners, items = np.nonzero(seen)
    # Repetitions in a history do not count twice.
    owners, items = np.tile(owners, 2), np.tile(items, 2)
    rng = np.random.default_rng(0)
    _, ranks = metrics.kept_and_unseen_ranks(scores, targets, owners, items, rng)
    ranked = ~seen
    ranked[np.arange(len(targets)), targets] = True
    expected = by_ranx(scores, targets, at, ranked)
    assert {name: ours(ranks, at) for name, ours in OURS.items()} == pytest.approx(expected)


def test_the_best_items_are_those_that_the_library_ranks_first():
    scores = np.random.default_rng(3).permutation(60).reshape(3, 20).astype(np.float32)
    run = library().Run(
        {
            f"case{c}": {f"item{i}": float(s) for i, s in enumerate(row)}
            for c, row in enumerate(scores)
        }
    )
    run.sort()
    expected = [[int(name[4:]) for name in run[f"case{c}"]][:10] for c in range(3)]
    assert metrics.top_items(scores, 10).tolist() == expected
