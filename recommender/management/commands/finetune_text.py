"""``manage.py finetune_text``: an opinion classifier from labelled texts, with its reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from catalog.importing import Format
from catalog.management.reporting import file_format
from recommender.feedback.labelled_sources import (
    SNIPPETS_PACKAGE,
    ReadTexts,
    texts_from_file,
    texts_from_reviews,
    texts_from_snippets,
)
from recommender.feedback.labelled_texts import TooFewTextsError
from recommender.feedback.models import OpinionClassifierVersion
from recommender.learning.classification import ClassificationReport
from recommender.learning.finetune_text import FineTuned, FineTuneSettings
from recommender.learning.opinion_training import FineTuningBusyError, classifier_train
from recommender.learning.text_encoders import PACKAGED, encoder_folder
from recommender.learning.training_settings import TrainingDivergedError


class Command(BaseCommand):
    help = (
        "Fine-tune a BERT-family encoder on texts labelled good or bad, and have it judge the "
        "shop's reviews. Learns from the shop's own reviews (4 and 5 stars are good, 1 and 2 bad, "
        "3 is left out), or from a CSV, JSON Lines or Parquet file with the columns text and "
        "rating (1 to 5) or label (good, bad), and if wanted title and origin (texts of one "
        "origin stay together). An interrupted run goes on where it was when it is started again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="default: the shop's own reviews")
        parser.add_argument("--format", choices=list(Format), help="where the name does not say it")
        parser.add_argument(
            "--snippets",
            action="store_true",
            help=f"the file is the source package of {SNIPPETS_PACKAGE} (rated review sentences)",
        )
        parser.add_argument("--strict", action="store_true", help="no bad row is passed over")
        parser.add_argument(
            "--encoder",
            default=PACKAGED,
            help="a folder that transformers can load, or a Hugging Face name (default: the "
            "packaged MiniLM)",
        )
        parser.add_argument("--epochs", type=int, default=3)
        parser.add_argument("--batch-size", type=int, default=16)
        parser.add_argument("--learning-rate", type=float, default=2e-5)
        parser.add_argument("--max-tokens", type=int, default=128)
        parser.add_argument("--dev", type=float, default=0.1, help="share that decides when to end")
        parser.add_argument("--test", type=float, default=0.1, help="share that is reported once")
        parser.add_argument(
            "--patience",
            type=int,
            default=2,
            help="epochs without a better development part before it ends; 0: go through all",
        )
        parser.add_argument("--max-seconds", type=float, help="end softly after this time")
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        read, source = self._read(options)
        counts = read.texts.counts()
        self.stdout.write(
            f"{source}: {counts['good']:,} good, {counts['bad']:,} bad, {read.neither:,} neither, "
            f"{len(read.problems):,} problems"
        )
        try:
            version, tuned = classifier_train(
                read.texts, self._settings(options), source=source, tell=self._tell
            )
        except TooFewTextsError as error:
            raise CommandError(f"{source}: {error}") from error
        except (ValueError, FineTuningBusyError, TrainingDivergedError) as error:
            raise CommandError(str(error)) from error
        self._report(version, tuned)

    def _read(self, options: dict[str, Any]) -> tuple[ReadTexts, str]:
        path: Path | None = options["file"]
        if path is None:
            if options["snippets"]:
                raise CommandError("--snippets needs the file of the source package")
            return texts_from_reviews(), "the shop's reviews"
        if options["snippets"]:
            try:
                return texts_from_snippets(path), SNIPPETS_PACKAGE
            except (FileNotFoundError, ValueError) as error:
                raise CommandError(str(error)) from error
        read = texts_from_file(path, file_format(path, options["format"]))
        for problem in read.problems:
            self.stderr.write(str(problem))
        if options["strict"] and read.problems:
            raise CommandError(f"{len(read.problems)} problems: nothing was trained (--strict)")
        return read, path.name

    def _settings(self, options: dict[str, Any]) -> FineTuneSettings:
        try:
            encoder = encoder_folder(options["encoder"])
        except Exception as error:  # the hub's client has many, and its own words for each
            raise CommandError(f"--encoder {options['encoder']}: {error}") from error
        return FineTuneSettings(
            encoder=encoder,
            checkpoint_folder=Path(settings.MODEL_DIR) / "checkpoints" / "opinions",
            log_folder=Path(settings.VAR_DIR) / "runs",
            progress=True,
            **{
                name: options[name]
                for name in (
                    "epochs", "batch_size", "learning_rate", "max_tokens", "dev", "test",
                    "patience", "max_seconds", "seed",
                )
            },
        )  # fmt: skip

    def _tell(self, report: ClassificationReport) -> None:
        tqdm.write(f"development part\n{report.text()}\n")

    def _report(self, version: OpinionClassifierVersion, tuned: FineTuned) -> None:
        training = tuned.training
        self.stdout.write("\nepoch      loss  dev accuracy  dev f1 macro")
        for number, figures in enumerate(training.history, start=1):
            kept = "  kept" if number == training.best_epoch else ""
            self.stdout.write(
                f"{number:>5}{figures['loss']:>10.4f}{figures['accuracy']:>14.4f}"
                f"{figures['f1_macro']:>14.4f}{kept}"
            )
        self.stdout.write(f"\ntest part, measured once\n{tuned.test.text()}\n")
        if version.status == OpinionClassifierVersion.Status.LIVE:
            told = "is live and judges the shop's reviews"
        else:
            told = "stays a candidate: it is no better than always saying the commoner label"
        self.stdout.write(f"Opinion classifier {version} {told} ({training.seconds:.0f} s).")
