"""Scoring slates in the pool: read states once, build the slates, keep slates and traces."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from django.core.cache import cache

from catalog.models import Product
from recommender.contracts import Scenario, Slate, SlateRequest
from recommender.delivery.explaining import explains_order
from recommender.delivery.pool import PERSONAL, refresh_mark
from recommender.delivery.reranking import rerank_mark, reranks_order
from recommender.delivery.slate_store import slate_length, slate_write, slates_read
from recommender.delivery.traces import traces_write
from recommender.explanation.standing import facts_standing
from recommender.features.shopper_state import STRANGER, shopper_states_read
from recommender.pipeline import SlateOrder, slates_build
from recommender.policy.eligibility import unavailable_among
from recommender.ranking.rerank import Outcome, Reranker
from recommender.worker import reranking, shadow
from recommender.worker.live_model import LoadedModel
from recsite import metrics
from users.models import Shopper

logger = logging.getLogger(__name__)


def slates_score(requests: Sequence[SlateRequest], loaded: LoadedModel) -> None:
    """Score slates at once.

    Those that a language model may improve are ordered once more, and some are noted for the
    version in shadow.
    """
    slates = _score(requests, loaded, reranking.postponed())
    later = [s.shopper for s in slates if s.notes.get("rerank") == Outcome.LATER.value]
    reranks_order(shoppers=later)
    shadow.sample.note(slates)


def slates_rerank(shoppers: Sequence[str], loaded: LoadedModel) -> None:
    """Score home slates with the language model, one by one; nobody waits for them."""
    # First the marks, then the history, as with a refresh.
    cache.delete_many([rerank_mark(shopper) for shopper in shoppers])
    reranker = reranking.present()
    for shopper in shoppers:
        _score([SlateRequest(scenario=Scenario.HOME, shopper=shopper)], loaded, reranker)


def _score(
    requests: Sequence[SlateRequest], loaded: LoadedModel, reranker: Reranker
) -> list[Slate]:
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
        reranker=reranker,
    )
    for request, slate in zip(requests, slates, strict=True):
        # Reading titles takes a while, in which a later history may have been served.
        if reranker.reader is None or not _overtaken(request, scored_at):
            slate_write(request, slate)
        if (outcome := slate.notes.get("rerank")) is not None:
            metrics.RERANKS.labels(outcome).inc()
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
    explains_order(slate for slate in slates if slate.shopper in shoppers)
    return slates


def _overtaken(request: SlateRequest, scored_at: float) -> bool:
    """Whether a slate of a later history is there."""
    return any(slate.scored_at > scored_at for slate in slates_read([request]).values())


def refresh_requests(shoppers: Sequence[str]) -> list[SlateRequest]:
    """The personal slates of shoppers who have just done something, about to be scored."""
    # First the marks, then the history: an event after this moment orders another refresh.
    cache.delete_many([refresh_mark(shopper) for shopper in shoppers])
    return [
        SlateRequest(scenario=scenario, shopper=shopper)
        for shopper in shoppers
        for scenario in PERSONAL
    ]
