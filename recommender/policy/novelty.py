"""What a shopper has just bought is not proposed as something new: "buy again" is its place."""

from __future__ import annotations

import numpy as np

from recommender.contracts import EVENT_WEIGHTS, EventType, History, Ints

#: Purchases of this many days are left out of what is proposed as new.
RECENTLY_BOUGHT_DAYS = 28
DAY = 86_400


def recently_bought(history: History) -> Ints:
    """Items of a history that were bought, or as good as, within that time of its ``now``."""
    since = history.now - RECENTLY_BOUGHT_DAYS * DAY
    bought = history.weights >= EVENT_WEIGHTS[EventType.PURCHASE]
    return np.unique(history.items[bought & (history.times >= since)])
