"""Comparing two shares: how sure one can be that fewer were clicked than before."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

#: Standard errors within which 95 of 100 shares lie.
TWO_SIDED = 1.959964


def wilson(share: float, of: int, deviations: float = TWO_SIDED) -> tuple[float, float]:
    """Both ends of Wilson's interval for a share of at least one case (Wilson, JASA 1927)."""
    square = deviations * deviations
    middle = share + square / (2 * of)
    half = deviations * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    scale = 1 + square / of
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    of: int

    def __add__(self, other: Share) -> Share:
        return Share(self.hits + other.hits, self.of + other.of)

    @property
    def rate(self) -> float | None:
        """The share itself; None of nothing."""
        return self.hits / self.of if self.of else None

    def interval(self) -> tuple[float, float]:
        """The 95 % interval by Wilson's score; 0 to 1 for no cases."""
        return wilson(self.hits / self.of, self.of) if self.of else (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Fall:
    """Two rates over the same strata, weighted alike, and how far apart they are."""

    before: float
    now: float
    #: The difference in standard errors; positive where it fell.
    errors: float
    #: Whether only strata that both have were compared.
    is_matched: bool

    @property
    def part(self) -> float:
        """What was lost, as a share of the rate before; 0 where there was nothing to lose."""
        return 1 - self.now / self.before if self.before > 0 else 0.0


#: Strata have to hold at least this part of what was shown now; else all is compared as one.
MATCHED_SHARE = 0.5


def fall_of(before: Mapping[int, Share], now: Mapping[int, Share]) -> Fall | None:
    """Compare shares stratum by stratum; None where one of them has no case.

    Each stratum counts by its cases of now, so that a quiet night is compared with quiet nights
    (direct standardisation). The error is that of the weighted difference under equal rates, with
    one stratum the usual pooled test of two proportions.
    """
    total = sum((share.of for share in now.values()), 0)
    both = [key for key, share in now.items() if share.of and before.get(key, Share(0, 0)).of]
    is_matched = total > 0 and sum(now[key].of for key in both) >= MATCHED_SHARE * total
    matched = [(before[key], now[key]) for key in both]
    pairs = matched if is_matched else [(shares_sum(before), shares_sum(now))]
    if not all(earlier.of and later.of for earlier, later in pairs):
        return None
    weight = sum(later.of for _, later in pairs)
    rate_before = sum(later.of * earlier.hits / earlier.of for earlier, later in pairs) / weight
    rate_now = sum(later.hits for _, later in pairs) / weight
    variance = 0.0
    for earlier, later in pairs:
        pooled = (earlier.hits + later.hits) / (earlier.of + later.of)
        one = pooled * (1 - pooled) * (1 / earlier.of + 1 / later.of)
        variance += (later.of / weight) ** 2 * one
    errors = (rate_before - rate_now) / math.sqrt(variance) if variance > 0 else 0.0
    return Fall(rate_before, rate_now, errors, is_matched)


def shares_sum(shares: Mapping[int, Share]) -> Share:
    """All strata together."""
    return sum(shares.values(), Share(0, 0))
