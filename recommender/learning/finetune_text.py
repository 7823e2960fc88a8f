"""Fine-tuning a BERT-family encoder on texts with labels.

After Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers for Language
Understanding" (NAACL 2019): all weights are trained with AdamW at a small rate for a few epochs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from recommender.contracts import Ints
from recommender.feedback.labelled_texts import LABELS, LabelledTexts, Parts, split_by_seed
from recommender.learning.classification import ClassificationReport
from recommender.learning.encode_text import model_checksum
from recommender.learning.opinion_classifier import OpinionClassifier
from recommender.learning.training import train
from recommender.learning.training_settings import Batch, TrainingReport, TrainingSettings

#: The figure of the development part that decides which epoch's weights are kept.
WATCHED = "f1_macro"


@dataclass(frozen=True, slots=True, kw_only=True)
class FineTuneSettings:
    """How to fine-tune; ``dev`` and ``test`` are shares of the texts."""

    encoder: Path
    epochs: int = 3
    batch_size: int = 16
    learning_rate: float = 2e-5
    weight_decay: float = 0.01
    max_tokens: int = 128
    dev: float = 0.1
    test: float = 0.1
    #: Epochs without a better development part before it stops; 0 goes through all.
    patience: int = 2
    seed: int = 0
    max_seconds: float | None = None
    checkpoint_folder: Path | None = None
    log_folder: Path | None = None
    progress: bool = False

    def told(self) -> dict[str, Any]:
        """What decides the result, in plain values; the encoder by its checksum."""
        names = (
            "epochs", "batch_size", "learning_rate", "weight_decay", "max_tokens", "dev", "test",
            "patience", "seed",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | {
            "encoder": self.encoder.name,
            "encoder_checksum": model_checksum(self.encoder),
        }


@dataclass(frozen=True, slots=True)
class FineTuned:
    """The classifier, how its training went, and its reports."""

    classifier: OpinionClassifier
    parts: Parts
    training: TrainingReport
    #: Of the epoch whose weights were kept.
    dev: ClassificationReport
    #: Measured once, after everything was decided.
    test: ClassificationReport


def finetune(
    texts: LabelledTexts,
    settings: FineTuneSettings,
    *,
    tell: Callable[[ClassificationReport], None] | None = None,
) -> FineTuned:
    """Split by seed, train, keep the best epoch of the development part, test once.

    ``tell`` is called after each epoch with its development report.

    Raises:
        TooFewTextsError: a label has too few texts.
        WrongClassifierError: there is no encoder in the folder.
        TrainingDivergedError: the learning rate is too high.
    """
    texts.require()
    parts = split_by_seed(texts, seed=settings.seed, dev=settings.dev, test=settings.test)
    classifier = OpinionClassifier.untrained(
        settings.encoder, LABELS, max_tokens=settings.max_tokens, seed=settings.seed
    )

    def validate(module: nn.Module) -> dict[str, float]:
        report = report_of(classifier, parts.dev)
        if tell is not None:
            tell(report)
        return report.figures()

    batches = _Batches(classifier, parts.train, settings.batch_size, progress=settings.progress)
    fingerprint = f"{texts.checksum()}:{model_checksum(settings.encoder)}:{settings.max_tokens}"
    training = train(
        classifier.network,
        batches,
        _loss,
        TrainingSettings(
            epochs=settings.epochs,
            batch_size=settings.batch_size,
            learning_rate=settings.learning_rate,
            weight_decay=settings.weight_decay,
            warmup_share=0.1,
            final_rate=0.0,
            patience=settings.patience,
            seed=settings.seed,
            max_seconds=settings.max_seconds,
            checkpoint_folder=settings.checkpoint_folder,
            log_folder=settings.log_folder,
            run_name="fine-tune text",
            data_fingerprint=f"{fingerprint}:{settings.dev}:{settings.test}",
            progress=settings.progress,
        ),
        validate=validate,
        watch=WATCHED,
    )
    return FineTuned(
        classifier,
        parts,
        training,
        report_of(classifier, parts.dev),
        report_of(classifier, parts.test),
    )


def report_of(classifier: OpinionClassifier, texts: LabelledTexts) -> ClassificationReport:
    """How well the classifier's likelier label fits the texts'."""
    predicted: Ints = classifier.probabilities(texts.texts).argmax(axis=1).astype(np.int32)
    return ClassificationReport.of(texts.labels, predicted, classifier.labels)


class _Batches:
    """Shuffled batches of an epoch, each of texts that are alike in length, and padded to them."""

    #: So many batches are drawn at random together and then sorted by length.
    DRAWN = 32

    def __init__(
        self,
        classifier: OpinionClassifier,
        texts: LabelledTexts,
        size: int,
        *,
        progress: bool = False,
    ):
        self.classifier, self.size, self.progress = classifier, size, progress
        self.tokens = classifier.tokens(texts.texts)
        self.labels = torch.from_numpy(texts.labels.astype(np.int64))

    def __call__(self, epoch: int, rng: np.random.Generator) -> _Epoch:
        lengths = np.array([len(ids) for ids in self.tokens])
        drawn = rng.permutation(len(lengths))
        order = []
        for start in range(0, len(drawn), self.DRAWN * self.size):
            part = drawn[start : start + self.DRAWN * self.size]
            order.append(part[np.argsort(lengths[part], kind="stable")])
        places = np.concatenate(order)
        batches = [places[at : at + self.size] for at in range(0, len(places), self.size)]
        return _Epoch(self, epoch, [batches[int(turn)] for turn in rng.permutation(len(batches))])

    def batch(self, chosen: npt.NDArray[np.int64]) -> Batch:
        """The tensors of the texts at these places."""
        tokens = self.classifier.padded([self.tokens[at] for at in chosen])
        return {**tokens, "labels": self.labels[chosen]}


class _Epoch:
    """The batches in turn, made when they are wanted."""

    def __init__(self, batches: _Batches, number: int, places: list[npt.NDArray[np.int64]]):
        self.batches, self.number, self.places = batches, number, places

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[Batch]:
        for chosen in tqdm(
            self.places,
            desc=f"epoch {self.number + 1}",
            unit="batch",
            leave=False,
            disable=not self.batches.progress,
        ):
            yield self.batches.batch(chosen)


def _loss(module: nn.Module, batch: Batch) -> Tensor:
    """Cross-entropy of each row, shape (batch,)."""
    logits = module(batch["input_ids"], batch["attention_mask"])
    return nn.functional.cross_entropy(logits, batch["labels"], reduction="none")
