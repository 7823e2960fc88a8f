import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from recommender.contracts import History
from recommender.ranking.calibrate import (
    Calibration,
    best_temperature,
    calibrate,
    calibration_errors,
    expected_calibration_error,
    isotonic,
    softmax,
)
from recommender.ranking.ranker import RankingCases


def make_cases(scores, answers):
    """Cases whose only feature is the score; an answer of -1 is not among the candidates."""
    return RankingCases.of(
        ("blend",),
        [np.array(one, np.float32)[:, None] for one in scores],
        [list(range(len(one))) for one in scores],
        [
            (np.arange(len(one)) == answer).astype(np.float32)
            for one, answer in zip(scores, answers, strict=True)
        ],
        [History.empty()] * len(scores),
    )


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.booleans()),
        min_size=1,
        max_size=60,
        unique_by=lambda pair: pair[0],
    )
)
def test_the_steps_are_those_of_a_public_library(pairs):
    values = np.array([value for value, _ in pairs], float)
    taken = np.array([outcome for _, outcome in pairs], float)
    knots, chances = isotonic(values, taken)
    order = np.argsort(values)
    expected = IsotonicRegression().fit_transform(values, taken)[order]
    blocks = np.searchsorted(np.cumsum(_sizes(expected)), np.arange(len(expected)), "right")
    np.testing.assert_allclose(chances[blocks], expected, atol=1e-9)
    np.testing.assert_allclose(
        knots, [values[order][blocks == b].mean() for b in range(len(knots))], atol=1e-9
    )


def _sizes(values):
    """Lengths of the runs of equal values."""
    starts = np.flatnonzero(np.r_[True, np.abs(np.diff(values)) > 1e-12])
    return np.diff(np.r_[starts, len(values)])


def test_the_error_by_hand():
    chances = np.array([0.1, 0.1, 0.5, 0.9])
    taken = np.array([0.0, 0.0, 1.0, 1.0])
    assert expected_calibration_error(chances, taken, bins=2) == pytest.approx(
        (2 * 0.1 + 2 * 0.3) / 4
    )
    assert expected_calibration_error(np.zeros(0), np.zeros(0)) == 0.0


def test_the_temperature_is_the_likeliest_of_those_tried():
    rng = np.random.default_rng(0)
    scores = [rng.normal(size=8) for _ in range(4000)]
    answers = [rng.choice(8, p=softmax(4.0 * one)) for one in scores]
    cases = make_cases(scores, answers)
    found = best_temperature(cases.column("blend"), cases)
    assert 4.0 / 2**0.25 <= found <= 4.0 * 2**0.25


def test_overconfident_scores_become_chances():
    rng = np.random.default_rng(1)
    scores = [rng.normal(size=6) for _ in range(3000)]
    # Half of the answers are not among the candidates, so that no share of a pool can be right.
    answers = [rng.choice(6, p=softmax(one)) if rng.random() < 0.5 else -1 for one in scores]
    cases = make_cases(scores, answers)
    learnt, judged = cases.take(np.arange(2000)), cases.take(np.arange(2000, 3000))
    calibration = calibrate(learnt.column("blend") * 9.0, learnt)
    before, after = calibration_errors(judged.column("blend") * 9.0, judged, calibration)
    assert before > 0.08
    assert after < 0.02


def test_chances_never_fall_as_shares_rise():
    calibration = Calibration(1.0, np.array([0.1, 0.2, 0.6]), np.array([0.0, 0.3, 0.3]))
    found = calibration.probability(np.array([0.0, 0.15, 0.4, 1.0]))
    np.testing.assert_allclose(found, [0.0, 0.15, 0.3, 0.3])


def test_it_is_read_back_and_nonsense_is_refused(tmp_path):
    calibration = Calibration(2.0, np.array([0.1, 0.2]), np.array([0.0, 0.3]))
    calibration.save(tmp_path / "c.json")
    again = Calibration.load(tmp_path / "c.json")
    assert again.temperature == 2.0
    np.testing.assert_array_equal(again.probabilities, calibration.probabilities)
    for wrong in (
        {"temperature": 0.0, "shares": [0.1], "probabilities": [0.1]},
        {"temperature": 1.0, "shares": [], "probabilities": []},
        {"temperature": 1.0, "shares": [0.1, 0.2], "probabilities": [0.4, 0.3]},
        {"temperature": 1.0, "shares": [0.1, float("nan")], "probabilities": [0.1, 0.2]},
    ):
        (tmp_path / "c.json").write_text(json.dumps(wrong))
        with pytest.raises(ValueError, match="calibration"):
            Calibration.load(tmp_path / "c.json")


def test_without_cases_there_is_nothing_to_calibrate():
    with pytest.raises(ValueError, match="no cases"):
        calibrate(np.zeros(0, np.float32), make_cases([], []))
