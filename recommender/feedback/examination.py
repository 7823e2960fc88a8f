"""How likely each place of a slate is to be looked at, and what that means for what was taken.

What stands first is taken more often because it stands first. The position-based model
(Richardson, Dominowska and Ragno 2007; Craswell et al. 2008) has it that a product is taken where
its place is examined and the product is good: P(taken) = examined(place) * good(product). Both are
estimated together from products that stood at several places, so that good products at good places
do not pass for a property of the place. Dividing by the first (inverse propensity scoring,
Joachims, Swaminathan and Schnabel 2017) gives what would have been taken anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.contracts import Floats, Ints

Reals = npt.NDArray[np.float64]

#: Places that are told apart; what stands further down counts as the last of them.
PLACES = 40
#: No place counts as examined less than this, so that no answer weighs more than ten.
LEAST = 0.1
#: A product that exploration put somewhere against the odds weighs at most this much.
PROPENSITY_CLIP = 10.0
#: Answers that each place and product is given beforehand, as if nothing mattered: rare ones stay
#: near the mean.
PRIOR = 5.0
ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Examination:
    """For each place, from the first, how likely it is to be looked at relative to the best.

    ``normaliser`` is the mean of the inverse propensities over all that was taken: weights are
    divided by it, so that a log of answers keeps its weight as a whole.
    """

    propensities: tuple[float, ...] = ()
    normaliser: float = 1.0

    def __post_init__(self) -> None:
        if any(not 0.0 < p <= 1.0 for p in self.propensities):
            raise ValueError("the propensity of a place lies above 0 and is at most 1")
        if not self.normaliser > 0.0:
            raise ValueError("the normaliser of inverse propensities is above 0")

    def propensity(self, place: int | None) -> float:
        """How likely a place is to be examined; 1 where nothing is known or there was no slate."""
        if place is None or place < 1 or not self.propensities:
            return 1.0
        return self.propensities[min(place, len(self.propensities)) - 1]

    def weight(self, place: int | None) -> float:
        """What an answer at a place weighs: above one where few look, below it where all do.

        Without a place there is nothing to correct: one.
        """
        if place is None or not self.propensities:
            return 1.0
        return 1.0 / max(LEAST, self.propensity(place)) / self.normaliser


#: Nothing is known: every place counts as examined.
UNKNOWN = Examination()


def examination_estimate(
    places: Ints,
    products: Ints,
    taken: npt.NDArray[np.bool_],
    logged: Floats | None = None,
) -> Examination:
    """The propensities of places, from what was in view and whether it was taken.

    ``places`` (from 1), ``products`` (numbers without gaps) and ``taken`` have shape (n_shown,), as
    has ``logged``: the probability with which the policy put the product at that place, NaN where
    it was not drawn by lot. What was drawn against the odds counts for what was not drawn.
    Nothing taken gives ``UNKNOWN``.
    """
    if not len(places) or not taken.any():
        return UNKNOWN
    rows = np.minimum(places, PLACES).astype(np.int64) - 1
    weights = np.ones(len(rows))
    if logged is not None:
        drawn = np.isfinite(logged)
        weights[drawn] = 1.0 / np.clip(logged[drawn], 1.0 / PROPENSITY_CLIP, 1.0)
    hits = weights * taken
    last, count = int(rows.max()) + 1, int(products.max()) + 1
    shown_at = np.bincount(rows, weights, last)
    taken_at = np.bincount(rows, hits, last)
    taken_of = np.bincount(products, hits, count)
    mean = hits.sum() / weights.sum()
    examined = np.ones(last)
    for _ in range(ROUNDS):
        looked = np.bincount(products, weights * examined[rows], count)
        # Alternating steps of the Poisson likelihood; the prior pulls towards the mean.
        good = (taken_of + PRIOR * mean) / (looked + PRIOR)
        expected = np.bincount(rows, weights * good[products], last)
        before, examined = examined, (taken_at + PRIOR * mean) / (expected + PRIOR * mean)
        examined /= examined[shown_at > 0].max()
        if np.abs(examined - before).max() < 1e-6:
            break
    # A place at which nothing was shown is no better than the one before it.
    for place in range(1, last):
        if shown_at[place] == 0:
            examined[place] = examined[place - 1]
    examined = np.clip(examined, LEAST, 1.0)
    normaliser = float(np.average(1.0 / examined[rows[taken]], weights=weights[taken]))
    return Examination(tuple(round(float(p), 6) for p in examined), round(normaliser, 6))
