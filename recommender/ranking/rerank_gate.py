"""Learning on validation cases for whom a language model's reranking helps, if for anybody.

A weight, a share of the prior and a bound on one feature are chosen on half of the cases; the
other half, which had no part in the choice, must confirm the gain, or the gate stays closed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.contracts import Floats, Ints
from recommender.ranking.rerank import FEATURES, Gate, new_order

Reals = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Ranks = npt.NDArray[np.int64]

WEIGHTS = (0.02, 0.05, 0.1, 0.2, 0.4)
PRIOR_WEIGHTS = (0.0, 0.5, 1.0, 1.5)
#: Quantiles of a feature that are tried as a bound.
QUANTILES = (0.25, 0.5, 0.75)
#: A gate that lets in fewer than this share is not worth its upkeep.
SHARE_AT_LEAST = 0.05
#: Standard errors by which the gain must exceed nothing on the other half (one-sided 97.7 %).
SURE = 2.0
#: With fewer cases whose target is among the candidates nothing can be learnt.
CASES_AT_LEAST = 40


@dataclass(frozen=True, slots=True)
class RerankCases:
    """Cases with what the blend and the language model say of their first candidates.

    ``likelihoods`` and ``priors`` have shape (n_cases, n_candidates), best first by the blend.
    ``places`` (n_cases,) is the target's place among them, -1 where it is not there:
    no order of the candidates changes such a case, so its likelihoods are not asked for and are
    zero. ``features`` has shape (n_cases, len(FEATURES)).
    """

    likelihoods: Floats
    priors: Floats
    places: Ints
    features: Floats

    def __len__(self) -> int:
        return int(self.places.shape[0])

    def take(self, chosen: Mask) -> RerankCases:
        """The cases that a mask names."""
        return RerankCases(
            self.likelihoods[chosen],
            self.priors[chosen],
            self.places[chosen],
            self.features[chosen],
        )

    def ranks(self, gate: Gate | None = None, *, admitted: Mask | None = None) -> Ranks:
        """The target's rank under the gate's weights, -1 where it is not among the candidates.

        ``admitted``: who is let in (default: everybody); the others keep the blend's order.
        """
        ranks = self.places.astype(np.int64)
        if gate is None or not gate.is_open:
            return ranks
        inside = self.places >= 0
        if admitted is not None:
            inside = inside & admitted
        for case in np.flatnonzero(inside):
            order = new_order(self.likelihoods[case], self.priors[case], gate)
            ranks[case] = order.index(int(self.places[case]))
        return ranks

    def admitted(self, gate: Gate) -> Mask:
        """Which cases the gate lets in."""
        if not gate.is_open:
            return np.zeros(len(self), bool)
        if not gate.feature:
            return np.ones(len(self), bool)
        column = self.features[:, FEATURES.index(gate.feature)]
        mask: Mask = (column >= gate.low) & (column <= gate.high)
        return mask


def gains_of(ranks: Ranks, at: int = 10) -> Reals:
    """NDCG of each case with one target: 1 / log2(rank + 2) before the cut-off, else 0."""
    inside = (ranks >= 0) & (ranks < at)
    gains: Reals = np.where(inside, 1.0 / np.log2(np.maximum(ranks, 0) + 2.0), 0.0)
    return gains


def gate_fit(cases: RerankCases, *, model: str, seed: int = 0, now: float = 0.0) -> Gate:
    """The gate with the highest gain on one half, closed unless the other half confirms it."""
    closed = Gate(0.0, 0.0, model=model, cases=len(cases), learnt_at=now)
    if int((cases.places >= 0).sum()) < CASES_AT_LEAST:
        return closed
    # A stream of its own: cases that were drawn with the same seed must not decide their half.
    half = np.random.default_rng((seed, 2)).random(len(cases)) < 0.5
    choosing, confirming = cases.take(half), cases.take(~half)
    best, most = closed, 0.0
    base = gains_of(choosing.ranks())
    for weight in WEIGHTS:
        for prior_weight in PRIOR_WEIGHTS:
            plain = Gate(weight, prior_weight, model=model)
            change = gains_of(choosing.ranks(plain)) - base
            for gate in _bounded(plain, choosing.features):
                admitted = choosing.admitted(gate)
                if admitted.mean() < SHARE_AT_LEAST:
                    continue
                gain = float((change * admitted).mean())
                if gain > most + 1e-12:
                    best, most = gate, gain
    if not best.is_open:
        return closed
    return _confirmed(best, confirming, cases, now)


def _bounded(gate: Gate, features: Floats) -> Iterator[Gate]:
    """The gate for everybody, and for those below or above a quantile of each feature."""
    yield gate
    for column, name in enumerate(FEATURES):
        values = features[:, column]
        least, most = float(values.min()), float(values.max())
        for bound in sorted({float(np.quantile(values, q)) for q in QUANTILES}):
            for low, high in ((least, bound), (bound, most)):
                yield Gate(gate.weight, gate.prior_weight, name, low, high, gate.model)


def _confirmed(best: Gate, confirming: RerankCases, cases: RerankCases, now: float) -> Gate:
    admitted = confirming.admitted(best)
    change = gains_of(confirming.ranks(best, admitted=admitted)) - gains_of(confirming.ranks())
    gain = float(change.mean()) if len(change) else 0.0
    error = float(change.std(ddof=1) / np.sqrt(len(change))) if len(change) > 1 else 0.0
    confirmed = gain > SURE * error and gain > 0
    return Gate(
        best.weight if confirmed else 0.0,
        best.prior_weight,
        best.feature,
        best.low,
        best.high,
        best.model,
        len(cases),
        round(gain, 6),
        round(error, 6),
        round(float(cases.admitted(best).mean()), 4),
        now,
    )
