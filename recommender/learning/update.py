"""One step of learning: from the event log to a live model."""

from __future__ import annotations

import logging
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from catalog.models import Product
from recommender.contracts import ItemTable
from recommender.events.snapshots import (
    interactions_after,
    log_watermark,
    snapshot_read,
    snapshot_write,
    snapshots_prune,
)
from recommender.features.copurchase_facts import facts_as_of
from recommender.features.item_table import item_table_read
from recommender.features.triples import triples_read
from recommender.learning.fit import (
    FitSettings,
    FittedModel,
    KnownFacts,
    default_sources,
    fit_model,
)
from recommender.learning.interactions import interaction_log
from recommender.learning.source_settings import source_settings_path, source_settings_read
from recommender.learning.text_encoders import item_encoder
from recommender.ranking.model import BlendedModel
from recommender.registry.models import ModelVersion
from recommender.registry.versions import (
    model_activate,
    model_live,
    model_register,
    models_prune,
)
from recsite.locks import BusyError, one_at_a_time

logger = logging.getLogger(__name__)


class LearningBusyError(Exception):
    """Another process is learning; two at once would only do the same work twice."""


class NothingToLearnError(Exception):
    """The catalogue is empty or nobody has done anything yet."""


def learn(*, minimum_events: int, progress: bool = False) -> ModelVersion | None:
    """Learn from what has happened since the live model; None where that is too little.

    Raises:
        LearningBusyError: another process is at it.
        NothingToLearnError: there is no product or no interaction at all.
    """
    try:
        with one_at_a_time("learning"):
            live = model_live()
            if live is not None and interactions_after(live.watermark) < minimum_events:
                return None
            return _learn(live, progress)
    except BusyError:
        raise LearningBusyError("another process is learning at this moment") from None


def _learn(live: ModelVersion | None, progress: bool) -> ModelVersion:
    began = time.monotonic()
    watermark = log_watermark()
    snapshot = snapshot_write(watermark=watermark)
    items = item_table_read(item_encoder(progress=progress))
    if not len(items):
        raise NothingToLearnError("there are no products to learn about; import a catalogue first")
    log = interaction_log(snapshot_read(snapshot), items)
    if not len(log):
        raise NothingToLearnError("there are no interactions to learn from; import some first")
    seed = 0
    facts = triples_read()
    known = KnownFacts(facts, lambda earlier: facts_as_of(facts, earlier, items))
    parameters = source_settings_read(source_settings_path())
    chosen = FitSettings(
        sources=default_sources(settings.NETWORK_SECONDS), seed=seed, progress=progress
    )
    fitted = fit_model(log, items, chosen.with_parameters(parameters), known)
    version = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
    folder = _saved(fitted, version)
    registered = model_register(
        version=version,
        folder=folder,
        watermark=watermark,
        parent=live,
        trained_with={
            "snapshot": snapshot.checksum,
            "interactions": len(log),
            "shoppers": log.n_shoppers,
            "items": len(items),
            "facts": len(facts),
            "weights": fitted.model.weights.as_json(),
            "source_parameters": parameters,
        },
        metrics={
            "validation": fitted.validation,
            "fit_seconds": fitted.fit_seconds,
            "seconds": round(time.monotonic() - began, 2),
        },
        seed=seed,
    )
    popularity_write(fitted.model, items)
    model_activate(version=registered)
    models_prune()
    snapshots_prune()
    logger.info(
        "model %s is live: %d interactions, %d items, %.1f s",
        version,
        len(log),
        len(items),
        time.monotonic() - began,
    )
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


def popularity_write(model: BlendedModel, items: ItemTable) -> None:
    """Keep the decayed popularity with the products: what is shown when no model answers."""
    source = model.sources.get("popular")
    counts = getattr(source, "counts", None)
    if counts is None:
        return
    scores = {item: float(score) for item, score in zip(items.ids, counts, strict=True)}
    changed = []
    for product in Product.objects.only("pk", "external_id", "popularity"):
        score = round(scores.get(product.external_id, 0.0), 6)
        if score != product.popularity:
            product.popularity = score
            changed.append(product)
    with transaction.atomic():
        Product.objects.bulk_update(changed, ["popularity"], batch_size=500)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
