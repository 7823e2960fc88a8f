"""Sessions like this one: nearest neighbours in an index that grows with every period.

Session kNN as in Jannach and Ludewig, "When recurrent neural networks meet the neighborhood for
session-based recommendation" (RecSys 2017), with recent clicks, rare items and recent sessions
counting more, and with what stood near the matched click counting more (compare Garg et al.,
"Sequence and time aware neighborhood for session-based recommendations", SIGIR 2019).

Nothing is trained: an update appends the new sessions, and the result equals an index made of all
sessions at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from recommender.contracts import Floats, Ints, Longs
from recommender.learning.lifelong.protocol import Sessions, no_sessions
from recommender.learning.lifelong.top_items import place

#: Sessions that the bounded variant keeps.
BOUNDED = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionKNNSettings:
    """How neighbours are found and what they say."""

    #: Newest clicks of a prefix that are matched, and after how many one counts 1/e.
    query_items: int = 10
    query_decay: float = 2.0
    #: Newest sessions looked at per item, and best ones that are asked.
    postings: int = 1000
    neighbours: int = 500
    #: After how many periods a session counts 1/e.
    age_decay: float = 8.0
    #: A session's similarity is divided by its length to this power.
    length_power: float = 0.25
    #: After how many clicks from the match an item counts 1/e; what came before the match counts
    #: this share of what came after, and the matched item itself this much.
    offset_decay: float = 3.0
    before: float = 0.7
    matched: float = 3.0
    #: Sessions kept, the newest; None keeps all.
    capacity: int | None = None


class SessionKNN:
    """Nearest sessions; a ``LifelongMethod``."""

    def __init__(self, settings: SessionKNNSettings | None = None):
        self.settings = settings or SessionKNNSettings()
        self.history = no_sessions()
        #: The period of every session, counted from zero.
        self.ages: Ints = np.empty(0, np.int32)
        self.n_items = 0
        self.periods = 0
        #: An item's postings, one click for each session that has it, oldest session first:
        #: ``posted[heads[item]:heads[item + 1]]``.
        self.heads: Longs = np.zeros(1, np.int64)
        self.posted: Ints = np.empty(0, np.int32)

    def update(self, sessions: Sessions, n_items: int) -> None:
        """Append the period's sessions, and their clicks behind each item's older ones."""
        known = len(self.history.items)
        posted = _last_clicks(sessions)
        self._append(sessions.items[posted], posted + known, n_items)
        self.history = self.history.followed_by(sessions)
        periods = np.full(len(sessions), self.periods, np.int32)
        self.ages = np.concatenate([self.ages, periods])
        self.periods += 1
        if self.settings.capacity is not None and len(self.history) > self.settings.capacity:
            self._forget(len(self.history) - self.settings.capacity)

    def _append(self, items: Ints, clicks: Longs, n_items: int) -> None:
        counts = np.zeros(n_items, np.int64)
        counts[: self.n_items] = np.diff(self.heads)
        more = np.bincount(items, minlength=n_items)
        heads = np.concatenate([[0], np.cumsum(counts + more)])
        merged = np.empty(heads[-1], np.int32)
        shift = np.repeat(heads[: self.n_items] - self.heads[:-1], np.diff(self.heads))
        merged[np.arange(len(self.posted)) + shift] = self.posted
        order = np.argsort(items, kind="stable")
        first = np.concatenate([[0], np.cumsum(more)])[:-1]
        merged[np.arange(len(items)) + np.repeat(heads[:-1] + counts - first, more)] = clicks[order]
        self.heads, self.posted, self.n_items = heads, merged, n_items

    def _forget(self, oldest: int) -> None:
        """Drop the oldest sessions, from the history and from the postings."""
        clicks = int(self.history.starts[oldest])
        keep = self.posted >= clicks
        items = np.repeat(np.arange(self.n_items), np.diff(self.heads))[keep]
        counts = np.bincount(items, minlength=self.n_items)
        self.heads = np.concatenate([[0], np.cumsum(counts)])
        self.posted = self.posted[keep] - np.int32(clicks)
        self.history = self.history.slice(oldest, len(self.history))
        self.ages = self.ages[oldest:]

    def recommend(self, prefixes: Sessions, count: int) -> Ints:
        """What stood near the match in the nearest sessions."""
        return self.scored(prefixes, count)[0]

    def scored(self, prefixes: Sessions, count: int) -> tuple[Ints, Floats]:
        """The best items and their scores, zero where there is none."""
        lengths = np.maximum(self.history.lengths, 1)
        newness = np.exp((self.ages - self.periods) / self.settings.age_decay)
        strength = newness / lengths**self.settings.length_power
        sessions_of = np.repeat(np.arange(len(self.history), dtype=np.int32), self.history.lengths)
        rarity = np.log(len(self.history) / np.maximum(np.diff(self.heads), 1))
        offsets = np.arange(int(lengths.max(initial=1)) + 1)
        falling = np.exp(-(offsets - 1) / self.settings.offset_decay).astype(np.float32)
        return _score_all(
            prefixes.starts,
            prefixes.items,
            self.history.starts,
            self.history.items,
            sessions_of,
            strength.astype(np.float32),
            self.heads,
            self.posted,
            rarity.astype(np.float32),
            falling,
            np.exp(-np.arange(self.settings.query_items) / self.settings.query_decay).astype(
                np.float32
            ),
            self.settings.postings,
            self.settings.neighbours,
            self.settings.before,
            self.settings.matched,
            count,
        )

    @property
    def stored_bytes(self) -> int:
        """The history and its index."""
        arrays = (self.history.starts, self.history.items, self.ages, self.heads, self.posted)
        return sum(array.nbytes for array in arrays)


def of_seed(_seed: int) -> SessionKNN:
    """With the whole history; nothing in it is by chance."""
    return SessionKNN()


def bounded(_seed: int) -> SessionKNN:
    """With a history of bounded size."""
    return SessionKNN(SessionKNNSettings(capacity=BOUNDED))


def _last_clicks(sessions: Sessions) -> Longs:
    """The last click of each item in each session, in order of the sessions."""
    owner = np.repeat(np.arange(len(sessions)), sessions.lengths)
    order = np.lexsort((sessions.items, owner))
    owners, items = owner[order], sessions.items[order]
    last = np.ones(len(order), bool)
    last[:-1] = (owners[1:] != owners[:-1]) | (items[1:] != items[:-1])
    return np.sort(order[last])


@numba.njit(cache=True, nogil=True)
def _score_all(
    prefix_starts: Longs,
    prefix_items: Ints,
    starts: Longs,
    clicks: Ints,
    session_of: Ints,
    strength: Floats,
    heads: Longs,
    posted: Ints,
    rarity: Floats,
    falling: Floats,
    recency: Floats,
    postings: int,
    neighbours: int,
    before: float,
    matched: float,
    count: int,
) -> tuple[Ints, Floats]:
    rows = len(prefix_starts) - 1
    best = np.full((rows, count), -1, np.int32)
    best_scores = np.zeros((rows, count), np.float32)
    similarity = np.zeros(len(starts) - 1, np.float32)
    anchor = np.empty(len(starts) - 1, np.int32)
    found = np.empty(len(recency) * postings, np.int32)
    score = np.zeros(len(heads) - 1, np.float32)
    reached = np.empty(len(heads) - 1, np.int32)
    for row in range(rows):
        # Which sessions share an item, newest click of the prefix first.
        n_found = 0
        newest = prefix_starts[row + 1] - 1
        for lag in range(min(len(recency), newest - prefix_starts[row] + 1)):
            item = prefix_items[newest - lag]
            repeated = False
            for earlier in range(lag):
                repeated |= prefix_items[newest - earlier] == item
            if repeated:
                continue
            weight = recency[lag] * rarity[item]
            for at in range(max(heads[item], heads[item + 1] - postings), heads[item + 1]):
                session = session_of[posted[at]]
                if similarity[session] == 0:
                    found[n_found] = session
                    n_found += 1
                    anchor[session] = posted[at]
                similarity[session] += weight
        values = np.empty(n_found, np.float32)
        for place_ in range(n_found):
            session = found[place_]
            values[place_] = similarity[session] * strength[session]
        least = np.float32(0)
        if n_found > neighbours:
            least = np.partition(values, n_found - neighbours)[n_found - neighbours]
        # What stood near the match in the nearest of them.
        n_reached = 0
        for place_ in range(n_found):
            session = found[place_]
            similarity[session] = 0
            if values[place_] < least or values[place_] <= 0:
                continue
            for click in range(starts[session], starts[session + 1]):
                offset = click - anchor[session]
                if offset > 0:
                    said = falling[offset]
                elif offset < 0:
                    said = np.float32(before) * falling[-offset]
                else:
                    said = np.float32(matched)
                item = clicks[click]
                if score[item] == 0:
                    reached[n_reached] = item
                    n_reached += 1
                score[item] += said * values[place_]
        filled = 0
        for place_ in range(n_reached):
            item = reached[place_]
            filled = place(item, score[item], best[row], best_scores[row], filled)
            score[item] = 0
    return best, best_scores
