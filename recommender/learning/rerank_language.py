"""Titles as a causal language model reads them behind a shopper's history.

The history is read once for all candidates (its keys and values are kept while they are read), a
title's prior once for all shoppers: it is kept on disk under the model's checksum.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from recommender.contracts import Floats
from recommender.learning.language_model import LanguageModel

#: What stands before the titles of a history, and before a title alone.
HISTORY_PROMPT = "Products that one customer bought, in this order:\n"
NEUTRAL_PROMPT = "Products that customers bought:\n"
BULLET = "-"
#: Longer titles are cut: their beginning says what they are, and every token costs.
TITLE_TOKENS = 10
TITLE_CHARACTERS = 200
#: Priors are written to disk after so many new ones.
KEEP_EVERY = 200
#: How fast the estimate follows what runs really took.
SMOOTHING = 0.2
#: A speed that was measured longer ago says nothing of a machine that was busy then.
MEASURED_SECONDS = 60.0
#: Titles whose priors are read in one go.
PRIORS_AT_ONCE = 32


class PriorBook:
    """Log probabilities of titles behind no history, kept on disk by model and prompt."""

    def __init__(self, folder: Path, checksum: str) -> None:
        prompt = f"{NEUTRAL_PROMPT}{BULLET}{TITLE_TOKENS}"
        name = hashlib.sha256(f"{checksum}{prompt}".encode()).hexdigest()[:16]
        self.path = folder / f"title-priors-{name}.json"
        self._new = 0
        self._values: dict[str, float] = {}
        try:
            self._values = {str(k): float(v) for k, v in json.loads(self.path.read_text()).items()}
        except (OSError, ValueError, AttributeError):
            self._values = {}  # the first run, or a broken file: it is computed anew

    def __contains__(self, title: str) -> bool:
        return _title_key(title) in self._values

    def get(self, title: str) -> float:
        """The sum over the title's tokens; raises KeyError where it was never read."""
        return self._values[_title_key(title)]

    def add(self, title: str, value: float) -> None:
        """Remember a prior; the disk follows after ``KEEP_EVERY`` of them."""
        self._values[_title_key(title)] = value
        self._new += 1
        if self._new >= KEEP_EVERY:
            self.save()

    def save(self) -> None:
        """Write what is new, whole or not at all."""
        if not self._new:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        partial.write_text(json.dumps(self._values))
        partial.replace(self.path)
        self._new = 0


class LanguageTitleReader:
    """A language model as ``recommender.ranking.rerank.TitleReader``. Not for two threads."""

    def __init__(self, model: LanguageModel, folder: Path) -> None:
        self.model = model
        self.priors = PriorBook(folder, model.checksum)
        #: Milliseconds per token, measured by ``warm_up`` and followed since.
        self.ms_per_token = float("inf")
        self._measured_at = float("-inf")
        self._tokens = lru_cache(maxsize=50_000)(self._title_tokens)
        self._bullet = model.tokens(BULLET)
        self._newline = model.tokens("\n")
        self._head = model.tokens(HISTORY_PROMPT, special=True)
        self._neutral = model.read(model.tokens(NEUTRAL_PROMPT, special=True) + self._bullet)

    def _title_tokens(self, title: str) -> tuple[int, ...]:
        plain = " ".join(title.split())[:TITLE_CHARACTERS]
        return tuple(self.model.tokens(f" {plain}")[:TITLE_TOKENS]) if plain else ()

    def warm_up(self) -> None:
        """Measure the speed on a history and candidates of the usual size."""
        history = ["a hand cream with olive oil for dry skin"] * 4
        titles = [f"shampoo number {n} for curly hair, 250 ml" for n in range(8)]
        count = self._history_length(history) + sum(len(self._tokens(title)) for title in titles)
        for _turn in range(2):  # the first one pays for memory and kernels
            began = time.perf_counter()
            self._behind(history, titles)
            self.ms_per_token = (time.perf_counter() - began) * 1000 / count
        self._measured_at = time.monotonic()

    def keep_measured(self) -> None:
        """Measure the speed again where nothing was read for a while: a slow moment passes."""
        if time.monotonic() - self._measured_at > MEASURED_SECONDS:
            self.warm_up()

    def read_priors(self, titles: Sequence[str], *, seconds: float) -> int:
        """Read priors ahead, so that no slate pays for them; returns how many are left unread."""
        until = time.monotonic() + seconds
        unread = [title for title in dict.fromkeys(titles) if title not in self.priors]
        done = 0
        while done < len(unread) and time.monotonic() < until:
            self._read_priors(unread[done : done + PRIORS_AT_ONCE])
            done += PRIORS_AT_ONCE
        self.priors.save()
        return max(0, len(unread) - done)

    def _read_priors(self, titles: Sequence[str]) -> None:
        found = self.model.log_likelihoods(self._neutral, [self._tokens(t) for t in titles])
        for title, value in zip(titles, found, strict=True):
            self.priors.add(title, value)

    def estimated_ms(self, history: Sequence[str], titles: Sequence[str]) -> float:
        """Tokens to be read times the milliseconds that one has taken of late."""
        return self._token_count(history, titles) * self.ms_per_token

    def likelihoods(self, history: Sequence[str], titles: Sequence[str]) -> tuple[Floats, Floats]:
        """See ``TitleReader``; a title without a token has 0 for both."""
        count = self._token_count(history, titles)
        began = time.perf_counter()
        self._read_priors([t for t in dict.fromkeys(titles) if t not in self.priors])
        behind = self._behind(history, titles)
        if count:
            taken = (time.perf_counter() - began) * 1000 / count
            known = self.ms_per_token if np.isfinite(self.ms_per_token) else taken
            self.ms_per_token = (1 - SMOOTHING) * known + SMOOTHING * taken
            self._measured_at = time.monotonic()
        lengths = np.array([max(1, len(self._tokens(title))) for title in titles])
        priors = np.array([self.priors.get(title) for title in titles])
        return (
            (np.array(behind) / lengths).astype(np.float32),
            (priors / lengths).astype(np.float32),
        )

    def _behind(self, history: Sequence[str], titles: Sequence[str]) -> list[float]:
        beginning = self.model.read(self._history_tokens(history))
        return self.model.log_likelihoods(beginning, [self._tokens(title) for title in titles])

    def _history_tokens(self, history: Sequence[str]) -> list[int]:
        tokens = list(self._head)
        for title in history:
            tokens += [*self._bullet, *self._tokens(title), *self._newline]
        return [*tokens, *self._bullet]

    def _history_length(self, history: Sequence[str]) -> int:
        return len(self._history_tokens(history))

    def _token_count(self, history: Sequence[str], titles: Sequence[str]) -> int:
        unread = [title for title in dict.fromkeys(titles) if title not in self.priors]
        read = [*titles, *unread]
        return self._history_length(history) + sum(len(self._tokens(title)) for title in read)


def _title_key(title: str) -> str:
    return hashlib.sha256(" ".join(title.split()).encode()).hexdigest()[:24]
