"""A second reading of shown sentences, which shares nothing with the verifier.

It knows no grammar. Names are crossed out, and then it asks the stored explanation and the
catalogue whether what the remaining words speak of is so: each word must be one of a short list,
and each telling word must have its ground. A name of the catalogue that is left over is a stranger.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from recommender.explanation.facts import Thing

#: Words that tell nothing by themselves.
_PLAIN_WORDS = """
a also and another are as at been because both brand brands by category could customers an
enjoy for found from have in interest interested into is item it just like liked listed looked
made marked may might moment most much now of one or people picked product products
right same selected shop shoppers since so suit that the them they this to together too
two was we well were what which who with you your appeal be choice chose chosen buy bought
buyers choose comes come suggest recommend popular purchased ordered added put cart rated viewed
look looks had goes pairs nicely often along similar close resembles makes share shares belong
belongs many times before once twice size reviewer wrote said shopper customer
alternative can replace take place stand used about up very
"""
_PLAIN = frozenset(_PLAIN_WORDS.split())
_WORD = re.compile(r"\w+")
_LEFT = re.compile(r"[A-Za-z][A-Za-z'’-]*|\d+(?:[.,]\d+)*")
_BOUGHT = r"(?:bought|purchased|ordered|picked up)"
_DEEDS = {
    "because-bought": rf"\byou (?:have )?{_BOUGHT}\b|\bwhich you (?:have )?{_BOUGHT}\b",
    "because-liked": r"\byou (?:have )?liked?\b",
    "because-rated": r"\byou (?:have )?rated\b",
    "because-in-cart": r"\byou (?:have )?(?:put|added)\b",
    "because-viewed": r"\byou (?:have )?(?:looked at|viewed|had a look at)\b",
}
#: Kind of company by source, and by template.
_TOGETHER = {"transitions", "ease", "item_knn"}
_ALIKE = {"content", "lexical", "multimodal"}
#: Sources that look at no single deed.
_NOT_BY_DEED = {"popular", "sequential", "sessions", "generative", "language_model", "buy_again"}


def unfounded(
    sentence: str,
    item: Thing,
    cause: Thing | None,
    explanation: Mapping[str, Any],
    sources: Mapping[str, float],
    strangers: Strangers | None = None,
) -> list[str]:
    """What the sentence speaks of without ground, in words; empty for a sound one.

    ``strangers`` knows the names of the catalogue, of which none but the two products' may occur.
    """
    text = sentence
    called = [(name, "ITEM") for name in _called(item)]
    called += [(name, "KNOWN") for name in (_called(cause) if cause is not None else ())]
    # A short form that both have tells nothing, unless it is one's whole title; and the longest
    # is crossed out first.
    times = Counter(name for name, _ in called)
    whole = {(item.title, "ITEM"), (cause.title if cause is not None else "", "KNOWN")}
    single = sorted(
        (one for one in called if one in whole or times[one[0]] == 1), key=lambda one: -len(one[0])
    )
    for name, mark in [*single, *((n, m) for m, n in _grounds(item, cause, explanation))]:
        text = _cross(text, name, mark)
    found = [f"the name {name}" for name in (strangers.within(text) if strangers else ())]
    left = set(_LEFT.findall(text)) - {"ITEM", "KNOWN", "BRAND", "CATEGORY", "SHARED"}
    found += [f"the word {word}" for word in sorted(left) if word.lower() not in _PLAIN]
    found += list(_untold(text, explanation, sources, has_cause=cause is not None))
    return found


def _called(thing: Thing) -> list[str]:
    """A product's title, whole or up to any of its commas, brackets and dashes."""
    ends = [found.start() for found in re.finditer(r"\s*[,(;|\[]|\s?[-–—]+\s?", thing.title)]
    short = [thing.title[:end].strip() for end in ends]
    telling = (name for name in short if len(name.split()) >= 2 and name != thing.brand)
    return [thing.title, *dict.fromkeys(telling)]


