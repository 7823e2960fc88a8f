"""The whole journey of a request, from what is known of the shopper to an explained slate.

Read it from top to bottom: history → candidate sources → blend → policy → explanation → slate.
It runs in the pool; the web only orders slates and shows them.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from recommender.contracts import (
    EventType,
    Floats,
    History,
    Scenario,
    Slate,
    SlateItem,
    SlateRequest,
)
from recommender.explanation.causes import causes_of
from recommender.explanation.evidence import fact_path
from recommender.explanation.templates import reason_for_home, reason_for_related
from recommender.explanation.walks import PathStep, Standing, standing_paths
from recommender.features.shopper_state import ShopperState
from recommender.policy.buy_again import due_products
from recommender.policy.novelty import DAY, RECENTLY_BOUGHT_DAYS
from recommender.policy.variety import RULE as VARIETY
from recommender.policy.variety import spread
from recommender.ranking.blend import BlendWeights, Candidate
from recommender.ranking.model import BlendedModel, RelatedMode
from recommender.ranking.rerank import Reranker

#: Candidates beyond the slate's length, to make good for those that the policy takes out.
RESERVE = 60
#: Scenarios that are read for ideas, where many of one kind are one idea.
VARIED = frozenset({Scenario.HOME, Scenario.COMPLEMENTARY})
#: The rule by which a shopper's wish lowers a kind of product, and what it leaves of the score.
FEWER, FEWER_SHARE = "fewer", 0.25

Unavailable = Callable[[Collection[str]], Collection[str]]


@dataclass(frozen=True, slots=True)
class _Slot:
    """A product on its way to a place, with the score that put it there."""

    product: str
    score: float
    sources: dict[str, float]
    rules: tuple[str, ...] = ()
    ranker: str = ""
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class SlateOrder:
    """A slate that is wanted: of whom, for what, and at most how many items."""

    request: SlateRequest
    state: ShopperState
    length: int


@dataclass(slots=True)
class _Draft:
    """A slate in the making."""

    order: SlateOrder
    slots: list[_Slot]
    #: For each product the deed that speaks most for it.
    causes: dict[str, tuple[str, EventType]] = field(default_factory=dict)
    #: For each product the walk that led to it, as the model has it.
    walks: dict[str, list[PathStep]] = field(default_factory=dict)
    #: What became of reranking, for the trace.
    notes: dict[str, str] = field(default_factory=dict)


def slates_build(
    orders: Sequence[SlateOrder],
    *,
    model: BlendedModel,
    model_version: str,
    unavailable: Unavailable,
    scored_at: float | None = None,
    standing: Standing | None = None,
    reranker: Reranker | None = None,
) -> list[Slate]:
    """Slates in the order in which they were wanted, built together.

    The sources score all histories in one pass; ``unavailable`` answers once which of all products
    cannot be bought now, and ``standing`` once which of all facts are still accepted.
    ``scored_at`` is the moment at which the states were read, in seconds since 1970. ``reranker``
    orders the first candidates of home slates anew, or notes why not.
    """
    moment = time.time() if scored_at is None else scored_at
    now = int(moment)
    histories = [history_of(order.state, model, now=now) for order in orders]
    scored = _scored_together(orders, histories, model)
    drafts = []
    for place, (order, history) in enumerate(zip(orders, histories, strict=True)):
        notes: dict[str, str] = {}
        slots = _proposals(order, history, model, now, scored.get(place), reranker, notes)
        drafts.append(_Draft(order, slots, notes=notes))
    gone = frozenset(unavailable({slot.product for draft in drafts for slot in draft.slots}))
    for draft in drafts:
        draft.slots = _policy(draft, model, gone)[: draft.order.length]
        _explain(draft, model)
    walks = {
        (place, product): walk
        for place, draft in enumerate(drafts)
        for product, walk in draft.walks.items()
    }
    still = standing_paths(walks, standing)
    for draft in drafts:
        draft.walks = {}
    for (place, product), walk in still.items():
        drafts[place].walks[product] = walk
    return [_finished(draft, model, model_version, moment) for draft in drafts]


def slate_build(
    request: SlateRequest,
    *,
    state: ShopperState,
    model: BlendedModel,
    model_version: str,
    unavailable: Unavailable,
    length: int,
    scored_at: float | None = None,
    standing: Standing | None = None,
    reranker: Reranker | None = None,
) -> Slate:
    """One slate; see ``slates_build``."""
    (slate,) = slates_build(
        [SlateOrder(request, state, length)],
        model=model,
        model_version=model_version,
        unavailable=unavailable,
        scored_at=scored_at,
        standing=standing,
        reranker=reranker,
    )
    return slate


def _scored_together(
    orders: Sequence[SlateOrder], histories: Sequence[History], model: BlendedModel
) -> dict[int, Mapping[str, Floats]]:
    """The sources' scores for each order that asks all of them, by its place."""
    places = [n for n, order in enumerate(orders) if order.request.scenario is Scenario.HOME]
    if not places:
        return {}
    together = model.scores([histories[place] for place in places], model.weights.sources)
    return {
        place: {name: scores[row : row + 1] for name, scores in together.items()}
        for row, place in enumerate(places)
    }


