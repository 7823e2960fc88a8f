"""Scoring slates in the pool: read states once, build the slates, keep slates and traces."""

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
from recommender.pipeline import SlateOrder, slates_build
from recommender.policy.eligibility import unavailable_among
from recommender.worker.live_model import LoadedModel
from recsite import metrics
from users.models import Shopper

logger = logging.getLogger(__name__)


def slates_score(requests: Sequence[SlateRequest], loaded: LoadedModel) -> None:
    """Score the slates and put them where the web looks; traces follow in one write."""
    scored_at = time.time()
    metrics.BATCH_SLATES.labels("scoring").observe(len(requests))
    began = time.perf_counter()
    states = shopper_states_read(request.shopper for request in requests if request.shopper)
    slates = slates_build(
        [
            SlateOrder(request, states.get(request.shopper, STRANGER), slate_length(request))
            for request in requests
        ],
        model=loaded.model,
        model_version=loaded.version,
        unavailable=unavailable_among,
        scored_at=scored_at,
        standing=facts_standing,
    )
    for request, slate in zip(requests, slates, strict=True):
        slate_write(request, slate)
    took_ms = (time.perf_counter() - began) * 1000 / max(1, len(requests))
    shoppers = dict(Shopper.objects.filter(external_id__in=states).values_list("external_id", "pk"))
    products = dict(
        Product.objects.filter(external_id__in={r.product for r in requests if r.product})
        .order_by()
        .values_list("external_id", "pk")
    )
    traces_write(
        (slate, shoppers.get(r.shopper), products.get(r.product), r.context, took_ms)
        for r, slate in zip(requests, slates, strict=True)
    )


def refresh_requests(shoppers: Sequence[str]) -> list[SlateRequest]:
    """The personal slates of shoppers who have just done something, about to be scored."""
    # First the marks, then the history: an event after this moment orders another refresh.
    cache.delete_many([refresh_mark(shopper) for shopper in shoppers])
    return [
        SlateRequest(scenario=scenario, shopper=shopper)
        for shopper in shoppers
        for scenario in PERSONAL
    ]
