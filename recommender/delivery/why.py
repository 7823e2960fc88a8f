"""The answer to "why am I seeing this?", from the slate's stored trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from recommender.contracts import Scenario
from recommender.delivery.fact_walks import Place, walk_places
from recommender.delivery.slates import NO_MODEL
from recommender.delivery.titles import title_book
from recommender.delivery.told import told_now, trace_of, without_fallen_facts
from recommender.delivery.words import explanation_products, template_words
from users.visitor import Visitor

#: Sources that are told one by one; more would bury what matters.
SOURCES_NAMED = 4

#: What each source looks at, in a shopper's words.
SOURCE_WORDS: Mapping[str, str | Promise] = {
    "ease": _("what people with baskets like yours choose"),
    "text_ease": _("what people with baskets like yours choose, and what resembles it"),
    "item_knn": _("products that the same people choose"),
    "sessions": _("shopping trips like yours"),
    "transitions": _("what is often chosen next"),
    "text_transitions": _("what is often chosen next, and what resembles it"),
    "content": _("similar meaning of title and category"),
    "lexical": _("similar words in title and category"),
    "multimodal": _("what it says, looks and sounds like"),
    "graph": _("what they have in common, and what goes together"),
    "sequential": _("what comes next in histories like yours"),
    "generative": _("the kind of product that comes next, narrowed down step by step"),
    "language_model": _("what a language model expects behind the titles you chose"),
    "popular": _("what sells well right now"),
    "buy_again": _("how often you buy it"),
    "buy-again": _("how often you buy it"),
}


@dataclass(frozen=True, slots=True)
class SourceShare:
    """A source and its part in the score, 0 to 1."""

    words: str
    share: float

    @property
    def percent(self) -> str:
        """The share as a length for the bar."""
        return f"{self.share * 100:.0f}%"


@dataclass(frozen=True, slots=True)
class Why:
    """Everything that is told about one place of one slate."""

    sentence: str
    sources: tuple[SourceShare, ...] = ()
    #: The way from the shopper, or from what they know, to the product.
    walk: tuple[Place, ...] = ()
    scored_at: datetime | None = None
    model_version: str = ""
    #: Whether the slate was made from what this shopper did.
    is_personal: bool = False
    #: External id of the product that led to this one by what the shopper did with it.
    cause: str = ""


def why_read(*, trace: str, product: str, visitor: Visitor) -> Why | None:
    """Why a product stood in a slate; nothing where the slate is somebody else's or unknown."""
    stored = trace_of(trace, visitor)
    if stored is None:
        return None
    item = next((one for one in stored.items if one["product"] == product), None)
    if item is None:
        return None
    (item,) = without_fallen_facts([item])
    explanation = item["explanation"]
    titles = title_book.titles([product, *explanation_products(explanation)])
    sentence = told_now([item]).get(product, "")
    return Why(
        sentence=sentence or template_words(explanation, titles),
        sources=source_shares(item["sources"]),
        walk=walk_places(product, explanation, titles),
        scored_at=stored.scored_at,
        model_version="" if stored.model_version == NO_MODEL else stored.model_version,
        cause=_cause(explanation) if stored.product_id is None else "",
        is_personal=stored.shopper_id is not None and stored.scenario != Scenario.TRENDING.value,
    )


def _cause(explanation: Mapping[str, object]) -> str:
    """The product of the deed that an explanation names."""
    return str(explanation.get("product") or "")


def source_shares(sources: Mapping[str, float]) -> tuple[SourceShare, ...]:
    """Shares of the sources that spoke for the item, largest first; they sum to one."""
    positive = {name: float(value) for name, value in sources.items() if value > 0}
    total = sum(positive.values())
    if total <= 0:
        return ()
    shares = [
        SourceShare(str(SOURCE_WORDS.get(name, name.replace("_", " "))), value / total)
        for name, value in sorted(positive.items(), key=lambda pair: -pair[1])
    ]
    rest = sum(one.share for one in shares[SOURCES_NAMED:])
    if len(shares) <= SOURCES_NAMED + 1:
        return tuple(shares)
    return (*shares[:SOURCES_NAMED], SourceShare(str(_("everything else")), rest))
