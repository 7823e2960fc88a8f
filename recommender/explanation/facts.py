"""What is known of one item of one slate, as a closed list of facts that a sentence may tell.

Nothing outside of an item's ``Evidence`` may be claimed of it, and a prompt holds nothing else.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from recommender.explanation.templates import LINKING_SOURCES
from recommender.explanation.walks import FactKey, facts_of

#: A longer name reads badly inside a sentence and costs more to write than it tells.
LONGEST_NAME = 110
#: Where a title goes on to sizes, shades and counts.
_TAIL = re.compile(r"\s*[,(;|\[]|\s[-–—]+(?=[\sA-Z\d])|[-–—]+\s+(?=\d)")
_MARKUP = re.compile(r"[<>{}\[\]`\\“”\"|]|https?:|www\.|\w@\w")
#: Words of somebody who speaks to the reader or to a model rather than naming a thing.
_ADDRESS = re.compile(
    r"\b(ignore|disregard|forget|instructions?|prompt|system|assistant|say that|tell|reply|"
    r"respond|answer|output|you|your)\b|忽略|指令|提示词|告诉|请说",
    re.IGNORECASE,
)

#: Words that praise an offer: in a sentence they would be claims that no fact supports.
_PRAISE = re.compile(
    r"[!?]|%\s*off\b|\b(sales?|hot sell\w*|best ?sellers?|shipping|discount\w*|cheap\w*|promo\w*|"
    r"guaranteed?|lowest|clearance|bargain|free gift)\b",
    re.IGNORECASE,
)


class Kind(StrEnum):
    """The kinds of statements; what else could be said has no place in an explanation."""

    #: The shopper did something with a product. ``what``: the action.
    DID = "did"
    #: A relation between two products. ``what``: the predicate.
    LINKED = "linked"
    #: Two products have something in common. ``what``: the property, ``value``: its name.
    SHARES = "shares"
    #: One product has a property.
    HAS = "has"
    #: How often the shopper bought a product; the number is in ``value``.
    TIMES = "times"
    POPULAR = "popular"
    #: A review of the product says ``value``, word for word.
    WROTE = "wrote"
    #: The product is what is recommended.
    OFFERED = "offered"


#: Relations that hold in both directions, or in neither.
SYMMETRIC = frozenset(
    {"complements", "substitutes", "bought_with", "bought_together", "chosen_with", "similar"}
)


@dataclass(frozen=True, slots=True)
class Statement:
    """Something that is so or is not; products are named by their external ids."""

    kind: Kind
    what: str = ""
    value: str = ""
    products: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        both_ways = self.kind is Kind.SHARES or (
            self.kind is Kind.LINKED and self.what in SYMMETRIC
        )
        if both_ways:
            object.__setattr__(self, "products", tuple(sorted(self.products)))


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement that holds, and where it comes from.

    ``source`` is "slate", "deed", "catalogue", "graph", "review" or the name of a candidate
    source; ``records`` are the accepted facts of the graph that it rests on.
    """

    statement: Statement
    source: str
    records: tuple[FactKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Thing:
    """A product as evidence knows it. ``category`` is the leaf's name, not its path."""

    id: str
    title: str
    brand: str = ""
    category: str = ""
    #: Values that a reader can make sense of, by key: no measures, no yes or no.
    attributes: tuple[tuple[str, str], ...] = ()
    size: str = ""


#: What a name in a sentence may stand for: its type ("product", "brand", ...) and its value.
Referent = tuple[str, str]


@dataclass(frozen=True)
class Evidence:
    """All that may be told about one item, and what its things are called."""

    item: Thing
    cause: Thing | None
    facts: tuple[Fact, ...]

    @cached_property
    def by_statement(self) -> dict[Statement, Fact]:
        """The facts by what they state."""
        return {fact.statement: fact for fact in reversed(self.facts)}

    @cached_property
    def things(self) -> dict[str, Thing]:
        """The item and the product of the deed, by external id."""
        return {thing.id: thing for thing in (self.item, self.cause) if thing is not None}

    @cached_property
    def names(self) -> dict[str, tuple[Referent, ...]]:
        """Each name that a sentence may use, and all that it may stand for."""
        found: dict[str, set[Referent]] = {}

        def add(name: str, kind: str, value: str) -> None:
            if name:
                found.setdefault(name, set()).add((kind, value))

        for thing in self.things.values():
            for name in {thing.title, self.called(thing)}:
                add(name, "product", thing.id)
            add(thing.brand, "brand", thing.brand)
            add(thing.size, "size", thing.size)
            for name in {thing.category, thing.category.lower()}:
                add(name, "category", thing.category)
        for fact in self.facts:
            one = fact.statement
            if one.kind is Kind.SHARES:
                add(one.value, one.what, one.value)
                if one.what == "category":
                    add(one.value.lower(), one.what, one.value)
            elif one.kind is Kind.WROTE:
                add(one.value, "quote", one.value)
        return {name: tuple(sorted(stands_for)) for name, stands_for in found.items()}

    def called(self, thing: Thing) -> str:
        """The short name of a product: its title without sizes, unless that tells two apart."""
        short = short_title(thing.title)
        others = [short_title(o.title) for o in self.things.values() if o.id != thing.id]
        tells_little = short.casefold() in {thing.brand.casefold(), thing.category.casefold()}
        return thing.title if tells_little or short in others else short

    @property
    def problem(self) -> str:
        """Why nothing is to be written about this item; empty where something may be."""
        for name in self.names:
            if ("quote", name) not in self.names[name] and not is_plain_name(name):
                return "name"
        for stands_for in self.names.values():
            if sum(kind == "product" for kind, _ in stands_for) > 1:
                return "ambiguous"
        told = {fact.statement.kind for fact in self.facts} - {Kind.HAS, Kind.OFFERED}
        return "" if told else "nothing"

    @property
    def records(self) -> frozenset[FactKey]:
        """The accepted facts of the graph that the evidence rests on."""
        return frozenset(key for fact in self.facts for key in fact.records)

    @property
    def titles(self) -> dict[str, str]:
        """Titles of the products by external id, as sentences about this evidence have them."""
        return {thing.id: thing.title for thing in self.things.values()}

    @cached_property
    def checksum(self) -> str:
        """Names what may be told: equal for equal facts about equally named things."""
        told = sorted([s.kind.value, s.what, s.value, list(s.products)] for s in self.by_statement)
        names = sorted((name, list(map(list, stands))) for name, stands in self.names.items())
        content = json.dumps([self.item.id, told, names], ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:32]


def short_title(title: str) -> str:
    """A title up to where sizes, shades and counts begin, if at least two words are left."""
    cut = _TAIL.search(title)
    short = title[: cut.start()].strip() if cut else title
    return short if len(short.split()) >= 2 else title


def is_plain_name(name: str) -> bool:
    """Whether a name is one: printable, short, without markup, address or praise.

    What fails is shown as titles are shown, and is neither put into a prompt nor written about.
    """
    if not name or len(name) > LONGEST_NAME or name != name.strip() or "  " in name:
        return False
    if name[-1] in ".,;:!?":
        return False
    if any(unicodedata.category(sign) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} for sign in name):
        return False
    return not any(words.search(name) for words in (_MARKUP, _ADDRESS, _PRAISE))


