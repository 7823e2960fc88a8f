"""What a sentence claims: read completely, name by name and clause by clause, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from recommender.explanation.facts import Kind, Referent, Statement
from recommender.explanation.patterns import (
    _TOKEN,
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

#: A longer text is none of the sentences that are wanted here.
LONGEST_TEXT = 500
THIS, IT = "THIS", "IT"
#: Types of referents that fill a slot of the same name; the others are listed.
_PRODUCT_SLOTS = frozenset({"product", "this", "item"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the text, or a name with all that it may stand for."""

    text: str
    stands_for: tuple[Referent, ...] = ()


class UnreadableError(ValueError):
    """The text is none of the language's sentences; ``near`` is where reading stopped."""

    def __init__(self, near: str) -> None:
        super().__init__(near)
        self.near = near


@dataclass(frozen=True, slots=True)
class _Path:
    """A way of reading so far: the next token, slots of the claim being read, what was stated."""

    place: int
    slots: Mapping[str, str] = field(default_factory=dict)
    stated: tuple[Statement, ...] = ()


def tokens_of(text: str, names: Mapping[str, tuple[Referent, ...]]) -> list[Token]:
    """The text's tokens; at each place the longest name wins, and only as it is spelt."""
    by_length = sorted(names, key=len, reverse=True)
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        name = next((n for n in by_length if _stands_at(text, n, at)), None)
        if name is not None:
            tokens.append(Token(name, names[name]))
            at += len(name)
            continue
        found = _TOKEN.match(text, at)
        assert found is not None
        tokens.append(Token(found.group()))
        at = found.end()
    return tokens


def _stands_at(text: str, name: str, at: int) -> bool:
    """Whether the name begins here and neither end cuts a word or a number."""
    if not text.startswith(name, at):
        return False
    end = at + len(name)
    before, after = text[at - 1 : at], text[end : end + 1]
    return not (_joins(before, name[0]) or _joins(name[-1], after))


def _joins(left: str, right: str) -> bool:
    return left.isascii() and right.isascii() and left.isalnum() and right.isalnum()


def readings(
    text: str,
    language: Language,
    names: Mapping[str, tuple[Referent, ...]],
    *,
    item: str,
) -> list[tuple[Statement, ...]]:
    """Every way of reading the text, as the statements it makes; ``item`` is what "this" means.

    Raises:
        UnreadableError: there is no way to read all of it.
    """
    if len(text) > LONGEST_TEXT:
        raise UnreadableError(text[:40])
    tokens = tokens_of(text, names)
    reader = _Reader(language, tokens, item)
    found = [
        path.stated
        for path in reader.read(language.rules["text"], _Path(0))
        if path.place == len(tokens)
    ]
    if not found:
        rest = tokens[reader.furthest : reader.furthest + 6]
        raise UnreadableError(" ".join(token.text for token in rest))
    return list(dict.fromkeys(found))


class _Reader:
    def __init__(self, language: Language, tokens: list[Token], item: str) -> None:
        self.language = language
        self.tokens = tokens
        self.item = item
        self.this = language.this_tokens()
        #: How far reading came, so that a refusal can say where it stopped.
        self.furthest = 0

    def read(self, node: Node, path: _Path) -> Iterator[_Path]:
        """All ways of reading a node from here."""
        match node:
            case Word(text):
                if self._is_word(path.place, text):
                    yield self._on(path)
            case Slot(name):
                yield from self._slot(name, path)
            case Rule(name):
                yield from self.read(self.language.rules[name], path)
            case Choice(options):
                for option in options:
                    yield from self.read(option, path)
            case Heard(part):
                yield from self.read(part, path)
            case Sequence(parts):
                yield from self._sequence(parts, path)
            case Claim():
                for end in self.read(node.pattern, _Path(path.place, {}, path.stated)):
                    statement = self._statement(node, end)
                    if statement is not None:
                        yield _Path(end.place, {}, (*path.stated, statement))

    def _sequence(self, parts: tuple[Node, ...], path: _Path) -> Iterator[_Path]:
        if not parts:
            yield path
            return
        for after in self.read(parts[0], path):
            yield from self._sequence(parts[1:], after)

    def _on(self, path: _Path, steps: int = 1, slot: str = "", value: str = "") -> _Path:
        place = path.place + steps
        self.furthest = max(self.furthest, place)
        slots = {**path.slots, slot: value} if slot else path.slots
        return _Path(place, slots, path.stated)

    def _is_word(self, place: int, word: str) -> bool:
        if place >= len(self.tokens) or self.tokens[place].stands_for:
            return False
        text = self.tokens[place].text
        if self._begins_sentence(place):
            # A sentence begins with a capital, and has none where names have none.
            return text == word[:1].upper() + word[1:]
        return text == word

    def _begins_sentence(self, place: int) -> bool:
        return place == 0 or self.tokens[place - 1].text == "."

    def _slot(self, name: str, path: _Path) -> Iterator[_Path]:
        if name in {"this", "item"}:
            for words in self.this:
                places = range(path.place, path.place + len(words))
                if all(self._is_word(at, word) for at, word in zip(places, words, strict=True)):
                    yield self._on(path, len(words), "this", self.item)
        if path.place >= len(self.tokens):
            return
        token = self.tokens[path.place]
        if name in {"count", "often"}:
            known = self.language.numbers if name == "count" else self.language.often
            number = known.get(token.text, token.text if name == "count" else "")
            if number.isdecimal() and not token.stands_for:
                yield self._on(path, 1, "count", number)
            return
        kind = "product" if name in _PRODUCT_SLOTS else name
        for stands_for, value in token.stands_for:
            if stands_for == kind:
                yield self._on(path, 1, "this" if name == "item" else name, value)

    def _statement(self, node: Claim, path: _Path) -> Statement | None:
        products = []
        for one in node.products:
            product = self._product(one, path)
            if product is None:
                return None
            products.append(product)
        value = path.slots.get(node.value, "") if node.value else ""
        return Statement(node.kind, node.what, value, tuple(products))

    def _product(self, name: str, path: _Path) -> str | None:
        if name == THIS:
            return path.slots.get("this", self.item)
        if name != IT:
            return path.slots.get(name)
        named = [
            product
            for statement in path.stated
            for product in statement.products
            if product != self.item and statement.kind is not Kind.OFFERED
        ]
        return named[-1] if named else None
