"""A small notation for the sentences that a language knows, and what it is read into.

``(a|b)`` is a choice, ``[a]`` may be left out, ``<rule>`` is another rule, ``{slot}`` a name, and
``~`` before an option marks what is understood and never written; the rest is words and
punctuation. A claim is a pattern that states something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from recommender.explanation.facts import Kind

#: A word, a number, one other sign; every Chinese character stands alone.
_TOKEN = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*|\d+(?:[.,]\d+)*|\S")
_NOTATION = re.compile(r"[()\[\]|~]|<[a-z-]+>|\{[a-z]+\}|[^()\[\]|<{~]+")


@dataclass(frozen=True, slots=True)
class Word:
    """One word, number or sign."""

    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a name; its own name says of what."""

    name: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A reference to a rule of the language."""

    name: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """One part after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several; an empty sequence among them means that it may be left out."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """What is understood, but not worded well enough, or not plainly enough, to be written."""

    part: Node


@dataclass(frozen=True, slots=True)
class Claim:
    """A pattern that states something.

    ``value`` and ``products`` name the slots that fill the statement; of the products "THIS" is
    the recommended one, and "IT" the one that the text named last.
    """

    kind: Kind
    what: str
    value: str
    products: tuple[str, ...]
    pattern: Node


Node = Word | Slot | Rule | Sequence | Choice | Heard | Claim
NOTHING = Sequence(())


def words_of(text: str) -> Iterator[str]:
    """The tokens of a text without names."""
    return (found.group() for found in _TOKEN.finditer(text))


def pattern(text: str) -> Node:
    """Read the notation.

    Raises:
        ValueError: brackets do not match.
    """
    pieces = _NOTATION.findall(text)
    node, rest = _choice(pieces, 0)
    if rest != len(pieces):
        raise ValueError(f"brackets do not match: {text}")
    return node


def _choice(pieces: list[str], at: int) -> tuple[Node, int]:
    options: list[Node] = []
    while True:
        parts: list[Node] = []
        heard = at < len(pieces) and pieces[at] == "~"
        at += heard
        while at < len(pieces) and pieces[at] not in {"|", ")", "]"}:
            piece = pieces[at]
            if piece in {"(", "["}:
                inner, at = _choice(pieces, at + 1)
                if at >= len(pieces) or pieces[at] != {"(": ")", "[": "]"}[piece]:
                    raise ValueError("a bracket is not closed")
                parts.append(inner if piece == "(" else Choice((inner, NOTHING)))
            elif piece[0] == "<":
                parts.append(Rule(piece[1:-1]))
            elif piece[0] == "{":
                parts.append(Slot(piece[1:-1]))
            else:
                parts += [Word(word) for word in words_of(piece)]
            at += 1
        option = parts[0] if len(parts) == 1 else Sequence(tuple(parts))
        options.append(Heard(option) if heard else option)
        if at >= len(pieces) or pieces[at] != "|":
            break
        at += 1
    return (options[0] if len(options) == 1 else Choice(tuple(options))), at


#: A claim in words: its head (kind, what, value's slot, products; "-" is nothing) and its pattern.
Written = tuple[str, str]


def claim(head: str, text: str) -> Claim:
    """A claim from its head, such as ``shares brand {brand} THIS IT``, and its pattern."""
    kind, what, value, *products = head.split()
    return Claim(
        Kind(kind),
        "" if what == "-" else what,
        "" if value == "-" else value.strip("{}"),
        tuple(one.strip("{}") for one in products),
        pattern(text),
    )


@dataclass(frozen=True)
class Language:
    """The sentences of a language. ``spaced``: whether its words are set apart by spaces."""

    code: str
    spaced: bool
    rules: Mapping[str, Node]
    #: Words for the recommended product.
    this_words: tuple[str, ...]
    #: Numbers in words, and words for how often.
    numbers: Mapping[str, str]
    often: Mapping[str, str]

    def this_tokens(self) -> list[tuple[str, ...]]:
        """The words for the recommended product, longest first."""
        return sorted((tuple(words_of(w)) for w in self.this_words), key=len, reverse=True)


def language(
    code: str,
    *,
    spaced: bool,
    rules: Mapping[str, str],
    claims: Mapping[str, tuple[Written, ...]],
    this_words: tuple[str, ...],
    numbers: Mapping[str, str],
    often: Mapping[str, str],
) -> Language:
    """A language from its notation.

    ``rules`` are patterns by name, of which ``text`` is the whole; ``claims`` are rules each of
    whose options states something.
    """
    read: dict[str, Node] = {name: pattern(text) for name, text in rules.items()}
    for name, written in claims.items():
        read[name] = Choice(tuple(claim(head, text) for head, text in written))
    return Language(code, spaced, read, this_words, numbers, often)
