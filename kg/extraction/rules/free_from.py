"""What a product does without: "paraben-free", "free of dyes", "no SLS", "without alcohol".

Each absent substance is an attribute of its own, ``paraben-free=yes``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from kg.extraction.rules.finding import Finding, attribute
from kg.extraction.rules.lexicon import lexicon
from kg.extraction.rules.negation import negated

_JOIN = r"(?:\s*(?:,|/|&|\+)\s*|\s+)(?:(?:and|or|nor|no|&)\s+)?(?:(?:added|artificial|harsh)\s+)?"


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    substance = lexicon("absent").pattern
    behind = rf"(?<![\w-])(?P<list>{substance}(?:{_JOIN}{substance})*)[\s-]+free(?![\w-])"
    before = (
        r"(?<![\w-])(?:free\s+(?:of|from)|no|without|zero|contains\s+no)\s+"
        r"(?:(?:any|added|artificial|harsh)\s+)?"
        rf"(?P<list>{substance}(?:{_JOIN}{substance})*)(?!\w)"
    )
    return re.compile(behind, re.IGNORECASE), re.compile(before, re.IGNORECASE)


#: "Free" before one of these is a present and no absence: "face oil free gift".
_PRESENT = re.compile(r"\s+(?:gift|sample|shipping|case|bag|e-?book|bonus|with|w/|trial)", re.I)


def free_from(sentence: str) -> Iterator[Finding]:
    """One finding for each substance that is said to be absent."""
    behind, before = _patterns()
    for pattern in (behind, before):
        for match in pattern.finditer(sentence):
            if pattern is behind and _PRESENT.match(sentence[match.end() :]):
                continue
            if negated(sentence, *match.span()):
                continue
            for hit in lexicon("absent").find(match["list"]):
                key = f"{hit.entry.name}-free"
                yield attribute(key, "yes", *match.span(), "free_from")