def _finished(draft: _Draft, model: BlendedModel, model_version: str, moment: float) -> Slate:
    """The slate with a reason for every item."""
    request = draft.order.request
    reasons = _reasons(draft, model)
    return Slate(
        trace=str(uuid.uuid4()),
        scenario=request.scenario,
        shopper=request.shopper,
        product=request.product,
        model_version=model_version,
        scored_at=moment,
        notes=draft.notes,
        items=tuple(
            SlateItem(
                product=slot.product,
                rank=rank,
                score=round(slot.score, 6),
                sources={name: round(part, 6) for name, part in slot.sources.items()},
                explanation=reason,
                rules=slot.rules,
                ranker=slot.ranker,
                probability=None if slot.probability is None else round(slot.probability, 6),
            )
            for rank, (slot, reason) in enumerate(zip(draft.slots, reasons, strict=True), start=1)
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
    order: SlateOrder,
    history: History,
    model: BlendedModel,
    now: int,
    scored: Mapping[str, Floats] | None,
    reranker: Reranker | None,
    notes: dict[str, str],
) -> list[_Slot]:
    """What the sources say, by scenario; ``notes`` take what became of reranking."""
    request, state, top_n = order.request, order.state, order.length + RESERVE
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
        recent = {p for p, bought in state.purchases.items() if bought.last >= since}
        barred += _indices(model, recent)
        found = model.candidates(history, top_n, barred, scored=scored)
        if reranker is not None:
            found, note = reranker(history, found, model.items.ids, model.popularity)
            notes.update(note.words())
        return _slots(model, found)
    item = model.index(request.product)
    if item is None:
        # A product that the model has not met yet: what sells is better than an empty shelf.
        return _slots(model, model.candidates(History.empty(now), top_n, barred, weights=None))
    mode: RelatedMode = "similar" if request.scenario is Scenario.SIMILAR else "complementary"
    return _slots(model, model.related(item, mode, top_n, barred))


def _slots(model: BlendedModel, candidates: Sequence[Candidate]) -> list[_Slot]:
    return [
        _Slot(
            model.items.ids[c.item],
            c.score,
            dict(c.sources),
            ranker=c.ranker,
            probability=c.probability,
        )
        for c in candidates
    ]


def _indices(model: BlendedModel, products: Collection[str]) -> list[int]:
    return [index for index in map(model.index, products) if index is not None]


def _policy(draft: _Draft, model: BlendedModel, gone: frozenset[str]) -> list[_Slot]:
    """Take out what cannot be bought, what the shopper rejected and the product of the page.

    Where a page is read for ideas, no kind of product fills it.
    """
    request = draft.order.request
    barred = gone | draft.order.state.rejected | {request.product}
    left = [slot for slot in draft.slots if slot.product not in barred]
    if draft.order.state.fewer:
        left = _fewer(left, draft.order.state.fewer, model)
    if request.scenario not in VARIED:
        return left
    order, late = spread([_kind(slot.product, model) for slot in left])
    return [
        replace(left[place], rules=(*left[place].rules, VARIETY)) if place in late else left[place]
        for place in order
    ]


def _fewer(slots: list[_Slot], kinds: frozenset[str], model: BlendedModel) -> list[_Slot]:
    """Products of these kinds, and of what lies below them, with a part of their score."""
    branches = tuple(f"{kind} / " for kind in kinds)

    def lowered(slot: _Slot) -> _Slot:
        kind = _kind(slot.product, model)
        if kind not in kinds and not kind.startswith(branches):
            return slot
        return replace(slot, score=slot.score * FEWER_SHARE, rules=(*slot.rules, FEWER))

    return sorted(map(lowered, slots), key=lambda slot: -slot.score)


def _kind(product: str, model: BlendedModel) -> str:
    item = model.index(product)
    return "" if item is None else model.items.groups[item]


def _explain(draft: _Draft, model: BlendedModel) -> None:
    """Find what led to each product: a deed of the shopper's, and a walk over facts."""
    request, state = draft.order.request, draft.order.state
    if request.scenario is Scenario.HOME:
        proposed = {slot.product: slot.sources for slot in draft.slots}
        draft.causes = causes_of(proposed, state, model)
        starts = {product: cause for product, (cause, _) in draft.causes.items()}
    elif request.scenario.needs_product and model.index(request.product) is not None:
        starts = dict.fromkeys((slot.product for slot in draft.slots), request.product)
    else:
        return
    draft.walks = _walks(draft.slots, starts, model)


def _reasons(draft: _Draft, model: BlendedModel) -> list[dict[str, object]]:
    """The explanation of each slot."""
    request, state, slots = draft.order.request, draft.order.state, draft.slots
    if request.scenario is Scenario.TRENDING:
        return [{"template": "popular"} for _ in slots]
    if request.scenario is Scenario.BUY_AGAIN:
        return [
            {"template": "bought-before", "times": state.purchases[slot.product].count}
            for slot in slots
        ]
    if request.scenario.needs_product:
        if model.index(request.product) is None:
            return [{"template": "popular"} for _ in slots]
        return [
            reason_for_related(
                request.scenario,
                request.product,
                slot.sources,
                draft.walks.get(slot.product, ()),
                _shared(request.product, slot.product, model),
            )
            for slot in slots
        ]
    return [
        reason_for_home(
            slot.sources, draft.causes.get(slot.product), draft.walks.get(slot.product, ())
        )
        for slot in slots
    ]


def _walks(
    slots: list[_Slot], starts: Mapping[str, str], model: BlendedModel
) -> dict[str, list[PathStep]]:
    """The walk from its start to each product that the graph proposes most of all sources."""
    found: dict[str, list[PathStep]] = {}
    for slot in slots:
        strongest = max(slot.sources, key=lambda name: slot.sources[name], default="")
        if strongest == "graph" and slot.product in starts:
            path = fact_path(model, starts[slot.product], slot.product)
            if path:
                found[slot.product] = path
    return found


def _shared(one: str, other: str, model: BlendedModel) -> tuple[str, str] | None:
    """What two products have in common by the item table: the brand, or else the category."""
    first, second = model.index(one), model.index(other)
    if first is None or second is None:
        return None
    for kind, column in (("brand", model.items.brands), ("category", model.items.groups)):
        if column[first] and column[first] == column[second]:
            return kind, column[first].rpartition(" / ")[2]
    return None
