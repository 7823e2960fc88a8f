"""Sentences of a stored slate as they may be shown now: verified once more, as they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

from recommender.contracts import Scenario
from recommender.delivery.models import SlateTrace
from recommender.delivery.slates import slate_trace_get
from recommender.delivery.words import explanation_products
from recommender.explanation.facts import evidence_of
from recommender.explanation.languages import LANGUAGES
from recommender.explanation.standing import facts_standing
from recommender.explanation.things import review_sentences, things_read
from recommender.explanation.verifier import verify
from recommender.explanation.walks import standing_paths
from users.visitor import Visitor


def reason_id(trace: str, product: str) -> str:
    """Name of the place in the page at which a card says why it is there."""
    return f"reason-{trace}-{product.encode('utf-8').hex()}"


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence to be swapped in, as a card has it."""

    trace: str
    product: str
    reason: str

    @property
    def reason_id(self) -> str:
        """Where it goes."""
        return reason_id(self.trace, self.product)


def trace_of(trace: str, visitor: Visitor) -> SlateTrace | None:
    """A stored slate, if it is this visitor's or everybody's."""
    stored = slate_trace_get(trace)
    if stored is None:
        return None
    shopper = visitor.shopper
    foreign = stored.shopper_id is not None and (shopper is None or stored.shopper_id != shopper.pk)
    return None if foreign and stored.scenario != Scenario.TRENDING.value else stored


def without_fallen_facts(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items without walks, and what was written about them, whose facts stand no more."""
    paths = {place: list(item["explanation"].get("path") or ()) for place, item in enumerate(items)}
    stand = standing_paths(paths, facts_standing)
    return [
        item if place in stand else {**item, "explanation": _without_walk(item["explanation"])}
        for place, item in enumerate(items)
    ]


def _without_walk(explanation: Mapping[str, Any]) -> dict[str, Any]:
    because = explanation.get("because")
    kept = {k: v for k, v in explanation.items() if k not in {"path", "told", "because"}}
    return {**kept, "template": because or "your-taste"}


def told_now(items: list[dict[str, Any]]) -> dict[str, str]:
    """The sentence of each item in the reader's language, by product, if all that it says is so.

    The items are a stored slate's. Names and facts are read anew, in a constant number of queries.
    """
    code = get_language() or ""
    written = {
        item["product"]: text
        for item in items
        if (text := _text(item["explanation"], code)) and code in LANGUAGES
    }
    if not written:
        return {}
    named = {p for item in items for p in explanation_products(item["explanation"])}
    things = things_read(named | set(written))
    reviews = review_sentences(list(written)) if any("“" in t for t in written.values()) else {}
    found = {}
    for item in items:
        product = item["product"]
        if product not in written:
            continue
        evidence = evidence_of(
            product,
            item["explanation"],
            things,
            sources=item["sources"],
            reviews=reviews.get(product, ()),
        )
        if evidence is None or evidence.problem:
            continue
        if verify(written[product], evidence, LANGUAGES[code]).accepted:
            found[product] = written[product]
    return found


def _text(explanation: Mapping[str, Any], code: str) -> str:
    return str(((explanation.get("told") or {}).get("texts") or {}).get(code, ""))
