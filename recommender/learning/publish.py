"""From a model in memory to the live version: written, registered, switched to, the old pruned."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from recommender.learning.fit import FittedModel
from recommender.registry.models import ModelVersion
from recommender.registry.pruning import models_prune
from recommender.registry.versions import model_activate, model_register
from recsite.locks import one_at_a_time

#: The longest that one process may need from reading the live model to replacing it.
WAIT_SECONDS = 300.0


@contextmanager
def publishing(wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Held by whoever replaces the live model, from reading the catalogue to the switch.

    Learning takes minutes and new products are to be met within one, so the two run side by side;
    what this guards is that neither replaces what the other has just added.
    """
    with one_at_a_time("publishing", wait_seconds=wait_seconds):
        yield


def model_publish(
    fitted: FittedModel,
    *,
    watermark: int,
    parent: ModelVersion | None,
    trained_with: Mapping[str, Any],
    metrics: Mapping[str, Any],
    seed: int,
) -> ModelVersion:
    """Make the model the live version; to be called within ``publishing``."""
    version = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
    registered = model_register(
        version=version,
        folder=_saved(fitted, version),
        watermark=watermark,
        parent=parent,
        trained_with=trained_with,
        metrics=metrics,
        seed=seed,
    )
    model_activate(version=registered)
    models_prune()
    return registered


def _saved(fitted: FittedModel, version: str) -> Path:
    """Write the model under a passing name first: a kill leaves no half of a version."""
    root = Path(settings.MODEL_DIR)
    partial = root / f".{version}.partial"
    fitted.save(partial)
    folder = root / version
    partial.rename(folder)
    for leftover in root.glob(".*.partial"):
        shutil.rmtree(leftover)
    return folder