#: What a reviewer may be quoted with: one plain sentence about the thing.
_QUOTABLE = re.compile(r"[A-Z][A-Za-z ,'’-]{14,138}[.!]")


def quotable(sentence: str) -> bool:
    """Whether a review's sentence can stand in quotation marks without speaking to the reader."""
    return bool(_QUOTABLE.fullmatch(sentence)) and _ADDRESS.search(sentence) is None


#: What the template of an explanation says that the shopper did.
ACTIONS: Mapping[str, str] = {
    "because-bought": "bought",
    "because-liked": "liked",
    "because-rated": "rated",
    "because-in-cart": "carted",
    "because-viewed": "viewed",
}
#: Predicates between a product and something that is not one, as properties.
PROPERTIES: Mapping[str, str] = {
    "made_by": "brand",
    "in_category": "category",
    "made_of": "material",
    "used_for": "use",
    "related_to": "theme",
    "has_attribute": "attribute",
}
#: Relations between products that sentences can tell.
RELATIONS = (
    "complements",
    "substitutes",
    "bought_with",
    "bought_together",
    "also_bought",
    "also_viewed",
)
#: What a source's proposal means where one deed led to it. Sources that mix both say neither.
_SOURCE_RELATIONS: Mapping[str, str] = {
    "transitions": "chosen_with",
    "ease": "chosen_with",
    "item_knn": "chosen_with",
    "content": "similar",
    "lexical": "similar",
    "multimodal": "similar",
}
_TEMPLATE_RELATIONS: Mapping[str, str] = {
    "taken-with": "chosen_with",
    "same-shoppers": "chosen_with",
    "similar-to": "similar",
}


