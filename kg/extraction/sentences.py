"""Cuts a text into the sentences that serve as evidence.

Titles are no prose: shops join phrases with stars, bars and plus signs, and a dot may belong to a
number or to "fl. oz.". So a dot ends a sentence only before a space and a capital, a digit or the
end, and not after an abbreviation that stands before a name or number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_END = re.compile(
    r"""
    [.!?]+["')\]]*(?=\s+["'(\[]?[A-Z0-9]|\s*$)   # prose
    | \s[★☆●•|*~+]+\s                            # the signs with which titles join phrases
    | [★☆●•|]+
    | [\r\n]+
    | \s--?\s
    """,
    re.VERBOSE,
)
_ABBREVIATION = re.compile(r"(?:^|\W)(?:fl|dr|st|mr|mrs|ms|no|approx|vol|vit)\.$", re.I)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence, without the space around it, in order."""
    start = 0
    for match in _END.finditer(text):
        ends_prose = match[0][0] in ".!?"
        if ends_prose and match[0] == "." and _ABBREVIATION.search(text[start : match.end()]):
            continue
        yield from _trimmed(text, start, match.end() if ends_prose else match.start())
        start = match.end()
    yield from _trimmed(text, start, len(text))


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    if stripped := piece.strip():
        start += len(piece) - len(piece.lstrip())
        yield start, start + len(stripped)
