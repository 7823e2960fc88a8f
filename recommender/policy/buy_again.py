"""When somebody is about to need again what they bought before."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

DAY = 86_400
#: Half of the interest in a product that was bought once is gone after this many days.
ONCE_HALF_LIFE_DAYS = 60.0


def due_score(times: Sequence[int], now: int) -> float:
    """How much a product that was bought at these times is due: 0 to about the times bought.

    With two purchases or more the mean gap between them is the shopper's rhythm: the score
    rises until one rhythm has passed and fades after three. ``times`` are in seconds since 1970,
    oldest first.
    """
    if not times:
        return 0.0
    ago = max(0.0, (now - times[-1]) / DAY)
    habit = math.log1p(len(times))
    if len(times) == 1:
        return float(habit * 0.5 ** (ago / ONCE_HALF_LIFE_DAYS))
    rhythm = max(1.0, (times[-1] - times[0]) / DAY / (len(times) - 1))
    phase = ago / rhythm
    ready = min(1.0, 0.4 + 0.6 * phase)
    fading = math.exp(-max(0.0, phase - 3.0))
    return float(habit * ready * fading)


def due_products(purchases: Mapping[str, Sequence[int]], now: int) -> list[tuple[str, float]]:
    """Products bought before with their scores, the most due first."""
    scored = [(product, due_score(times, now)) for product, times in purchases.items()]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))
