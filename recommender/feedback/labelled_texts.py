"""Texts with a good or bad label: what an opinion classifier learns from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from recommender.contracts import Ints, Longs

#: The index of a label is its number in every array.
LABELS = ("bad", "good")
BAD, GOOD = 0, 1
#: Ratings in stars: from so many on a text is good, up to so many bad; between, it is neither.
GOOD_FROM, BAD_UP_TO = 4, 2
#: Fewer of one label cannot be split into parts that say anything.
LEAST_PER_LABEL = 30


class TooFewTextsError(ValueError):
    """There are not enough labelled texts to learn from; the message says how many it takes."""


@dataclass(frozen=True, slots=True)
class LabelledText:
    """One text. ``origin`` names what it is part of, where several texts belong together."""

    text: str
    label: int
    origin: str = ""


@dataclass(frozen=True, slots=True)
class LabelledTexts:
    """Texts in columns, each of length n_texts; texts of one origin are never split apart."""

    texts: tuple[str, ...]
    labels: Ints
    origins: tuple[str, ...]

    @classmethod
    def of(cls, rows: Iterable[LabelledText]) -> Self:
        """Columns from rows. A text without an origin is its own, so that copies stay together."""
        kept = list(rows)
        return cls(
            tuple(row.text for row in kept),
            np.array([row.label for row in kept], np.int32),
            tuple(row.origin or row.text.casefold() for row in kept),
        )

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, chosen: Sequence[int] | npt.NDArray[np.int64]) -> LabelledTexts:
        """The texts at these places, in this order."""
        return LabelledTexts(
            tuple(self.texts[place] for place in chosen),
            self.labels[np.asarray(chosen, np.int64)],
            tuple(self.origins[place] for place in chosen),
        )

    def counts(self) -> dict[str, int]:
        """How many texts each label has."""
        return {name: int((self.labels == at).sum()) for at, name in enumerate(LABELS)}

    def checksum(self) -> str:
        """SHA-256 over texts, labels and origins, whatever their order."""
        rows = sorted(zip(self.texts, self.labels.tolist(), self.origins, strict=True))
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()

    def require(self, least: int = LEAST_PER_LABEL) -> None:
        """Make sure that there is enough of each label.

        Raises:
            TooFewTextsError: there is not.
        """
        counts = self.counts()
        if min(counts.values()) < least:
            raise TooFewTextsError(
                f"at least {least} good and {least} bad texts are needed; there are "
                f"{counts['good']} good and {counts['bad']} bad"
            )


@dataclass(frozen=True, slots=True)
class Parts:
    """A split: what is learnt from, what decides when to stop, what is reported once."""

    train: LabelledTexts
    dev: LabelledTexts
    test: LabelledTexts


def split_by_seed(texts: LabelledTexts, *, seed: int, dev: float = 0.1, test: float = 0.1) -> Parts:
    """Split at random by seed, each label by the same shares; origins stay whole.

    An origin with texts of both labels counts for the label that most of them have. The split
    depends on the texts and the seed, not on the order in which the texts come.

    Raises:
        ValueError: a share is not between 0 and 1, or nothing is left for training.
    """
    if not (0 < dev < 1 and 0 < test < 1 and dev + test < 1):
        raise ValueError(f"dev and test must be shares that leave a rest, not {dev} and {test}")
    places: dict[str, list[int]] = {}
    for place in sorted(range(len(texts)), key=lambda at: (texts.texts[at], texts.labels[at])):
        places.setdefault(texts.origins[place], []).append(place)
    strata: dict[int, list[str]] = {label: [] for label in range(len(LABELS))}
    for origin in sorted(places):
        strata[round(float(texts.labels[places[origin]].mean()) + 1e-9)].append(origin)
    rng = np.random.default_rng(seed)
    parts: tuple[list[int], list[int], list[int]] = ([], [], [])
    for origins in strata.values():
        shuffled: Longs = rng.permutation(len(origins))
        ends = np.cumsum([round(len(origins) * dev), round(len(origins) * test)])
        for turn, chosen in enumerate(shuffled):
            part = 1 if turn < ends[0] else 2 if turn < ends[1] else 0
            parts[part].extend(places[origins[int(chosen)]])
    return Parts(*(texts.take(part) for part in parts))
