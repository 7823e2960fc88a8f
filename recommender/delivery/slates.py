"""The read path: slates from the cache, from the pool within a deadline, or something good."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings

from catalog.models import Product
from recommender.contracts import Scenario, Slate, SlateItem, SlateRequest
from recommender.delivery.models import SlateTrace
from recommender.delivery.pool import (
    BUSY_KEY,
    SCORE_TASK,
    heartbeat_key,
    is_heard,
    slates_order,
    wait_for,
)
from recommender.delivery.served import served
from recommender.delivery.slate_store import (
    fallback_key,
    fallback_read,
    fallback_write,
    slate_key,
    slate_length,
    slates_read,
)
from recommender.delivery.traces import traces_write
from recommender.features.opinions import rejected_products
from recommender.policy.eligibility import BUYABLE, unavailable_among
from recommender.registry.versions import LIVE_KEY
from recsite import metrics
from users.models import Shopper

#: A slate older than this is scored anew in the background when it is read.
MAXIMUM_AGE_SECONDS = {
    Scenario.HOME: 900,
    Scenario.BUY_AGAIN: 3600,
    Scenario.SIMILAR: 3600,
    Scenario.COMPLEMENTARY: 3600,
    Scenario.TRENDING: 300,
}
NO_MODEL = "none"


@dataclass(frozen=True, slots=True)
class ServedSlate:
    """A slate and how old it was when it was handed out."""

    slate: Slate
    age_ms: int


def slates_get(
    requests: Sequence[SlateRequest],
    *,
    deadline_ms: int | None = None,
    shopper: Shopper | None = None,
) -> list[ServedSlate]:
    """Slates for one shopper's page, in the order of the requests.

    A fresh slate is served from the cache. One that the shopper's own events have outdated, or
    that is missing, is scored by the pool; all requests share one deadline. One that is merely
    old is served and replaced in the background. ``shopper`` spares a query where it is known.
    """
    began = time.monotonic()
    allowed = settings.POOL_DEADLINE_MS if deadline_ms is None else deadline_ms
    deadline = began + allowed / 1000
    asked = [replace(r, exclude=tuple(sorted(set(r.exclude)))) for r in requests]
    changed_at = _changed_at(asked, shopper)
    pulse = heartbeat_key("scoring")
    cached = slates_read(asked, LIVE_KEY, pulse, BUSY_KEY)
    live = cached.get(LIVE_KEY)
    # Nobody is kept waiting for a pool that has no model or has not been heard of.
    answering = live is not None and is_heard(cached.get(pulse))
    slates: list[Slate | None] = []
    missing: list[SlateRequest] = []
    old: list[SlateRequest] = []
    now = time.time()
    for request in asked:
        slate = cached.get(slate_key(request))
        if slate is None or _outdated(slate, request, changed_at):
            missing.append(request)
            slates.append(None)
            continue
        slates.append(slate)
        if now - slate.scored_at > MAXIMUM_AGE_SECONDS[request.scenario] or (
            live is not None and slate.model_version != live
        ):
            old.append(request)
    # An order that would be answered after the deadline only makes the next ones wait longer.
    busy = answering and cached.get(BUSY_KEY, 0.0) > now
    if busy and (old or missing):
        metrics.ORDERS_REFUSED.labels(SCORE_TASK, "busy").inc()
    answering = answering and not busy
    if old and answering:
        slates_order(old)
    if missing and answering:
        fresh = _scored(missing, changed_at, deadline)
        slates = [s or fresh.get(slate_key(r)) for s, r in zip(slates, asked, strict=True)]
    outcomes = ["cached" if r not in missing else "scored" for r in asked]
    # Even a slate from before the pool fell silent must not show what was rejected since.
    names = {r.shopper for r in asked if r.shopper}
    rejected = rejected_products(names) if None in slates else frozenset()
    whole: list[Slate] = []
    for place, (slate, request) in enumerate(zip(slates, asked, strict=True)):
        if slate is not None:
            whole.append(slate)
            continue
        last = cached.get(slate_key(request))
        outcomes[place] = "popular" if last is None else "stale"
        whole.append(_without(replace(last or _popular(request), degraded=True), rejected))
    served.count(zip((r.scenario for r in asked), outcomes, strict=True))
    gone = unavailable_among({item.product for slate in whole for item in slate.items})
    now = time.time()
    return [
        ServedSlate(_shortened(slate, request, gone), max(0, round((now - slate.scored_at) * 1000)))
        for slate, request in zip(whole, asked, strict=True)
    ]


def slate_get(request: SlateRequest, *, deadline_ms: int | None = None) -> ServedSlate:
    """One slate; see ``slates_get``."""
    return slates_get([request], deadline_ms=deadline_ms)[0]


def slate_trace_get(trace: str | UUID) -> SlateTrace | None:
    """The stored trace of a slate, or None where there is none by that name."""
    try:
        key = UUID(str(trace))
    except ValueError:
        return None
    return SlateTrace.objects.select_related("shopper", "product").filter(pk=key).first()


def _changed_at(requests: Sequence[SlateRequest], shopper: Shopper | None) -> dict[str, float]:
    """When the newest event of each shopper arrived, in seconds since 1970."""
    names = {r.shopper for r in requests if r.shopper}
    if shopper is not None and names <= {shopper.external_id}:
        pairs = [(shopper.external_id, shopper.last_event_at)]
    elif names:
        pairs = list(
            Shopper.objects.filter(external_id__in=names).values_list(
                "external_id", "last_event_at"
            )
        )
    else:
        pairs = []
    return {name: at.timestamp() for name, at in pairs if at is not None}


def _outdated(slate: Slate, request: SlateRequest, changed_at: dict[str, float]) -> bool:
    """Whether the shopper has done something since the slate's history was read."""
    if request.scenario is Scenario.TRENDING:
        return False
    return slate.scored_at < changed_at.get(request.shopper, 0.0)


