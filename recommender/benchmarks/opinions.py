"""How well a fine-tuned encoder tells good from bad opinions, against two baselines.

The texts are product reviews' sentences with human ratings; sentences of one review stay on one
side of the split. All three see the same training part; whatever is chosen is chosen on the
development part (the epoch, the regularisation), and the test part is judged once.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from recommender.benchmarks.report import BenchmarkReport, Cell, Table
from recommender.contracts import Ints
from recommender.feedback.labelled_sources import (
    SNIPPET_CLEAR_FROM,
    SNIPPETS_PACKAGE,
    texts_from_snippets,
)
from recommender.feedback.labelled_texts import LABELS, LabelledTexts, Parts
from recommender.learning.classification import ClassificationReport
from recommender.learning.finetune_text import FineTuned, FineTuneSettings, finetune
from recommender.learning.opinion_training import majority_report
from recommender.learning.text_encoders import PACKAGED, encoder_folder

DATASET = "rated_snippets"
#: Larger than in production: what is measured here has to stand on enough texts.
DEV, TEST = 0.1, 0.2
#: Inverse strengths of the regularisation that the linear baseline may choose from.
STRENGTHS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
COLUMNS = ("", "precision", "recall", "F1", "support")
#: Bootstrap samples of the test part's reviews.
SAMPLES = 2_000


def add_arguments(parser: ArgumentParser) -> None:
    """Options of ``manage.py benchmark opinions``."""
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help=f"the source package of {SNIPPETS_PACKAGE}, or the folder of what it holds",
    )
    parser.add_argument("--encoder", default=PACKAGED, help="as for finetune_text")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--max-seconds", type=float, help="end the fine-tuning softly after this")


def run(options: Mapping[str, Any]) -> BenchmarkReport:
    """Read, train all three, and report."""
    read = texts_from_snippets(options["data"])
    settings = FineTuneSettings(
        encoder=encoder_folder(options["encoder"]),
        epochs=options["epochs"],
        dev=DEV,
        test=TEST,
        seed=options["seed"],
        max_seconds=options["max_seconds"],
        checkpoint_folder=options["cache"] / "benchmarks" / "opinions",
        progress=True,
    )
    tuned = finetune(read.texts, settings)
    return measured(tuned, settings, read.neither, options)


def measured(
    tuned: FineTuned, settings: FineTuneSettings, neither: int, options: Mapping[str, Any]
) -> BenchmarkReport:
    """The report of a fine-tuned classifier beside the baselines on its split."""
    parts = tuned.parts
    started = time.perf_counter()
    linear, strength = linear_predictions(parts)
    linear_seconds = time.perf_counter() - started
    reports = {
        "majority": majority_report(parts.train, parts.test),
        "linear": ClassificationReport.of(parts.test.labels, linear, LABELS),
        "finetuned": tuned.test,
    }
    own = tuned.classifier.probabilities(parts.test.texts).argmax(axis=1).astype(np.int32)
    encoder = "packaged MiniLM" if options["encoder"] == PACKAGED else settings.encoder.name
    low, high = gain_interval(parts.test, own, linear, settings.seed)
    figures: dict[str, float] = {
        f"{name}.{key}": value
        for name, report in reports.items()
        for key, value in report.figures().items()
    }
    figures |= {
        "finetuned.dev_f1_macro": tuned.dev.f1_macro,
        "finetuned.seconds": tuned.training.seconds,
        "finetuned.best_epoch": tuned.training.best_epoch,
        "linear.seconds": linear_seconds,
        "gain.accuracy_low": low,
        "gain.accuracy_high": high,
        "texts.train": len(parts.train),
        "texts.dev": len(parts.dev),
        "texts.test": len(parts.test),
    }
    tables = [
        Table(
            "Test part, both labels together",
            ("", "accuracy", "F1 macro", "training seconds"),
            [
                ("always the commoner label", *_whole(reports["majority"]), None),
                ("TF-IDF and logistic regression", *_whole(reports["linear"]), linear_seconds),
                (f"{encoder}, fine-tuned", *_whole(tuned.test),
                 tuned.training.seconds),
            ],
        ),
        Table("Fine-tuned encoder, test part", COLUMNS, _rows(tuned.test)),
        Table("Fine-tuned encoder, development part", COLUMNS, _rows(tuned.dev)),
        Table("TF-IDF and logistic regression, test part", COLUMNS, _rows(reports["linear"])),
        Table(
            "Development part after each epoch",
            ("epoch", "training loss", "accuracy", "F1 macro"),
            [
                (str(number), epoch["loss"], epoch["accuracy"], epoch["f1_macro"])
                for number, epoch in enumerate(tuned.training.history, start=1)
            ],
        ),
    ]  # fmt: skip
    command = (
        f"manage.py benchmark opinions --data {options['data'].name} --epochs {settings.epochs} "
        f"--seed {settings.seed}"
    )
    notes = _notes(parts, neither, settings, strength, low, high)
    return BenchmarkReport("opinions", DATASET, settings.seed, command, figures, tables, notes)


def linear_predictions(parts: Parts) -> tuple[Ints, float]:
    """TF-IDF over words and pairs of words with logistic regression; its strength by dev F1."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=1)
    train = words.fit_transform(parts.train.texts)
    best: tuple[float, float, Any] | None = None
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=1_000).fit(train, parts.train.labels)
        guessed = model.predict(words.transform(parts.dev.texts)).astype(np.int32)
        f1 = ClassificationReport.of(parts.dev.labels, guessed, LABELS).f1_macro
        if best is None or f1 > best[0]:
            best = f1, strength, model
    assert best is not None
    found: Ints = best[2].predict(words.transform(parts.test.texts)).astype(np.int32)
    return found, best[1]


