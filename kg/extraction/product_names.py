"""Which product of the catalogue a text means by a name such as "our vanilla ice cream"."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_EMPTY = frozenset(("a", "an", "the", "of", "and", "with", "for", "in", "by", "to", "our", "s"))
#: A name of one word fits too much to be taken for a product.
_WORDS_AT_LEAST = 2


class ProductNames:
    """Finds products by the words of their titles. A name that fits several products fits none.

    Built over the whole catalogue once: a name may mean any product.
    """

    def __init__(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """``rows``: external id, title, and the brand's name or the empty word."""
        self._words: dict[str, frozenset[str]] = {}
        self._brands: dict[str, str] = {}
        self._by_word: defaultdict[str, set[str]] = defaultdict(set)
        for product, title, brand in rows:
            self._words[product] = _words(title)
            self._brands[product] = brand
            for word in self._words[product]:
                self._by_word[word].add(product)

    def find(self, name: str, *, beside: str) -> str | None:
        """The one product that ``name`` means in a text about the product ``beside``.

        The longest part of the name, from its beginning, that fits exactly one other product; one
        of the same brand goes before others.
        """
        tokens = _WORD.findall(name)
        for length in range(len(tokens), 0, -1):
            words = _words(" ".join(tokens[:length]))
            if len(words) < _WORDS_AT_LEAST:
                return None
            fitting = set.intersection(*(self._by_word.get(w, set()) for w in words)) - {beside}
            if not fitting:
                continue
            brand = self._brands.get(beside, "")
            of_brand = {p for p in fitting if brand and self._brands[p] == brand}
            chosen = of_brand or fitting
            # A shorter part of the name fits even more products.
            return next(iter(chosen)) if len(chosen) == 1 else None
        return None


def _words(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _WORD.findall(text)) - _EMPTY
