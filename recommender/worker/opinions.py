"""Judging reviews with the live opinion classifier, which stays in this process's memory."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from recommender.feedback.classifiers import (
    classifier_folder,
    classifier_live,
    classifier_verify,
)
from recommender.feedback.labelled_sources import review_text
from recommender.feedback.labelled_texts import LABELS
from recommender.feedback.models import OpinionClassifierVersion
from recommender.feedback.opinions import AT_ONCE, opinions_record, reviews_waiting
from recommender.registry.served_version import DamagedModelError

if TYPE_CHECKING:
    from recommender.learning.opinion_classifier import OpinionClassifier

logger = logging.getLogger(__name__)


class LiveClassifier:
    """Holds one loaded classifier, known by its checksum.

    A damaged one is refused and the one before stays.
    """

    def __init__(self) -> None:
        self._version: OpinionClassifierVersion | None = None
        self._checksum = ""
        self._loaded: OpinionClassifier | None = None
        self._refused: set[str] = set()

    def get(self) -> tuple[OpinionClassifierVersion, OpinionClassifier] | None:
        """The live classifier, or None as long as none can be used."""
        live = classifier_live()
        if live is not None and live.checksum not in (self._checksum, *self._refused):
            # torch takes seconds to import; a worker that judges nothing does without it.
            from recommender.learning.opinion_classifier import (
                OpinionClassifier,
                WrongClassifierError,
            )

            try:
                classifier_verify(live)
                self._loaded = OpinionClassifier.load(classifier_folder(live))
                self._version, self._checksum = live, live.checksum
            except (DamagedModelError, WrongClassifierError) as error:
                self._refused.add(live.checksum)
                logger.error("opinion classifier %s is refused: %s", live, error)
        if live is None or self._version is None or self._loaded is None:
            return None
        return self._version, self._loaded


live_classifier = LiveClassifier()


def opinions_judge(reviews: Sequence[int] | None = None) -> int:
    """Judge these reviews (primary keys), or those that wait; returns how many were judged."""
    loaded = live_classifier.get()
    if loaded is None:
        return 0
    version, classifier = loaded
    waiting = reviews_waiting(version)
    if reviews is not None:
        waiting = waiting.filter(pk__in=reviews)
    rows = {
        row[0]: (row[1], row[2]) for row in waiting.values_list("pk", "title", "text")[:AT_ONCE]
    }
    if not rows:
        return 0
    words = [review_text(*row) for row in rows.values()]
    good = classifier.probabilities(words)[:, LABELS.index("good")]
    probabilities = {pk: float(value) for pk, value in zip(rows, good, strict=True)}
    return opinions_record(classifier=version, probabilities=probabilities, read=rows)
