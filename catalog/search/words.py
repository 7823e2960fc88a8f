"""From what somebody types to words that either database can look up."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

#: Characters of a query that are read, and words that are looked up.
QUERY_LIMIT = 200
WORD_LIMIT = 12

_WORD = re.compile(r"[^\W_]+")
#: Words that nearly every description holds and that say nothing of a product.
_EMPTY = frozenset(
    {"a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"}
)


@dataclass(frozen=True, slots=True)
class Words:
    """A query as alternatives: of each inner tuple one form must occur, the last as a beginning.

    Every form consists of letters and digits alone, so that none can be read as an operator.
    """

    forms: tuple[tuple[str, ...], ...]

    def __bool__(self) -> bool:
        return bool(self.forms)


def words_read(query: str) -> Words:
    """The words of a query in small letters, each in singular and plural.

    Accents stay: each index removes them the way it did from the text it holds.
    """
    found = _WORD.findall(unicodedata.normalize("NFC", query[:QUERY_LIMIT]).lower())[:WORD_LIMIT]
    # The last word may be the beginning of another one: "the" may become "thermal".
    kept = [word for word in found[:-1] if word not in _EMPTY] + found[-1:]
    return Words(tuple(_forms(word) for word in kept))


def _forms(word: str) -> tuple[str, ...]:
    """A word with its English singular and plural; a wrong form just matches nothing."""
    forms = [word]
    if word.isascii() and word.isalpha() and len(word) > 3:
        if word.endswith("ies"):
            forms.append(word[:-3] + "y")
        elif word.endswith(("ches", "shes", "sses", "xes", "zes")):
            forms.append(word[:-2])
        elif word.endswith("s") and not word.endswith("ss"):
            forms.append(word[:-1])
        elif word.endswith("y") and word[-2] not in "aeiou":
            forms.append(word[:-1] + "ies")
        elif word.endswith(("ch", "sh", "ss", "x", "z")):
            forms.append(word + "es")
        else:
            forms.append(word + "s")
    return tuple(forms)