def _scored(
    requests: Sequence[SlateRequest], changed_at: dict[str, float], deadline: float
) -> dict[str, Slate]:
    """What the pool scored before the deadline, by key."""
    if not slates_order(requests):
        return {}
    found: dict[str, Slate] = {}

    def look() -> bool | None:
        waiting = [r for r in requests if slate_key(r) not in found]
        for key, slate in slates_read(waiting).items():
            request = next(r for r in waiting if slate_key(r) == key)
            if not _outdated(slate, request, changed_at):
                found[key] = slate
        return True if len(found) == len({slate_key(r) for r in requests}) else None

    wait_for(look, deadline=deadline)
    return found


def _popular(request: SlateRequest) -> Slate:
    """What sells, straight from the catalogue: the slate of last resort.

    It is the same for everybody, so one serves for a minute and its trace is written once.
    """
    key = fallback_key(request)
    kept = fallback_read(key)
    if kept is not None:
        return kept
    rows = (
        Product.objects.filter(BUYABLE)
        .exclude(external_id=request.product)
        .order_by("-popularity", "pk")
        .values_list("external_id", "popularity")[: slate_length(request)]
    )
    slate = Slate(
        trace=str(uuid.uuid4()),
        scenario=request.scenario,
        shopper="",
        product=request.product,
        model_version=NO_MODEL,
        scored_at=time.time(),
        items=tuple(
            SlateItem(
                product=external_id,
                rank=rank,
                score=popularity,
                sources={"popular": popularity},
                explanation={"template": "popular"},
            )
            for rank, (external_id, popularity) in enumerate(rows, start=1)
        ),
    )
    traces_write([(slate, None, None, {}, 0.0)])
    fallback_write(key, slate)
    return slate


def _without(slate: Slate, products: Collection[str]) -> Slate:
    return replace(slate, items=tuple(i for i in slate.items if i.product not in products))


def _shortened(slate: Slate, request: SlateRequest, gone: Collection[str]) -> Slate:
    """The slate as the request wants it: without exclusions and what cannot be bought now."""
    unwanted = {*request.exclude, *gone}
    kept = [item for item in slate.items if item.product not in unwanted][: request.count]
    items = tuple(
        item if item.rank == rank else replace(item, rank=rank)
        for rank, item in enumerate(kept, start=1)
    )
    return replace(slate, items=items)
