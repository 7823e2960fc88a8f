"""Which products go together or replace each other, as descriptions and reviews say.

The other product is given as the text calls it; whether the catalogue has one is decided where
proposals are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kg.extraction.rules.finding import Finding
from kg.extraction.rules.negation import negated

_WELL = (
    r"(?:so\s+|very\s+|really\s+)?"
    r"(?:well|great|good|perfectly|beautifully|nicely|best|wonderfully|amazing)"
)
_OUR = r"(?:our|the|this|these|my|your|a|an|some)"
_COMPLEMENTS = re.compile(
    rf"""(?<!\w)(?:
        (?:go(?:es)?|pairs?|works?|tastes?|looks?|smells?) \s+ {_WELL} \s+ with
      | (?:go(?:es)?|pairs?|works?) \s+ (?:{_WELL}\s+)? (?:together|alongside) (?:\s+with)?
      | (?:best|great|perfect|delicious|lovely|excellent|ideal) \s+ (?:when\s+)?
        (?:used\s+|served\s+|paired\s+|worn\s+|eaten\s+)? (?:together\s+)? (?:with|alongside)
      | (?:use[ds]?|using|serve[ds]?|pair(?:ed|ing)?|combine[ds]?|follow(?:ed)?|layer(?:ed)?
          | wear | eat | enjoy)
        (?:\s+(?:it|this|them|these))? (?:\s+up)? \s+ (?:together\s+|along\s+)? (?:with|by)
        (?=\s+{_OUR}\s)
      | complements
      | (?:made|designed|intended) \s+ for \s+ use \s+ with
    )\s+(?P<other>[^.,;:!?()\[\]★•|"\n]{{2,80}})""",
    re.IGNORECASE | re.VERBOSE,
)
_SUBSTITUTES = re.compile(
    rf"""(?<!\w)(?:
        (?:an?\s+)? (?:\w+\s+)? (?:alternative|replacement|substitute|dupe) \s+ (?:to|for|of)
      | (?:replaces|replaced) (?=\s+{_OUR}\s)
      | (?:bought|buy|use|used|using|got) \s+ (?:this|it|these|them) \s+ instead \s+ of
    )\s+(?P<other>[^.,;:!?()\[\]★•|"\n]{{2,80}})""",
    re.IGNORECASE | re.VERBOSE,
)
_DETERMINER = re.compile(
    rf"^(?:{_OUR}|any|all|other|of|favou?rite|matching|new|old|usual)\s+", re.I
)
#: Where the name of the other product is over.
_OVER = re.compile(
    r"\s+(?:because|which|that|when|whenever|if|as|at|by|but|so|since|to|on|in|is|are|was|were|it|i|"
    r"we|they|you|he|she|every|each|too|also|instead|before|after|during|from|without|than|or|plus|"
    r"daily|then|now|-+)(?:\s.*|$)",
    re.IGNORECASE | re.DOTALL,
)
_NO_PRODUCT = re.compile(
    r"^(?:it|this|that|them|everything|anything|nothing|ease|care|caution|confidence|me|us|you|others?|"
    r"one|ones|each|dinner|breakfast|lunch|little|lots?|water|no|skin|hair|face|family|kids|friends)\b"
    r"|\b(?:skin|hair|types?|outfits?|styles?|needs?|life|day|night)$",
    re.IGNORECASE,
)
WORDS_AT_MOST = 8


def complements(sentence: str) -> Iterator[Finding]:
    """Products that the sentence names beside this one."""
    for predicate, pattern in (("complements", _COMPLEMENTS), ("substitutes", _SUBSTITUTES)):
        for match in pattern.finditer(sentence):
            if negated(sentence, match.start(), match.start("other")) or negated(
                sentence, match.start("other"), match.end()
            ):
                continue
            name = _product_name(match["other"])
            if not name:
                continue
            start = match.start("other") + match["other"].index(name)
            span = (match.start(), start + len(name))
            yield Finding(predicate, "product", name, *span, predicate, name)


def _product_name(words: str) -> str:
    """What the text calls the other product; empty where it names none."""
    name = _OVER.sub("", words).strip(" -–'’")
    while (shorter := _DETERMINER.sub("", name)) != name:
        name = shorter
    name = " ".join(name.split()) if name in words else name
    if not name or _NO_PRODUCT.search(name) or len(name.split()) > WORDS_AT_MOST:
        return ""
    return name if name in words else ""