def evidence_of(
    item: str,
    explanation: Mapping[str, Any],
    things: Mapping[str, Thing],
    *,
    sources: Mapping[str, float] | None = None,
    reviews: Iterable[str] = (),
) -> Evidence | None:
    """The evidence behind a place of a slate, from its stored explanation and sources.

    ``things`` knows the products by external id; None where the item or the product that led to it
    is not among them. ``reviews`` are sentences of the item's own reviews.
    """
    cause_id = str(explanation.get("product") or "")
    if item not in things or (cause_id and cause_id not in things) or cause_id == item:
        return None
    thing, cause = things[item], things.get(cause_id)
    facts = [Fact(Statement(Kind.OFFERED, products=(item,)), "slate")]
    facts += _told_by_template(explanation, item, cause_id, sources or {})
    facts += _told_by_walk(explanation, item, cause_id)
    if cause is not None:
        facts += _in_common(thing, cause)
    facts += _own(thing)
    if cause is not None:
        facts += _own(cause)
    facts += [
        Fact(Statement(Kind.WROTE, value=sentence, products=(item,)), "review")
        for sentence in reviews
        if quotable(sentence)
    ][:1]
    return Evidence(thing, cause, tuple(facts))


def _told_by_template(
    explanation: Mapping[str, Any], item: str, cause: str, sources: Mapping[str, float]
) -> Iterator[Fact]:
    template = str(explanation.get("template", ""))
    action = ACTIONS.get(str(explanation.get("because") or template))
    if template == "popular":
        yield Fact(Statement(Kind.POPULAR, products=(item,)), "popular")
    elif template == "bought-before":
        times = str(int(explanation.get("times", 1)))
        yield Fact(Statement(Kind.TIMES, value=times, products=(item,)), "deed")
    if not cause:
        return
    if action:
        yield Fact(Statement(Kind.DID, action, products=(cause,)), "deed")
    if relation := _TEMPLATE_RELATIONS.get(template):
        yield Fact(Statement(Kind.LINKED, relation, products=(cause, item)), template)
    if template == "shares" and explanation.get("name"):
        by, name = str(explanation.get("by", "")), str(explanation["name"])
        yield Fact(Statement(Kind.SHARES, by, name, (cause, item)), "catalogue")
    if template in ACTIONS:
        linking = {name: part for name, part in sources.items() if name in LINKING_SOURCES}
        strongest = max(linking, key=lambda name: linking[name], default="")
        if relation := _SOURCE_RELATIONS.get(strongest):
            yield Fact(Statement(Kind.LINKED, relation, products=(cause, item)), strongest)


def _told_by_walk(explanation: Mapping[str, Any], item: str, cause: str) -> Iterator[Fact]:
    """What a walk of one or two facts says; a longer one says too much for a sentence."""
    path: Sequence[Mapping[str, Any]] = list(explanation.get("path") or ())
    if len(path) not in (2, 3) or path[0].get("product") != cause or path[-1]["product"] != item:
        return
    records = tuple(sorted(facts_of(list(path))))
    predicate = str(path[1].get("predicate", ""))
    if len(path) == 2:
        if predicate in RELATIONS:
            ends = (cause, item) if path[1].get("forward") else (item, cause)
            yield Fact(Statement(Kind.LINKED, predicate, products=ends), "graph", records)
        return
    middle, last = path[1], path[2]
    meets = middle.get("forward") and not last.get("forward")
    if meets and predicate == last.get("predicate") and not middle.get("product"):
        name = str(middle.get("name", "")).rpartition(" / ")[2]
        if predicate in PROPERTIES and name:
            shared = Statement(Kind.SHARES, PROPERTIES[predicate], name, (cause, item))
            yield Fact(shared, "graph", records)


def _in_common(one: Thing, other: Thing) -> Iterator[Fact]:
    both = (one.id, other.id)
    if one.brand and one.brand == other.brand:
        yield Fact(Statement(Kind.SHARES, "brand", one.brand, both), "catalogue")
    if one.category and one.category == other.category:
        yield Fact(Statement(Kind.SHARES, "category", one.category, both), "catalogue")
    for key, value in one.attributes:
        if (key, value) in other.attributes:
            yield Fact(Statement(Kind.SHARES, "attribute", value, both), "catalogue")


def _own(thing: Thing) -> Iterator[Fact]:
    for what in ("brand", "category", "size"):
        if value := getattr(thing, what):
            yield Fact(Statement(Kind.HAS, what, value, (thing.id,)), "catalogue")
