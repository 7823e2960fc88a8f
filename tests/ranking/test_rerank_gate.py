"""The gate is opened by a gain that holds on cases it was not chosen on, and by nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.learning.metrics import ndcg
from recommender.ranking.rerank import FEATURES, Gate
from recommender.ranking.rerank_gate import CASES_AT_LEAST, RerankCases, gains_of, gate_fit

WIDTH = 10


def cases(
    count: int, *, helps: np.ndarray | float = 0.0, seed: int = 0, inside: float = 0.5
) -> RerankCases:
    """Cases whose target the model likes with the chance ``helps``; the rest is noise."""
    rng = np.random.default_rng(seed)
    places = np.where(rng.random(count) < inside, rng.integers(0, WIDTH, count), -1)
    likelihoods = rng.normal(size=(count, WIDTH))
    knows = (rng.random(count) < helps) & (places >= 0)
    likelihoods[knows, places[knows]] += 6.0
    features = np.column_stack([rng.integers(1, 20, count), rng.random(count), rng.random(count)])
    return RerankCases(
        likelihoods.astype(np.float32),
        np.zeros((count, WIDTH), np.float32),
        places.astype(np.int32),
        features.astype(np.float32),
    )


def test_a_model_that_knows_opens_the_gate_for_nearly_everybody() -> None:
    gate = gate_fit(cases(600, helps=0.9), model="m", now=7.0)
    assert gate.is_open
    assert gate.share > 0.7
    assert gate.gain > 2.0 * gate.error > 0
    assert (gate.cases, gate.model, gate.learnt_at) == (600, "m", 7.0)


@pytest.mark.parametrize("seed", range(5))
def test_noise_leaves_it_closed_and_the_figures_tell(seed: int) -> None:
    gate = gate_fit(cases(600, seed=seed), model="m")
    assert not gate.is_open
    assert gate.cases == 600
    assert gate.gain <= 2.0 * gate.error or gate.gain <= 0


def test_help_for_some_is_found_by_their_feature() -> None:
    some = cases(2000)
    length = some.features[:, FEATURES.index("history_length")]
    rng = np.random.default_rng(1)
    likelihoods = some.likelihoods.copy()
    rows = np.flatnonzero((length <= 5) & (some.places >= 0))
    likelihoods[rows, some.places[rows]] += 6.0
    # For all others the model is worse than nothing.
    others = np.flatnonzero((length > 5) & (some.places >= 0))
    likelihoods[others, some.places[others]] -= 6.0
    likelihoods += rng.normal(scale=0.1, size=likelihoods.shape)
    gate = gate_fit(
        RerankCases(likelihoods.astype(np.float32), some.priors, some.places, some.features),
        model="m",
    )
    assert gate.is_open
    assert gate.feature == "history_length"
    assert gate.high <= 6
    assert 0.15 < gate.share < 0.35


def test_too_few_cases_teach_nothing() -> None:
    few = cases(CASES_AT_LEAST - 1, helps=1.0, inside=1.0)
    assert gate_fit(few, model="m") == Gate(0.0, 0.0, model="m", cases=len(few))
    none = cases(500, helps=1.0, inside=0.0)
    assert not gate_fit(none, model="m").is_open
    assert not gate_fit(cases(0), model="m").is_open


def test_ranks_follow_the_lifted_scores_and_leave_others_alone() -> None:
    liked = np.array([[0, 0, 3.0]] * 3, np.float32)
    some = RerankCases(
        liked,
        np.zeros((3, 3), np.float32),
        np.array([2, 0, -1], np.int32),
        np.zeros((3, 3), np.float32),
    )
    gate = Gate(0.4, 0.0)
    assert some.ranks().tolist() == [2, 0, -1]
    assert some.ranks(gate).tolist() == [0, 1, -1]
    assert some.ranks(gate, admitted=np.array([False, True, True])).tolist() == [2, 1, -1]
    assert some.ranks(Gate(0.0, 0.0)).tolist() == [2, 0, -1]


@given(st.lists(st.integers(-1, 30), min_size=1, max_size=20))
def test_gains_are_the_ndcg_of_the_metrics(ranks: list[int]) -> None:
    mine = float(gains_of(np.array(ranks)).mean())
    theirs = ndcg(np.array([rank if rank >= 0 else 10_000 for rank in ranks]), 10)
    assert mine == pytest.approx(theirs)
