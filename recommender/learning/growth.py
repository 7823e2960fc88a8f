"""What is new of products and facts reaches the live model without waiting for training."""

from __future__ import annotations

import logging
import time

from django.core.cache import cache
from django.db.models import Count, Max

from catalog.models import Product
from recommender.features.item_table import catalogue_change, item_table_read
from recommender.features.models import MediaVector
from recommender.features.triples import facts_state, triples_read
from recommender.learning.fit import FittedModel
from recommender.learning.publish import model_publish, publishing
from recommender.learning.text_encoders import item_encoder
from recommender.registry.families import GROWTH, ROOT, root_of
from recommender.registry.models import ModelVersion
from recommender.registry.versions import (
    LIVE_KEY,
    model_folder,
    model_live,
    model_verify,
)

logger = logging.getLogger(__name__)

#: Cache key of the state of catalogue and model at which there was nothing left to take in.
SETTLED_KEY = "model:growth-settled"
#: After a failure the same state is tried again this much later.
RETRY_SECONDS = 120


def model_grow() -> ModelVersion | None:
    """Publish the live model with what it does not know: products, changed texts, stated facts.

    None where there is nothing new, which three queries tell, or no model yet. Only what is new is
    encoded; what was learnt from interactions, and up to where, stays as it is.

    Raises:
        BusyError: another process is publishing and does not come to its end.
        DamagedModelError, ModelFolderError: the live model's files cannot be read.
    """
    live, catalogue = _live_name(), _catalogue_state()
    if not live or cache.get(SETTLED_KEY) == f"{live} {catalogue}":
        return None
    try:
        with publishing():
            grown = _grow()
    except Exception:
        cache.set(SETTLED_KEY, f"{live} {catalogue}", timeout=RETRY_SECONDS)
        raise
    # What was saved since the catalogue's state was read makes another state, and another look.
    cache.set(SETTLED_KEY, f"{grown.version if grown else live} {catalogue}", timeout=None)
    return grown


def _live_name() -> str:
    """The live version, from the cache where that knows it."""
    if name := cache.get(LIVE_KEY):
        return str(name)
    live = model_live()
    return live.version if live else ""


def _catalogue_state() -> str:
    """Changes with every product, picture, sound or fact that comes, goes or becomes another.

    Also where a transaction takes long: what it adds changes the counts when it is committed.
    """
    products = Product.objects.exclude(status=Product.Status.DRAFT).aggregate(
        count=Count("pk"), newest=Max("updated_at")
    )
    media = MediaVector.objects.aggregate(count=Count("pk"), newest=Max("encoded_at"))
    told = [table[key] for table in (products, media) for key in ("count", "newest")]
    return " ".join(map(str, [*told, facts_state()]))


def _grow() -> ModelVersion | None:
    live = model_live()
    if live is None:
        return None
    began = time.monotonic()
    encoder = item_encoder()
    if live.settings.get("text_encoder", encoder.checksum) != encoder.checksum:
        logger.info("new products wait for training: the text encoder is another one now")
        return None
    model_verify(live)
    fitted = FittedModel.load(model_folder(live))
    known = fitted.model.items
    change = catalogue_change(known, item_table_read(encoder, first=known.ids))
    facts = facts_state()
    if not change and facts == live.settings.get("facts_state", 0):
        return None
    read = time.monotonic()
    seconds = fitted.model.grow(change.items, triples_read())
    grown = model_publish(
        fitted,
        watermark=live.watermark,
        parent=live,
        trained_with={
            **live.settings,
            "kind": GROWTH,
            ROOT: root_of(live),
            "items": len(change.items),
            "added": len(change.added),
            "changed": len(change.changed),
            "facts_state": facts,
        },
        metrics={
            **live.metrics,
            "growth": {
                "read_seconds": round(read - began, 2),
                "grow_seconds": {name: round(took, 3) for name, took in seconds.items()},
                "seconds": round(time.monotonic() - began, 2),
            },
        },
        seed=live.seed,
    )
    logger.info(
        "model %s is live: %d new products, %d changed, %.1f s",
        grown.version,
        len(change.added),
        len(change.changed),
        time.monotonic() - began,
    )
    return grown
