"""What an extractor reads and what it gives: texts in, mentions with their evidence out.

Plain data: nothing here knows Django or torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

TextKind = Literal["title", "description", "review"]

#: Nobody writes a description this long; what is beyond is not read.
TEXT_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Text:
    """Something that was written about a product, named by its external id."""

    product: str
    kind: TextKind
    text: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A fact that a text states.

    ``name`` is what stands behind the kind in the object's key (``size=8 oz``, ``argan oil``); of
    a product it is what the text calls it, still to be found in the catalogue. ``label`` is the
    object's readable name. ``span`` are the offsets in the text of the words that say it;
    ``evidence`` is the sentence around them, a part of the text. ``confidence`` lies in 0..1.
    """

    product: str
    predicate: str
    kind: str
    name: str
    label: str
    evidence: str
    span: tuple[int, int]
    confidence: float
    method: str
    text_kind: TextKind = "title"

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What is stated, whoever states it."""
        return self.product, self.predicate, self.kind, self.name


class Extractor(Protocol):
    """Reads facts from texts."""

    #: Name of the method, as mentions and measurements carry it.
    method: str

    def extract(self, texts: Iterable[Text]) -> Iterator[Mention]:
        """Every fact that the texts state, in their order; never raises for what they contain."""