def gain_interval(test: LabelledTexts, ours: Ints, theirs: Ints, seed: int) -> tuple[float, float]:
    """95 % interval of our accuracy less theirs, by bootstrap over whole reviews."""
    gains: dict[str, list[float]] = {}
    right = (ours == test.labels).astype(float) - (theirs == test.labels).astype(float)
    for origin, gain in zip(test.origins, right.tolist(), strict=True):
        gains.setdefault(origin, []).append(gain)
    sums = np.array([sum(values) for values in gains.values()])
    sizes = np.array([len(values) for values in gains.values()])
    drawn = np.random.default_rng(seed).integers(0, len(sums), (SAMPLES, len(sums)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def _whole(report: ClassificationReport) -> tuple[float, float]:
    return report.accuracy, report.f1_macro


def _rows(report: ClassificationReport) -> list[tuple[Cell, ...]]:
    return [(one.label, one.precision, one.recall, one.f1, one.support) for one in report.classes]


def _notes(
    parts: Parts,
    neither: int,
    settings: FineTuneSettings,
    strength: float,
    low: float,
    high: float,
) -> list[str]:
    return [
        f"Texts: sentences of reviews of five electronic products, each rated by twenty people "
        f"from -4 to 4, as they come with the source package {SNIPPETS_PACKAGE} on PyPI (MIT; "
        "Hutto and Gilbert, ICWSM 2014; the sentences are Hu and Liu's, KDD 2004). A mean of "
        f"{SNIPPET_CLEAR_FROM} or more is good, -{SNIPPET_CLEAR_FROM} or less bad; {neither} "
        "sentences between are left out. They are single sentences in lower case, not whole "
        "reviews.",
        f"{len(parts.train)} sentences for training, {len(parts.dev)} for development, "
        f"{len(parts.test)} for the test ({len(set(parts.test.origins))} reviews); all sentences "
        "of a review are in one part, the same products are in all.",
        f"Fine-tuning: AdamW, learning rate {settings.learning_rate:g}, batches of "
        f"{settings.batch_size}, at most {settings.epochs} epochs, the epoch with the best macro "
        "F1 on the development part is kept; nothing else was tuned. The linear baseline's "
        f"strength ({strength:g} of {', '.join(f'{s:g}' for s in STRENGTHS)}) was chosen there "
        "too.",
        f"Accuracy of the fine-tuned encoder less that of the linear baseline: 95 % interval "
        f"{low:+.4f} to {high:+.4f} (bootstrap over the reviews of the test part).",
    ]
