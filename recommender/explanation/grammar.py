"""What may be written about one item: the language cut down to its evidence.

From it come a grammar for decoding (GBNF, as llama.cpp reads it), the number of wordings, and the
wordings themselves. Every one of them can be read back and states facts of the evidence only.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from recommender.explanation.facts import Evidence, Fact, Kind, Statement
from recommender.explanation.patterns import (
    NOTHING,
    Choice,
    Claim,
    Heard,
    Language,
    Node,
    Rule,
    Sequence,
    Slot,
    Word,
)

#: Slots that stand for the recommended product: as a subject it is only pointed at, since a title
#: may be one thing or many and the verb would have to know.
POINTED, NAMED = "this", "item"
#: The rule for sentences that tell a deed alone.
BARE = "bare"
_CLOSE_BEFORE = frozenset(",.;:!?”’)，。；：！？」》")
_CLOSE_AFTER = frozenset("“‘(「《")


class _Place(Enum):
    """Where a word stands, which decides its capital and the space before it."""

    BEGIN = "begin"
    SENTENCE = "sentence"
    INNER = "inner"
    TIGHT = "tight"


@dataclass(slots=True)
class _Writer:
    """Cuts a language down to what one evidence supports."""

    language: Language
    evidence: Evidence

    def node(self, node: Node, place: _Place, fact: Fact | None = None) -> Node | None:
        """The node with names filled in; None where the evidence supports none of it."""
        match node:
            case Word(text):
                return self._word(text, place)
            case Slot(name):
                return self._names(name, place, fact)
            case Rule(name):
                if name == BARE and self._has_more_to_tell():
                    return None
                return self.node(self.language.rules[name], place)
            case Heard():
                return None
            case Choice(options):
                return self._choice([self.node(o, place, fact) for o in options])
            case Sequence(parts):
                return self._sequence(parts, place, fact)
            case Claim():
                known = [fact for fact in self.evidence.facts if self._is_about(node, fact)]
                return self._choice([self.node(node.pattern, place, one) for one in known])

    def _is_about(self, claim: Claim, fact: Fact) -> bool:
        """Whether a fact is what the claim states, with the products in the claim's places."""
        one = fact.statement
        if (one.kind, one.what) != (claim.kind, claim.what):
            return False
        wanted = [
            self.evidence.item.id if name == "THIS" else self._cause() for name in claim.products
        ]
        stated = Statement(claim.kind, claim.what, one.value, tuple(wanted))
        return "" not in wanted and stated == one

    def _has_more_to_tell(self) -> bool:
        return any(f.statement.kind in (Kind.LINKED, Kind.SHARES) for f in self.evidence.facts)

    def _cause(self) -> str:
        return "" if self.evidence.cause is None else self.evidence.cause.id

    def _word(self, text: str, place: _Place) -> Word:
        if place in (_Place.BEGIN, _Place.SENTENCE):
            text = text[:1].upper() + text[1:]
        is_close = place in (_Place.BEGIN, _Place.TIGHT) or text in _CLOSE_BEFORE
        return Word(text if is_close or not self.language.spaced else " " + text)

    def _names(self, name: str, place: _Place, fact: Fact | None) -> Node | None:
        evidence = self.evidence
        if name in (POINTED, NAMED):
            words = [self._phrase(words, place) for words in self.language.this_words]
            called = [self._name(evidence.called(evidence.item), place)] if name == NAMED else []
            return self._choice([*words, *called])
        if fact is None:
            return None
        if name == "product":
            cause = evidence.cause
            return None if cause is None else self._name(evidence.called(cause), place)
        value = fact.statement.value
        if name == "count":
            words_for = [word for word, n in self.language.numbers.items() if n == value]
            return self._choice([self._word(w, place) for w in (*words_for, value)])
        if name == "often":
            found = [word for word, n in self.language.often.items() if n == value]
            return self._choice([self._word(word, place) for word in found])
        return self._name(value, place)

    def _phrase(self, words: str, place: _Place) -> Word:
        """Several words that belong together."""
        first = self._word(words[:1], place).text
        return Word(first + words[1:])

    def _name(self, name: str, place: _Place) -> Word:
        tight = place in (_Place.BEGIN, _Place.TIGHT) or not self.language.spaced
        return Word(name if tight else " " + name)

    def _choice(self, options: list[Node | None]) -> Node | None:
        left = [option for option in options if option is not None]
        if not left or all(option == NOTHING for option in left):
            return NOTHING if left else None
        return left[0] if len(left) == 1 else Choice(tuple(dict.fromkeys(left)))

    def _sequence(self, parts: tuple[Node, ...], place: _Place, fact: Fact | None) -> Node | None:
        written: list[Node] = []
        for part in parts:
            node = self.node(part, place, fact)
            if node is None:
                return None
            if node != NOTHING:
                written.append(node)
                place = _Place.INNER
            if isinstance(part, Word) and part.text == ".":
                place = _Place.SENTENCE
            elif isinstance(part, Word) and part.text in _CLOSE_AFTER:
                place = _Place.TIGHT
        return written[0] if len(written) == 1 else Sequence(tuple(written))


def writable(evidence: Evidence, language: Language) -> Node | None:
    """All that may be written about the evidence; None where there is nothing."""
    if evidence.problem:
        return None
    return _Writer(language, evidence).node(language.rules["text"], _Place.BEGIN)


def gbnf(evidence: Evidence, language: Language) -> str | None:
    """The grammar for decoding; None where nothing can be written."""
    whole = writable(evidence, language)
    if whole is None:
        return None
    rules: dict[Node, str] = {}
    lines: list[str] = []

    def term(node: Node) -> str:
        if isinstance(node, Word):
            escaped = node.text.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
        if node not in rules:
            rules[node] = f"r{len(rules)}"
            lines.append(f"{rules[node]} ::= {body(node)}")
        return rules[node]

    def body(node: Node) -> str:
        if isinstance(node, Choice):
            options = [option for option in node.options if option != NOTHING]
            choice = " | ".join(term(option) for option in options)
            return f"({choice})?" if len(options) < len(node.options) else choice
        assert isinstance(node, Sequence)
        return " ".join(term(part) for part in node.parts)

    root = term(whole)
    return "\n".join([f"root ::= {root}", *lines])


def wordings_count(node: Node) -> int:
    """How many ways of writing there are."""
    if isinstance(node, Choice):
        return sum(wordings_count(option) for option in node.options)
    if isinstance(node, Sequence):
        ways = 1
        for part in node.parts:
            ways *= wordings_count(part)
        return ways
    return 1


def wordings(node: Node) -> Iterator[str]:
    """Every way of writing; there may be many thousands."""
    if isinstance(node, Word):
        yield node.text
    elif isinstance(node, Choice):
        for option in node.options:
            yield from wordings(option)
    elif isinstance(node, Sequence):
        if not node.parts:
            yield ""
            return
        first, *rest = node.parts
        for beginning in wordings(first):
            for end in wordings(Sequence(tuple(rest))):
                yield beginning + end


def wording_drawn(node: Node, draw: random.Random) -> str:
    """One way of writing, drawn choice by choice."""
    if isinstance(node, Choice):
        return wording_drawn(draw.choice(node.options), draw)
    if isinstance(node, Sequence):
        return "".join(wording_drawn(part, draw) for part in node.parts)
    assert isinstance(node, Word)
    return node.text
