"""A mention in words, as a question of yes or no asks it: "Is this product …?"."""

from __future__ import annotations

from kg.extraction.protocol import Mention


def claim_words(mention: Mention) -> str:
    """What the mention says of the product, to stand behind "Is this product"."""
    if mention.predicate == "made_of":
        return f"made with {mention.name}"
    if mention.predicate == "used_for":
        return f"meant for {mention.name}"
    if mention.predicate == "complements":
        return f"used together with {mention.name}"
    if mention.predicate == "substitutes":
        return f"a replacement for {mention.name}"
    key, _equals, value = mention.name.partition("=")
    if value == "yes":
        return key
    phrases = {
        "size": f"{value} in size",
        "pieces": f"a set of {value}",
        "audience": f"for {value}",
    }
    return phrases.get(key, f"{value} in {key}")
