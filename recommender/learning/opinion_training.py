"""From labelled texts to the opinion classifier that serves."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from django.conf import settings as django_settings

from recommender.feedback.classifiers import FOLDER, classifier_activate, classifier_register
from recommender.feedback.labelled_texts import LABELS, LabelledTexts
from recommender.feedback.models import OpinionClassifierVersion
from recommender.learning.classification import ClassificationReport
from recommender.learning.finetune_text import FineTuned, FineTuneSettings, finetune
from recommender.registry.versions import version_name
from recsite.locks import BusyError, one_at_a_time


class FineTuningBusyError(Exception):
    """Another process is fine-tuning; two at once would share one checkpoint."""


def majority_report(train: LabelledTexts, judged: LabelledTexts) -> ClassificationReport:
    """What always saying the label that is commoner in training comes to."""
    counts = np.bincount(train.labels, minlength=len(LABELS))
    always = np.full(len(judged), int(counts.argmax()), np.int32)
    return ClassificationReport.of(judged.labels, always, LABELS)


def classifier_train(
    texts: LabelledTexts,
    settings: FineTuneSettings,
    *,
    source: str,
    tell: Callable[[ClassificationReport], None] | None = None,
) -> tuple[OpinionClassifierVersion, FineTuned]:
    """Fine-tune, keep the files with their checksum, and make the classifier live.

    One that is no better on the development part than always saying the commoner label stays a
    candidate. ``source`` says in words where the texts come from.

    Raises:
        FineTuningBusyError: another process is at it.
        TooFewTextsError: a label has too few texts.
    """
    try:
        with one_at_a_time("fine-tuning"):
            tuned = finetune(texts, settings, tell=tell)
            version = _entered(tuned, texts, settings, source)
    except BusyError:
        raise FineTuningBusyError("another process is fine-tuning at this moment") from None
    if tuned.dev.f1_macro > majority_report(tuned.parts.train, tuned.parts.dev).f1_macro:
        classifier_activate(version=version)
    return version, tuned


def _entered(
    tuned: FineTuned, texts: LabelledTexts, settings: FineTuneSettings, source: str
) -> OpinionClassifierVersion:
    name = version_name()
    trained_with = {
        **settings.told(),
        "source": source,
        "labels": list(LABELS),
        "texts": texts.counts(),
        "data_checksum": texts.checksum(),
        "parts": {part: len(getattr(tuned.parts, part)) for part in ("train", "dev", "test")},
    }
    metrics = {
        "dev": tuned.dev.figures(),
        "test": tuned.test.figures(),
        "best_epoch": tuned.training.best_epoch,
        "epochs": tuned.training.epochs,
        "seconds": tuned.training.seconds,
    }
    root = Path(django_settings.MODEL_DIR) / FOLDER
    root.mkdir(parents=True, exist_ok=True)
    # Under a passing name first: a kill leaves no half of a classifier.
    for leftover in root.glob(".*.partial"):
        shutil.rmtree(leftover)
    partial = root / f".{name}.partial"
    partial.mkdir()
    tuned.classifier.save(partial, {"settings": trained_with, "metrics": metrics})
    folder = root / name
    partial.rename(folder)
    return classifier_register(
        version=name,
        folder=folder,
        trained_with=trained_with,
        metrics=metrics,
        seed=settings.seed,
    )
