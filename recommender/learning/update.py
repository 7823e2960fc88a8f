"""One step of learning: from the event log to a live model."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from catalog.models import Product
from recommender.candidates.nearest import NearestSettings
from recommender.contracts import ItemTable, TripleTable
from recommender.events.snapshots import (
    interactions_after,
    log_watermark,
    snapshot_read,
    snapshot_write,
    snapshots_prune,
)
from recommender.features.copurchase_facts import facts_as_of
from recommender.features.item_table import catalogue_change, item_table_read
from recommender.features.triples import facts_state, triples_read
from recommender.feedback.examination_log import examination_learn
from recommender.learning.device import chosen_device
from recommender.learning.distributed import Ranks, joined_ranks
from recommender.learning.erasure import erasures_settle
from recommender.learning.fit import (
    FitSettings,
    FittedModel,
    KnownFacts,
    default_sources,
    fit_model,
)
from recommender.learning.interactions import record_log
from recommender.learning.learnt_log import LearntLog
from recommender.learning.logged_slates import logged_slates_read
from recommender.learning.publish import model_publish, publishing
from recommender.learning.source_settings import source_settings_path, source_settings_read
from recommender.learning.text_encoders import item_encoder
from recommender.ranking.model import BlendedModel
from recommender.ranking.ranker import LoggedSlate
from recommender.registry.models import ModelVersion
from recommender.registry.versions import model_live
from recsite.locks import BusyError, one_at_a_time

logger = logging.getLogger(__name__)

#: For all that is random in a step.
SEED = 0


class LearningBusyError(Exception):
    """Another process is learning; two at once would only do the same work twice."""


class NothingToLearnError(Exception):
    """The catalogue is empty or nobody has done anything yet."""


@dataclass(frozen=True, slots=True)
class _Material:
    """What one step learns from: the same on every rank."""

    watermark: int
    snapshot: str
    learnt: LearntLog
    items: ItemTable
    facts: TripleTable
    #: Slates of the log of which something came.
    shown: Sequence[LoggedSlate]
    #: What was found for each source by a search; empty where nothing was searched.
    parameters: Mapping[str, Mapping[str, Any]]

    def fitted(self, seed: int, progress: bool) -> FittedModel:
        known = KnownFacts(self.facts, lambda earlier: facts_as_of(self.facts, earlier, self.items))
        chosen = FitSettings(
            sources=default_sources(
                settings.NETWORK_SECONDS,
                exact_up_to=settings.EXACT_SEARCH_UP_TO,
                solved_items=settings.DENSE_SOLVE_ITEMS,
                extra=settings.EXTRA_SOURCES,
            ),
            nearest=NearestSettings(settings.EXACT_SEARCH_UP_TO),
            seed=seed,
            progress=progress,
        )
        fitted = fit_model(
            self.learnt.log, self.items, chosen.with_parameters(self.parameters), known, self.shown
        )
        fitted.learnt = self.learnt
        return fitted


def learn(*, minimum_events: int, progress: bool = False) -> ModelVersion | None:
    """Learn from what has happened since the live model; None where that is too little.

    Under torchrun all ranks call this, and train the networks together. The first one reads,
    writes and puts the model live; the others fit the same and return None.

    Raises:
        LearningBusyError: another process is at it.
        NothingToLearnError: there is no product or no interaction at all.
    """
    with joined_ranks(chosen_device()) as ranks:
        if not ranks.first:
            material: _Material | None = ranks.agreed(None)
            if material is not None:
                material.fitted(SEED, progress=False)
            return None
        with _others_released(ranks) as told:
            try:
                with one_at_a_time("learning"):
                    live = model_live()
                    if live is not None and interactions_after(live.watermark) < minimum_events:
                        return None
                    return _learn(live, told, progress)
            except BusyError:
                raise LearningBusyError("another process is learning at this moment") from None


@contextmanager
def _others_released(ranks: Ranks) -> Iterator[Callable[[_Material], None]]:
    """Gives what hands the material to the other ranks; without it they learn nothing and end."""
    handed = False

    def hand(material: _Material) -> None:
        nonlocal handed
        handed = True
        ranks.agreed(material)

    try:
        yield hand
    finally:
        if not handed:
            ranks.agreed(None)


def _learn(
    live: ModelVersion | None, told: Callable[[_Material], None], progress: bool
) -> ModelVersion:
    began, record_at = time.monotonic(), timezone.now()
    facts = facts_state()
    material = _gathered(progress)
    told(material)
    log, items = material.learnt.log, material.items
    fitted = material.fitted(SEED, progress)
    encoder = item_encoder(progress=progress)
    with publishing():
        # What was added to the catalogue while this was learning is known from its first moment.
        change = catalogue_change(items, item_table_read(encoder, first=items.ids))
        if change:
            fitted.model.grow(change.items, triples_read())
        registered = model_publish(
            fitted,
            watermark=material.watermark,
            parent=live,
            trained_with={
                "snapshot": material.snapshot,
                "record_at": record_at.isoformat(),
                "interactions": len(log),
                "shoppers": log.n_shoppers,
                "items": len(change.items),
                "facts": len(material.facts),
                "facts_state": facts,
                "text_encoder": encoder.checksum,
                "weights": fitted.model.weights.as_json(),
                "source_parameters": material.parameters,
                "kind": "training",
            },
            metrics={
                "validation": fitted.validation,
                "ranking": fitted.ranking,
                "fit_seconds": fitted.fit_seconds,
                "nearest": fitted.searches(),
                "seconds": round(time.monotonic() - began, 2),
            },
            seed=SEED,
        )
    popularity_write(fitted.model, change.items)
    erasures_settle()
    snapshots_prune()
    logger.info(
        "model %s is live: %d interactions, %d items, %.1f s",
        registered.version,
        len(log),
        len(change.items),
        time.monotonic() - began,
    )
    return registered


def _gathered(progress: bool) -> _Material:
    watermark = log_watermark()
    # Only here: between full trainings a shopper's record weighs the same.
    examination_learn()
    snapshot = snapshot_write(watermark=watermark)
    items = item_table_read(item_encoder(progress=progress))
    if not len(items):
        raise NothingToLearnError("there are no products to learn about; import a catalogue first")
    learnt = record_log(snapshot_read(snapshot), items)
    if not len(learnt.log):
        raise NothingToLearnError("there are no interactions to learn from; import some first")
    return _material(learnt, items, watermark=watermark, snapshot=snapshot.checksum)


def full_training(learnt: LearntLog, items: ItemTable, *, seed: int) -> FittedModel:
    """Fit everything anew on this record, with what is known beside it: facts, slates, settings."""
    return _material(learnt, items).fitted(seed, progress=False)


def _material(
    learnt: LearntLog, items: ItemTable, *, watermark: int = 0, snapshot: str = ""
) -> _Material:
    """The record with what is known beside it."""
    return _Material(
        watermark,
        snapshot,
        learnt,
        items,
        triples_read(),
        logged_slates_read(items),
        source_settings_read(source_settings_path()),
    )


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
