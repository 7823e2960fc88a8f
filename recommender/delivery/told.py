"""Sentences of a stored slate as they may be shown now: verified once more, as they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

from recommender.contracts import Scenario
from recommender.delivery.evidences import evidence_read
from recommender.delivery.models import SlateTrace
from recommender.delivery.slates import slate_trace_get
from recommender.explanation.languages import LANGUAGES
from recommender.explanation.standing import facts_standing
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
    evidences = evidence_read(
        (
            (item["product"], item["explanation"], item["sources"])
            for item in items
            if item["product"] in written
        ),
        quoted=any("“" in text for text in written.values()),
    )
    return {
        product: written[product]
        for product, evidence in evidences.items()
        if verify(written[product], evidence, LANGUAGES[code]).accepted
    }


def _text(explanation: Mapping[str, Any], code: str) -> str:
    return str(((explanation.get("told") or {}).get("texts") or {}).get(code, ""))
