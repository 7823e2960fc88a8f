"""Whether a sentence denies what a phrase in it says.

A negation reaches to the end of its clause: "not for dry skin", "free of parabens and dyes", "does
not contain alcohol, but aloe" denies the alcohol and not the aloe.
"""

from __future__ import annotations

import re

_NEGATOR = re.compile(
    r"""(?<![\w-])(?:
        no(?!\.)(?:\s+(?:added|more))? | not | non | never | without | zero | lacks
        | except(?:\s+for)?
        | cannot | \w+n['’]t | free\s+(?:of|from) | instead\s+of | rather\s+than | unlike | avoids?
        | neither | nor | contains\s+no | isnt | doesnt | dont | wont
    )(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
#: "Not only for dry skin" affirms; "no need" and "no matter" say nothing of what follows.
_AFFIRMS = re.compile(r"\s+(?:only|just|merely|to\s+mention|matter|need)\b", re.IGNORECASE)
_CLAUSE_END = re.compile(
    r"[.;:!?()\[\]★•|]|\s-+\s|(?<!\w)(?:but|yet|however|just|only)(?!\w)", re.I
)
#: "Wheat & gluten free" is free of both.
_FREE_BEHIND = re.compile(r"(?:[\s-]+|\s*(?:/|&|,|\band\b)\s*\w+[\s-]+)free(?!\w)", re.IGNORECASE)
_REACH_WORDS = 8


def negated(sentence: str, start: int, end: int) -> bool:
    """Whether what stands at ``start`` to ``end`` is denied before or after it."""
    if _FREE_BEHIND.match(sentence[end:]):
        return True
    before = sentence[:start]
    for match in reversed(list(_NEGATOR.finditer(before))):
        between = before[match.end() :]
        if _CLAUSE_END.search(between) or len(between.split()) > _REACH_WORDS:
            return False
        if _AFFIRMS.match(between):
            continue
        return between.count(",") == 0 or _list_goes_on(between)
    return False


def _list_goes_on(between: str) -> bool:
    """Whether each part between the commas is one or two words, as in a list of what is absent."""
    parts = [part.split() for part in between.split(",")]
    return all(len(part) <= 2 for part in parts[:-1]) and len(parts[-1]) <= 1
