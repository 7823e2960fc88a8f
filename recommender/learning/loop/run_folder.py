"""Where a run keeps what its steps have made, until it has come to its end."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings

from recommender.registry.learning_runs import LearningRun

#: Below settings.MODEL_DIR: one folder for each run that is open, and the kept probes.
RUNS, PROBES = "learning", "learning-probes"


def run_folder(run: LearningRun) -> Path:
    """The run's folder, made if it is not there."""
    folder = runs_root() / str(run.pk)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def runs_root() -> Path:
    """Where all runs have their folders; of one that has ended nothing is left."""
    return Path(settings.MODEL_DIR) / RUNS


def probes_folder() -> Path:
    """Where the probes of earlier windows are kept."""
    return Path(settings.MODEL_DIR) / PROBES


def folders_tidy() -> None:
    """Remove the folders of runs that are not open; to be called by who alone learns."""
    open_runs = LearningRun.objects.filter(ended_at=None)
    kept = {str(pk) for pk in open_runs.values_list("pk", flat=True)}
    root = runs_root()
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.name not in kept:
            shutil.rmtree(folder)
