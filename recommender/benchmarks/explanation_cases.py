"""Slates of real shoppers, and the evidence behind one of their first places."""

from __future__ import annotations

import gzip
import html
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.models import Product
from recommender.benchmarks import amazon_beauty
from recommender.benchmarks.beauty_facts import ALSO, CATALOGUE, TOGETHER, load_facts
from recommender.contracts import EventType, Scenario, Slate, SlateItem, SlateRequest
from recommender.explanation.facts import Evidence, Thing, evidence_of
from recommender.explanation.standing import facts_standing
from recommender.explanation.things import review_sentences, things_read
from recommender.features.shopper_state import Deed, ShopperState, shopper_states_read
from recommender.learning.fit import fit_sources
from recommender.learning.splits import shuffle_ties
from recommender.pipeline import SlateOrder, slates_build
from recommender.policy.buy_again import Purchases
from recommender.policy.eligibility import unavailable_among
from recommender.ranking.blend import BlendWeights
from recommender.ranking.model import BlendedModel
from recommender.ranking.tune import popularity_of
from recommender.registry.versions import model_folder, model_live
from users.models import Consent, Shopper

#: Quick exact sources, and what each counts: enough for slates with deeds and facts behind them.
LIGHT: Mapping[str, float] = {
    "transitions": 0.4,
    "item_knn": 0.3,
    "lexical": 0.4,
    "graph": 0.6,
    "popular": 0.05,
}
#: A place is drawn from the beginning of the slate, which is what the pool explains.
PLACES = 6
SLATES_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Case:
    """One place of one slate and what may be told about it."""

    dataset: str
    slate: int
    evidence: Evidence
    #: What the slate stored, for readers who do not believe the evidence.
    stored: SlateItem


def beauty_cases(folder: Path, count: int, seed: int) -> list[Case]:
    """Cases of Amazon Beauty, from a light model that is fitted on all of it."""
    log = shuffle_ties(amazon_beauty.load_log(folder), seed)
    items = amazon_beauty.load_items(folder)
    things = beauty_things(folder)
    facts = load_facts(folder, items, CATALOGUE | TOGETHER | ALSO)
    sources, _seconds = fit_sources(log, items, {name: {} for name in LIGHT}, facts=facts)
    popularity = popularity_of(log.items, len(items))
    model = BlendedModel(items, sources, BlendWeights.of(dict(LIGHT)), popularity)
    draw = random.Random(seed)
    bounds = log.bounds()
    states = []
    for shopper in draw.sample(range(log.n_shoppers), 2 * count):
        taken = slice(int(bounds[shopper]), int(bounds[shopper + 1]))
        pairs = list(zip(log.items[taken].tolist(), log.times[taken].tolist(), strict=True))
        deeds = tuple(Deed(items.ids[i], EventType.PURCHASE, 1.0, at) for i, at in pairs)
        bought = {items.ids[i]: Purchases(1, at, at) for i, at in pairs}
        states.append(ShopperState(f"beauty-{shopper}", deeds, bought))
    slates = _slates(states, model, unavailable=lambda products: [])
    return _cases("amazon_beauty", slates, things, {}, count, seed)


def beauty_things(folder: Path) -> dict[str, Thing]:
    """The products of Amazon Beauty with their readable names."""
    with gzip.open(folder / "items.jsonl.gz", "rt") as file:
        rows: list[dict[str, Any]] = [json.loads(line) for line in file]
    return {
        row["asin"]: Thing(
            row["asin"],
            " ".join(html.unescape(row["title"] or "").split()),
            html.unescape(row["brand"] or ""),
            html.unescape(row["categories"][0][-1]) if row["categories"] else "",
        )
        for row in rows
    }


def shop_cases(count: int, seed: int) -> list[Case]:
    """Cases of the shop in the configured database, from its live model.

    Raises:
        ValueError: the shop has no live model.
    """
    live = model_live()
    if live is None:
        raise ValueError("the shop has no live model: train one with manage.py train")
    model = BlendedModel.load(model_folder(live))
    draw = random.Random(seed)
    names = list(
        Shopper.objects.filter(consent=Consent.GRANTED, events__type=EventType.PURCHASE.value)
        .order_by("external_id")
        .values_list("external_id", flat=True)
        .distinct()
    )
    chosen = draw.sample(names, min(2 * count, len(names)))
    states = list(shopper_states_read(chosen).values())
    slates = _slates(states, model, unavailable=unavailable_among, standing=facts_standing)
    ids = {one.product for slate in slates for one in slate.items[:PLACES]}
    ids |= {
        str(one.explanation["product"])
        for slate in slates
        for one in slate.items[:PLACES]
        if one.explanation.get("product")
    }
    reviews = review_sentences(ids)
    return _cases("shop", slates, things_read(ids), reviews, count, seed)


def shop_things() -> dict[str, Thing]:
    """All products of the shop."""
    return things_read(Product.objects.values_list("external_id", flat=True))


def _slates(states: Sequence[ShopperState], model: BlendedModel, **rest: Any) -> list[Slate]:
    slates: list[Slate] = []
    for start in range(0, len(states), SLATES_AT_ONCE):
        orders = [
            SlateOrder(SlateRequest(Scenario.HOME, state.external_id), state, 12)
            for state in states[start : start + SLATES_AT_ONCE]
        ]
        slates += slates_build(orders, model=model, model_version="benchmark", **rest)
    return slates


def _cases(
    dataset: str,
    slates: Sequence[Slate],
    things: Mapping[str, Thing],
    reviews: Mapping[str, Sequence[str]],
    count: int,
    seed: int,
) -> list[Case]:
    """One place of each slate of which something can be told, until there are enough.

    Each slate has its own draw: what changes about one leaves the places of the others.
    """
    cases: list[Case] = []
    for number, slate in enumerate(slates):
        known = list(_evidence(slate, things, reviews))
        if known and len(cases) < count:
            draw = random.Random(f"{seed}:{dataset}:{number}")
            cases.append(Case(dataset, number, *draw.choice(known)))
    return cases


def _evidence(
    slate: Slate, things: Mapping[str, Thing], reviews: Mapping[str, Sequence[str]]
) -> Iterator[tuple[Evidence, SlateItem]]:
    for item in slate.items[:PLACES]:
        found = evidence_of(
            item.product,
            item.explanation,
            things,
            sources=item.sources,
            reviews=reviews.get(item.product, ()),
        )
        if found is not None and not found.problem:
            yield found, item
