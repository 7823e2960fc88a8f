"""From a model in memory to the live version: written, registered, switched to, the old pruned."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from recommender.learning.fit import FittedModel
from recommender.registry.models import ModelVersion
from recommender.registry.pruning import models_prune
from recommender.registry.publishing import publishing
from recommender.registry.versions import model_activate, model_register, version_name

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
    version = version_name()
    registered = model_register(
        version=version,
        folder=version_files(fitted, version),
        watermark=watermark,
        parent=parent,
        trained_with=trained_with,
        metrics=metrics,
        seed=seed,
    )
    model_activate(version=registered)
    models_prune()
    return registered


def version_files(fitted: FittedModel, version: str, *, beside: Iterable[Path] = ()) -> Path:
    """Write the model's folder, with copies of the files ``beside``; within ``publishing``.

    Under a passing name first: a kill leaves no half of a version. What killed attempts have left
    under such names goes.
    """
    root = Path(settings.MODEL_DIR)
    folder, partial = root / version, root / f".{version}.partial"
    for leftover in root.glob(".*.partial"):
        shutil.rmtree(leftover, ignore_errors=True)
    fitted.save(partial)
    for path in beside:
        shutil.copy(path, partial / path.name)
    partial.rename(folder)
    return folder
