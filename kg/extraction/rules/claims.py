"""Yes-or-no claims of a label: organic, vegan, waterproof; and whom a product is for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kg.extraction.rules.finding import Finding, attribute
from kg.extraction.rules.lexicon import lexicon
from kg.extraction.rules.negation import negated

_FOR = re.compile(
    r"(?<!\w)for\s+(?P<first>{who})(?:\s*(?:,|&|and|or|/)+\s*(?:for\s+)?(?P<second>{who}))?(?!\w)".format(
        who=r"(?:(?:young\s+)?(?:wom[ae]n|m[ae]n)|girls|boys|kids|children|bab(?:y|ies)|toddlers|"
        r"teens|unisex|him|her)"
    ),
    re.IGNORECASE,
)
_WHO = {
    "woman": "women", "women": "women", "her": "women", "man": "men", "men": "men", "him": "men",
    "girls": "girls", "boys": "boys", "kids": "children", "children": "children",
    "baby": "babies", "babies": "babies", "toddlers": "toddlers", "teens": "teenagers",
    "unisex": "unisex",
}  # fmt: skip


#: Then the claim is made of an ingredient or an accessory and not of the product.
_OF_A_PART = re.compile(
    r"(?<!\w)(?:with|contain(?:s|ing)|plus|from|includes?|including|and\s+a)\s+$", re.IGNORECASE
)
_OF_A_SOURCE = re.compile(r"\s+(?:\w+\s+)?(?:source|ingredients?\s+only)\b", re.IGNORECASE)


def claims(sentence: str) -> Iterator[Finding]:
    """What the label claims, and the audience that it names."""
    for hit in lexicon("claims").find(sentence):
        if _OF_A_PART.search(sentence[: hit.start]) or _OF_A_SOURCE.match(sentence[hit.end :]):
            continue
        if not negated(sentence, hit.start, hit.end):
            yield attribute(hit.entry.name, "yes", hit.start, hit.end, "claim")
    for match in _FOR.finditer(sentence):
        if negated(sentence, *match.span()):
            continue
        for group in ("first", "second"):
            if match[group]:
                who = _WHO[match[group].casefold().split()[-1]]
                yield attribute("audience", who, *match.span(), "audience")
