"""A second reader that judges what the rules found; plain arithmetic, whoever the reader is.

The reader gives a score to one short question about one sentence; ``verifier.json`` holds, for
each language model that was measured on labelled mentions, how far its scores are believed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import Protocol

from kg.extraction.claim_words import claim_words
from kg.extraction.protocol import Extractor, Mention, Text
from kg.extraction.rules.lexicon import FOLDER

#: Mentions judged together.
BATCH = 16
#: Evidence beyond this many characters around the words that say it is not shown to the model.
CONTEXT = 160
#: What the rules are this sure of is not worth the model's time.
SURE = 0.96


class UnmeasuredModelError(ValueError):
    """How far this language model is to be believed was never measured."""


class YesNoScorer(Protocol):
    """Odds of yes to questions about sentences."""

    def score(self, questions: Sequence[tuple[str, str]]) -> list[float]:
        """Log odds for each (sentence, claim), above 0 where the sentence speaks for yes."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A logistic regression: a rule's confidence and the model's score become one confidence."""

    rule: float
    score: float
    offset: float
    #: A mention that ends up below is dropped.
    least: float

    @property
    def worth_asking(self) -> bool:
        """Whether the model's score changes anything."""
        return self.score > 0

    def confidence(self, rule_confidence: float, score: float) -> float:
        """The confidence in 0..1 after both have spoken."""
        value = self.rule * _logit(rule_confidence) + self.score * score + self.offset
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))


@cache
def _fitted() -> dict[str, Verifier]:
    stored = json.loads((FOLDER / "verifier.json").read_text())
    return {model: Verifier(**weights) for model, weights in stored.items()}


def fitted_verifier(model: str) -> Verifier:
    """The verifier as ``manage.py benchmark extraction --calibrate`` fitted it for a model.

    Raises:
        UnmeasuredModelError: it was not.
    """
    try:
        return _fitted()[model]
    except KeyError:
        raise UnmeasuredModelError(
            f"how far “{model}” is to be believed was never measured; "
            "manage.py benchmark extraction --language-model --calibrate does it"
        ) from None


def _logit(probability: float) -> float:
    kept = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(kept / (1 - kept))


class VerifiedExtractor:
    """Another extractor's mentions with the model's judgement; those it disbelieves are dropped.

    At most ``limit`` mentions are judged; the others keep what the inner extractor said.
    """

    method = "rules+language_model"

    def __init__(
        self,
        inner: Extractor,
        scorer: YesNoScorer,
        verifier: Verifier,
        *,
        limit: int | None = None,
    ) -> None:
        if limit is not None and limit < 0:
            raise ValueError("limit must not be negative")
        self._inner = inner
        self._scorer = scorer
        self._verifier = verifier
        self._left = math.inf if limit is None else limit
        self.judged = 0
        self.dropped = 0

    def extract(self, texts: Iterable[Text]) -> Iterator[Mention]:
        """Mentions in the order of the texts."""
        mentions = self._inner.extract(texts)
        while batch := list(islice(mentions, BATCH)):
            yield from self._judge(batch)

    def _judge(self, batch: list[Mention]) -> Iterator[Mention]:
        doubtful = [m for m in batch if m.confidence < SURE]
        doubtful = doubtful[: int(min(self._left, len(doubtful)))]
        self._left -= len(doubtful)
        self.judged += len(doubtful)
        scores = self._scorer.score([(_shown(m), claim_words(m)) for m in doubtful])
        judged = dict(zip(map(id, doubtful), scores, strict=True))
        for mention in batch:
            if id(mention) not in judged:
                yield mention
                continue
            confidence = self._verifier.confidence(mention.confidence, judged[id(mention)])
            if confidence < self._verifier.least:
                self.dropped += 1
                continue
            yield replace(
                mention,
                confidence=round(confidence, 4),
                method=f"{mention.method}+language_model",
            )


def _shown(mention: Mention) -> str:
    """The evidence, cut to what lies around the name where it is long."""
    if len(mention.evidence) <= CONTEXT:
        return mention.evidence
    key, _equals, value = mention.name.partition("=")
    word = value if value not in {"", "yes"} else key.removesuffix("-free")
    at = max(mention.evidence.casefold().find(word.casefold()), 0)
    start = max(0, at - CONTEXT // 2)
    return mention.evidence[start : start + CONTEXT]
