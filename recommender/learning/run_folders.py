"""Where a training run is told of and kept, with old ones cleared away."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

#: Runs that TensorBoard can still show, of each kind.
KEPT_RUNS = 50
#: A checkpoint that nobody took up again in this time belongs to a run that is given up.
CHECKPOINT_SECONDS = 7 * 24 * 3600


def run_name(kind: str) -> str:
    """A new name for a run, by its kind and the time."""
    return f"{kind}/{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"


def log_folder(kind: str) -> Path:
    """Where runs are written for TensorBoard; all but the newest of this kind are removed."""
    folder = Path(settings.TRAINING_LOG_DIR)
    runs = sorted((folder / kind).glob("*")) if (folder / kind).is_dir() else []
    for run in runs[: -(KEPT_RUNS - 1)]:
        shutil.rmtree(run, ignore_errors=True)
    return folder


def checkpoint_folder(kind: str, data_fingerprint: str) -> Path:
    """Where a run of this kind on these data keeps its checkpoint."""
    root = Path(settings.CHECKPOINT_DIR)
    if root.is_dir():
        for old in root.iterdir():
            if old.stat().st_mtime < time.time() - CHECKPOINT_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
    return root / f"{kind}-{data_fingerprint[:16]}"
