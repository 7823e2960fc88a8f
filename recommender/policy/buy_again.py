"""When somebody is about to need again what they bought before."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

DAY = 86_400
#: Half of the interest in a product that was bought once is gone after this many days.
ONCE_HALF_LIFE_DAYS = 60.0


@dataclass(frozen=True, slots=True)
class Purchases:
    """How often one product was bought, and when first and last, in seconds since 1970."""

    count: int
    first: int
    last: int


def due_score(bought: Purchases, now: int) -> float:
    """How much a product is due: from 0 to the logarithm of one more than the times bought.

    With two purchases or more the mean gap between them is the shopper's rhythm: the score
    rises until one rhythm has passed and fades after three.
    """
    ago = max(0.0, (now - bought.last) / DAY)
    habit = math.log1p(bought.count)
    if bought.count == 1:
        return float(habit * 0.5 ** (ago / ONCE_HALF_LIFE_DAYS))
    rhythm = max(1.0, (bought.last - bought.first) / DAY / (bought.count - 1))
    phase = ago / rhythm
    ready = min(1.0, 0.4 + 0.6 * phase)
    fading = math.exp(-max(0.0, phase - 3.0))
    return float(habit * ready * fading)


def due_products(purchases: Mapping[str, Purchases], now: int) -> list[tuple[str, float]]:
    """Products bought before with their scores, the most due first."""
    scored = [(product, due_score(bought, now)) for product, bought in purchases.items()]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))