def _cross(text: str, name: str, mark: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", mark, text) if name else text


@dataclass(frozen=True, slots=True)
class Strangers:
    """Names of a catalogue by their first word, so that all of them can be looked for."""

    by_first: Mapping[str, tuple[str, ...]]

    def within(self, text: str) -> list[str]:
        """Those that stand in a text."""
        words = set(_WORD.findall(text))
        return [
            name
            for word in words
            for name in self.by_first.get(word, ())
            if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
        ]


def strangers_among(names: Iterable[str]) -> Strangers:
    """Names that can be told from words: with a capital that no sentence begins with."""
    found: dict[str, list[str]] = {}
    for name in set(names):
        words = _WORD.findall(name)
        if words and words[0][0].isupper() and (len(words) > 1 or words[0].lower() not in _PLAIN):
            found.setdefault(words[0], []).append(name)
    return Strangers({first: tuple(sorted(named)) for first, named in found.items()})


def _grounds(
    item: Thing, cause: Thing | None, explanation: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """What both products have, by the catalogue and by the walk; each may be named."""
    if cause is not None:
        if item.brand == cause.brand:
            yield "BRAND", item.brand
        if item.category == cause.category:
            yield "CATEGORY", item.category
        for pair in item.attributes:
            if pair in cause.attributes:
                yield "SHARED", pair[1]
    elif explanation.get("template") == "popular":
        yield "BRAND", item.brand
        yield "CATEGORY", item.category
    path = list(explanation.get("path") or ())
    if len(path) == 3 and path[1]["predicate"] == path[2]["predicate"]:
        predicate = path[1]["predicate"]
        mark = {"made_by": "BRAND", "in_category": "CATEGORY"}.get(predicate, "SHARED")
        yield mark, str(path[1].get("name", "")).rpartition(" / ")[2]


def _untold(
    text: str, explanation: Mapping[str, Any], sources: Mapping[str, float], *, has_cause: bool
) -> Iterator[str]:
    """Telling words without their ground; products and properties stand as marks in the text."""
    template = str(explanation.get("template", ""))
    deed = str(explanation.get("because") or template)
    for name, words in _DEEDS.items():
        is_told = re.search(words, text, re.IGNORECASE) is not None
        if is_told and name != deed and (template, name) != ("bought-before", "because-bought"):
            yield f"a deed that is none: {name}"
    if re.search(r"\byou (?:have )?(?!may|might|could)\w+(?: \w+)? ITEM\b", text, re.IGNORECASE):
        yield "a deed with the recommended product"
    if "KNOWN" in text and not has_cause:
        yield "a product that led nowhere"
    path = list(explanation.get("path") or ())
    direct = {str(step.get("predicate")) for step in path[1:]} if len(path) == 2 else set()
    grounds = {
        r"\b(?:goes|pairs)\b": bool(direct & {"complements"}),
        r"\b(?:replace|take the place|stand in|alternative)\b": bool(direct & {"substitutes"}),
        r"\boften\b": bool(direct & {"bought_with", "bought_together"}),
        r"\balso (?:bought|buy)\b|\bwho (?:bought|buy)\b": bool(direct & {"also_bought"}),
        r"\balso (?:looked|viewed)\b|\bwho (?:looked|viewed)\b": bool(direct & {"also_viewed"}),
        r"\bwho choo?se\b|\bchosen by\b": _went(sources, _TOGETHER, explanation),
        r"\b(?:similar|close|resembles)\b": _went(sources, _ALIKE, explanation),
        r"\b[Pp]opular\b|\b[Mm]any\b": template == "popular",
        r"\btimes\b|\bonce\b|\btwice\b": template == "bought-before",
        r"\bbrand\b|\bmade by\b|\bmakes\b": "BRAND" in text,
        r"\bcategory\b": "CATEGORY" in text,
        r"\bmarked\b|\bmade of\b|\bused for\b|\babout\b": "SHARED" in text,
    }
    for words, is_so in grounds.items():
        if re.search(words, text) and not is_so:
            yield f"no ground for {words}"


def _went(sources: Mapping[str, float], kinds: Collection[str], told: Mapping[str, Any]) -> bool:
    """Whether the deed led to the product by a source of this kind more than by any other."""
    leading = {name: part for name, part in sources.items() if name not in _NOT_BY_DEED}
    strongest = max(leading, key=lambda name: leading[name], default="")
    return not told.get("path") and strongest in kinds
