"""Real models of the small shop that are there in a moment: nothing is encoded or trained."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from recommender.events.snapshots import snapshot_read, snapshot_write
from recommender.features.item_table import item_table_read
from recommender.learning.fit import FitSettings, fit_model
from recommender.learning.interactions import interaction_log
from recommender.registry.models import ModelVersion
from recommender.registry.versions import model_activate, model_register


def small_model(name: str, *, parent: ModelVersion | None = None) -> ModelVersion:
    """A candidate that knows the small shop's products and baskets."""
    items = item_table_read(None)
    log = interaction_log(snapshot_read(snapshot_write()), items)
    folder = Path(settings.MODEL_DIR) / name
    fit_model(log, items, FitSettings(sources={"popular": {}, "transitions": {}})).save(folder)
    return model_register(
        version=name,
        folder=folder,
        watermark=1,
        parent=parent,
        trained_with={},
        metrics={},
        seed=0,
    )


def small_live_model() -> ModelVersion:
    """The same, live."""
    version = small_model("live")
    model_activate(version=version)
    return version
