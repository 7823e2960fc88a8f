"""The whole journey of a request, from what is known of the shopper to an explained slate.

Read it from top to bottom: history → candidate sources → blend → policy → explanation → slate.
It runs in the pool; the web only orders slates and shows them.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.contracts import EventType, History, Scenario, Slate, SlateItem, SlateRequest
from recommender.explanation.templates import reason_for_home, reason_for_related
from recommender.features.shopper_state import ShopperState
from recommender.policy.buy_again import due_products
from recommender.ranking.blend import BlendWeights, Candidate
from recommender.ranking.model import BlendedModel

#: Candidates beyond the slate's length, to make good for those that the policy takes out.
RESERVE = 60
#: Purchases of this many days are not proposed as something new: "buy again" is their place.
RECENTLY_BOUGHT_DAYS = 28
DAY = 86_400
#: Deeds that are tried as the cause of a recommendation.
CAUSES = 25
#: The source that links items to items, used to find the cause; the first that the model has.
CAUSE_SOURCES = ("item_knn", "transitions", "ease", "content")

Unavailable = Callable[[Collection[str]], Collection[str]]


@dataclass(frozen=True, slots=True)
class _Slot:
    """A product on its way to a place, with the score that put it there."""

    product: str
    score: float
    sources: dict[str, float]


def slate_build(
    request: SlateRequest,
    *,
    state: ShopperState,
    model: BlendedModel,
    model_version: str,
    unavailable: Unavailable,
    length: int,
    scored_at: float | None = None,
) -> Slate:
    """One slate of at most ``length`` items.

    ``unavailable`` answers which of the given products cannot be bought now. ``scored_at`` is the
    moment at which ``state`` was read, in seconds since 1970.
    """
    moment = time.time() if scored_at is None else scored_at
    history = history_of(state, model, now=int(moment))
    slots = _proposals(request, state, history, model, length + RESERVE, int(moment))
    slots = _policy(slots, request, state, unavailable)[:length]
    reasons = _reasons(request, slots, state, model)
    return Slate(
        trace=str(uuid.uuid4()),
        scenario=request.scenario,
        shopper=request.shopper,
        product=request.product,
        model_version=model_version,
        scored_at=moment,
        items=tuple(
            SlateItem(
                product=slot.product,
                rank=rank,
                score=round(slot.score, 6),
                sources={name: round(part, 6) for name, part in slot.sources.items()},
                explanation=reason,
            )
            for rank, (slot, reason) in enumerate(zip(slots, reasons, strict=True), start=1)
        ),
    )


def history_of(state: ShopperState, model: BlendedModel, *, now: int) -> History:
    """The deeds that the model can read, as indices; products it does not know are skipped."""
    known = [(model.index(d.product), d) for d in state.deeds if d.product not in state.rejected]
    read = [(index, deed) for index, deed in known if index is not None]
    return History(
        items=np.array([index for index, _ in read], np.int32),
        weights=np.array([deed.weight for _, deed in read], np.float32),
        times=np.array([deed.time for _, deed in read], np.int64),
        now=now,
    )


def _proposals(
    request: SlateRequest,
    state: ShopperState,
    history: History,
    model: BlendedModel,
    top_n: int,
    now: int,
) -> list[_Slot]:
    """What the sources say, by scenario."""
    if request.scenario is Scenario.BUY_AGAIN:
        return [
            _Slot(product, score, {"buy-again": score})
            for product, score in due_products(state.purchases, now)
            if score > 0
        ]
    barred = _indices(model, state.rejected)
    if request.scenario is Scenario.TRENDING:
        return _slots(
            model, model.candidates(history, top_n, barred, BlendWeights.of({"popular": 1.0}))
        )
    if request.scenario is Scenario.HOME:
        since = now - RECENTLY_BOUGHT_DAYS * DAY
        recent = {p for p, times in state.purchases.items() if times[-1] >= since}
        return _slots(model, model.candidates(history, top_n, barred + _indices(model, recent)))
    item = model.index(request.product)
    if item is None:
        # A product that the model has not met yet: what sells is better than an empty shelf.
        return _slots(model, model.candidates(History.empty(now), top_n, barred, weights=None))
    mode = "similar" if request.scenario is Scenario.SIMILAR else "complementary"
    return _slots(model, model.related(item, mode, top_n, barred))


def _slots(model: BlendedModel, candidates: Sequence[Candidate]) -> list[_Slot]:
    return [_Slot(model.items.ids[c.item], c.score, dict(c.sources)) for c in candidates]


def _indices(model: BlendedModel, products: Collection[str]) -> list[int]:
    return [index for index in map(model.index, products) if index is not None]


def _policy(
    slots: list[_Slot], request: SlateRequest, state: ShopperState, unavailable: Unavailable
) -> list[_Slot]:
    """Take out what cannot be bought, what the shopper rejected and the product of the page."""
    gone = set(unavailable([slot.product for slot in slots]))
    barred = gone | state.rejected | {request.product}
    return [slot for slot in slots if slot.product not in barred]


def _reasons(
    request: SlateRequest, slots: list[_Slot], state: ShopperState, model: BlendedModel
) -> list[dict[str, object]]:
    """The explanation of each slot."""
    if request.scenario is Scenario.TRENDING:
        return [{"template": "popular"} for _ in slots]
    if request.scenario is Scenario.BUY_AGAIN:
        return [
            {"template": "bought-before", "times": len(state.purchases[slot.product])}
            for slot in slots
        ]
    if request.scenario.needs_product:
        if model.index(request.product) is None:
            return [{"template": "popular"} for _ in slots]
        return [
            reason_for_related(request.scenario, request.product, slot.sources) for slot in slots
        ]
    causes = _causes(slots, state, model)
    return [reason_for_home(slot.sources, causes.get(slot.product)) for slot in slots]


def _causes(
    slots: list[_Slot], state: ShopperState, model: BlendedModel
) -> dict[str, tuple[str, EventType]]:
    """For each slot the newest deeds' product that speaks most for it, and what was done."""
    done: dict[str, EventType] = {}
    for deed in reversed(state.deeds):
        if deed.product not in state.rejected and model.index(deed.product) is not None:
            # Of several deeds with one product the weightiest is worth telling.
            done.setdefault(deed.product, deed.type)
            if deed.type is EventType.PURCHASE:
                done[deed.product] = deed.type
        if len(done) == CAUSES:
            break
    name = next((name for name in CAUSE_SOURCES if name in model.sources), None)
    if not done or not slots or name is None:
        return {}
    products = list(done)
    indices = _indices(model, products)
    scores = model.sources[name].score([History.of([index]) for index in indices])
    causes = {}
    for slot in slots:
        item = model.index(slot.product)
        if item is None:
            continue
        links = scores[:, item].copy()
        # That somebody bought the very same thing explains nothing.
        links[[place for place, index in enumerate(indices) if index == item]] = 0.0
        best = int(links.argmax())
        if links[best] > 0:
            causes[slot.product] = (products[best], done[products[best]])
    return causes
