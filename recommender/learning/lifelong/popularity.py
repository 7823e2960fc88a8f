"""What was clicked most, lately: the baseline that knows nothing of the session."""

from __future__ import annotations

import numpy as np

from recommender.contracts import Ints
from recommender.learning.lifelong.protocol import Sessions
from recommender.learning.lifelong.top_items import top_items


class Popularity:
    """Clicks per item, older periods fading; the same list for everybody."""

    def __init__(self, age_decay: float = 1.0):
        self.age_decay = age_decay
        self.clicks = np.empty(0)

    def update(self, sessions: Sessions, n_items: int) -> None:
        """Fade, then add the period's clicks."""
        faded = np.zeros(n_items)
        faded[: len(self.clicks)] = self.clicks * np.exp(-1 / self.age_decay)
        self.clicks = faded + np.bincount(sessions.items, minlength=n_items)

    def recommend(self, prefixes: Sessions, count: int) -> Ints:
        """The most clicked items, for every prefix."""
        best = top_items(self.clicks[None].astype(np.float32), count)
        return np.repeat(best, len(prefixes), axis=0)

    @property
    def stored_bytes(self) -> int:
        """One number per item."""
        return self.clicks.nbytes


def of_seed(_seed: int) -> Popularity:
    """The baseline; nothing in it is by chance."""
    return Popularity()
