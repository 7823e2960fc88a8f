"""From a model in memory to the live version: written, registered, switched to, the old pruned."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from recommender.learning.fit import FittedModel
from recommender.registry.models import ModelVersion
from recommender.registry.pruning import models_prune
from recommender.registry.publishing import publishing
from recommender.registry.versions import model_activate, model_register

__all__ = ["model_publish", "publishing"]


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
