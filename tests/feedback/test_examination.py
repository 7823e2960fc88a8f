"""Position bias: propensities are found again, and corrected answers name the better product."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.feedback.examination import (
    LEAST,
    UNKNOWN,
    Examination,
    examination_estimate,
)

TRUTH = np.array([1.0, 0.7, 0.5, 0.35, 0.25, 0.2])


def biased_log(goodness: np.ndarray, slates: int, order, seed: int = 0):
    """What was in view and taken: ``order(rng)`` ranks the products of one slate."""
    rng = np.random.default_rng(seed)
    shown = np.array([order(rng) for _ in range(slates)])  # (slates, places)
    chance = TRUTH * goodness[shown]
    taken = rng.random(shown.shape) < chance
    places = np.tile(np.arange(1, len(TRUTH) + 1), slates)
    return places, shown.ravel(), taken.ravel()


def test_propensities_are_recovered_although_good_products_stand_at_good_places():
    goodness = np.linspace(0.6, 0.1, 6)

    def mostly_best_first(rng):
        # A model that is right, but for noise: the click rate alone is far too steep.
        return np.argsort(-(goodness + rng.normal(0, 0.25, 6)))

    places, products, taken = biased_log(goodness, 30_000, mostly_best_first)
    rates = np.array([taken[places == p].mean() for p in range(1, 7)])
    assert np.abs(rates / rates[0] - TRUTH).max() > 0.1
    found = examination_estimate(places, products, taken)
    np.testing.assert_allclose(found.propensities, TRUTH, atol=0.04)


def test_logged_propensities_make_up_for_an_order_that_was_hardly_ever_drawn():
    """Two products; one is drawn to the first place with probability 0.95, and logged so."""
    rng = np.random.default_rng(1)
    usual = rng.random(60_000) < 0.95
    shown = np.where(usual[:, None], [0, 1], [1, 0])
    taken = rng.random(shown.shape) < TRUTH[:2] * np.array([0.6, 0.2])[shown]
    logged = np.where(usual, 0.95, 0.05)[:, None].repeat(2, 1)
    places = np.tile([1, 2], len(shown))
    found = examination_estimate(places, shown.ravel(), taken.ravel(), logged.ravel())
    assert found.propensities[1] == pytest.approx(0.7, abs=0.04)


def test_corrected_answers_rank_the_truly_better_product_first_where_raw_clicks_do_not():
    """Product 5 is better than product 0, but is nearly always shown last."""
    goodness = np.array([0.3, 0.2, 0.2, 0.2, 0.2, 0.5])

    def stubborn(rng):
        return np.arange(6) if rng.random() < 0.9 else rng.permutation(6)

    places, products, taken = biased_log(goodness, 20_000, stubborn)
    curve = examination_estimate(places, products, taken)
    weights = np.array([curve.weight(int(p)) for p in places])
    raw = np.bincount(products, taken) / np.bincount(products)
    corrected = np.bincount(products, taken * weights) / np.bincount(products)
    assert raw.argmax() == 0
    assert corrected.argmax() == 5
    # Self-normalised: what was taken keeps its weight as a whole.
    assert weights[taken].mean() == pytest.approx(1.0, abs=1e-3)


def test_weights_are_clipped_and_nothing_is_corrected_where_nothing_is_known():
    steep = Examination((1.0, 0.5, LEAST), 2.0)
    assert [steep.weight(place) for place in (1, 2, 3, 9)] == [0.5, 1.0, 5.0, 5.0]
    assert steep.weight(None) == UNKNOWN.weight(7) == 1.0
    nothing = np.zeros(4, bool)
    assert examination_estimate(np.array([1, 2, 1, 2]), np.array([0, 1, 1, 0]), nothing) == UNKNOWN
    with pytest.raises(ValueError, match="propensity"):
        Examination((1.0, 0.0))
