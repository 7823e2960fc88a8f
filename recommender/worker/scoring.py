"""Scoring slates in the pool: read states once, build each slate, keep slate and trace."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from django.core.cache import cache

from catalog.models import Product
from recommender.contracts import SlateRequest
from recommender.delivery.pool import PERSONAL, refresh_mark
from recommender.delivery.slate_store import slate_length, slate_write
from recommender.delivery.traces import traces_write
from recommender.explanation.standing import facts_standing
from recommender.features.shopper_state import STRANGER, shopper_states_read
from recommender.pipeline import slate_build
from recommender.policy.eligibility import unavailable_among
from recommender.worker.live_model import LoadedModel
from recsite import metrics
from users.models import Shopper

logger = logging.getLogger(__name__)


def slates_score(requests: Sequence[SlateRequest], loaded: LoadedModel) -> None:
    """Score the slates and put them where the web looks; traces follow in one write."""
    scored_at = time.time()
    metrics.BATCH_SLATES.labels("scoring").observe(len(requests))
    states = shopper_states_read(request.shopper for request in requests if request.shopper)
    traces = []
    for request in requests:
        began = time.perf_counter()
        slate = slate_build(
            request,
            state=states.get(request.shopper, STRANGER),
            model=loaded.model,
            model_version=loaded.version,
            unavailable=unavailable_among,
            length=slate_length(request),
            scored_at=scored_at,
            standing=facts_standing,
        )
        slate_write(request, slate)
        traces.append((request, slate, (time.perf_counter() - began) * 1000))
    shoppers = dict(Shopper.objects.filter(external_id__in=states).values_list("external_id", "pk"))
    products = dict(
        Product.objects.filter(external_id__in={r.product for r in requests if r.product})
        .order_by()
        .values_list("external_id", "pk")
    )
    traces_write(
        (slate, shoppers.get(r.shopper), products.get(r.product), r.context, took_ms)
        for r, slate, took_ms in traces
    )


def slates_refresh(shoppers: Sequence[str], loaded: LoadedModel) -> None:
    """Score the personal slates of shoppers who have just done something."""
    # First the marks, then the history: an event after this moment orders another refresh.
    cache.delete_many([refresh_mark(shopper) for shopper in shoppers])
    slates_score(
        [
            SlateRequest(scenario=scenario, shopper=shopper)
            for shopper in shoppers
            for scenario in PERSONAL
        ],
        loaded,
    )
