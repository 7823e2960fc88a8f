"""A classifier that exists on paper, and reviews with opinions by it, for pages that show them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from catalog.models import Review
from recommender.feedback.classifiers import classifier_activate, classifier_register
from recommender.feedback.models import OpinionClassifierVersion
from recommender.feedback.opinions import opinions_record


def made_classifier(name: str = "one", *, live: bool = True) -> OpinionClassifierVersion:
    """Files that hold no network, entered as a classifier."""
    folder = Path(settings.MODEL_DIR) / "opinions" / name
    folder.mkdir(parents=True)
    (folder / "classifier.json").write_text(name)
    version = classifier_register(
        version=name,
        folder=folder,
        trained_with={"texts": {"bad": 40, "good": 60}, "source": "texts.csv"},
        metrics={"test": {"accuracy": 0.9, "f1_macro": 0.875}},
        seed=0,
    )
    if live:
        classifier_activate(version=version)
    return version


def judge(version: OpinionClassifierVersion, probabilities: Mapping[Review, float]) -> int:
    """Record opinions as the pool would."""
    return opinions_record(
        classifier=version,
        probabilities={review.pk: value for review, value in probabilities.items()},
        read={review.pk: (review.title, review.text) for review in probabilities},
    )
