"""The rules as an extractor: every family over every sentence."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from kg.extraction.protocol import TEXT_LIMIT, Mention, Text
from kg.extraction.rules.attributes import attributes
from kg.extraction.rules.complements import complements
from kg.extraction.rules.finding import Family
from kg.extraction.rules.lexicon import FOLDER
from kg.extraction.rules.materials import materials
from kg.extraction.rules.uses import uses
from kg.extraction.sentences import sentences

FAMILIES: Sequence[Family] = (attributes, materials, uses, complements)
#: Where in the shop a product stands, as catalogues tell it, says nothing of the product.
_PLACE = re.compile(r"in our .{2,60} department\b", re.IGNORECASE)
#: A reviewer may be wrong about what the shop knows.
REVIEW_DISCOUNT = 0.85


@cache
def rule_confidences() -> dict[str, float]:
    """The confidence of each rule: its precision on the labelled development half, smoothed."""
    with (FOLDER / "rule_confidences.csv").open(encoding="utf-8", newline="") as lines:
        return {row["rule"]: float(row["confidence"]) for row in csv.DictReader(lines)}


class RuleExtractor:
    """Reads facts by rules. Nothing but the text decides, so the same text gives the same facts."""

    method = "rules"

    def __init__(self, families: Sequence[Family] = FAMILIES) -> None:
        self._families = families

    def extract(self, texts: Iterable[Text]) -> Iterator[Mention]:
        """Facts in the order of the texts; one that a text states twice is given once."""
        confidences = rule_confidences()
        for text in texts:
            read = text.text[:TEXT_LIMIT]
            seen: set[tuple[str, str, str, str]] = set()
            for start, end in sentences(read):
                sentence = read[start:end]
                if _PLACE.match(sentence):
                    continue
                for family in self._families:
                    for found in family(sentence):
                        confidence = confidences[found.rule]
                        if text.kind == "review":
                            confidence *= REVIEW_DISCOUNT
                        mention = Mention(
                            text.product,
                            found.predicate,
                            found.kind,
                            found.name,
                            found.label or found.name,
                            sentence,
                            (start + found.start, start + found.end),
                            round(confidence, 4),
                            found.rule,
                            text.kind,
                        )
                        if mention.identity not in seen:
                            seen.add(mention.identity)
                            yield mention
