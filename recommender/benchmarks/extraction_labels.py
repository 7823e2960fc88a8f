"""The hand-labelled facts, cut in two halves by seed, and the arithmetic of small samples."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kg.extraction.protocol import Extractor, Mention, Text

#: 97.5 % point of the normal distribution.
Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Label:
    """Whether a passage states a fact, as a person read it; ``method`` is the rule behind it."""

    evidence: str
    predicate: str
    object: str
    true: bool
    method: str

    @property
    def mention(self) -> Mention:
        """The labelled fact as an extractor would give it, with no confidence of its own."""
        kind, _colon, name = self.object.partition(":")
        span = (0, len(self.evidence))
        return Mention(
            "", self.predicate, kind, name, name, self.evidence, span, 0.5, self.method
        )  # fmt: skip


def labels_read(path: Path) -> list[Label]:
    """Labels in the file's order.

    Raises:
        FileNotFoundError, ValueError: there is no file, or a line is wrong.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        labels = []
        for number, row in enumerate(csv.DictReader(lines), start=2):
            if row["label"] not in {"true", "false"} or ":" not in row["object"]:
                raise ValueError(f"{path.name}, line {number}: not a label")
            labels.append(
                Label(
                    row["evidence"],
                    row["predicate"],
                    row["object"],
                    row["label"] == "true",
                    row["method"],
                )
            )
    return labels


def halves(labels: Sequence[Label], seed: int) -> tuple[list[Label], list[Label]]:
    """The half to work with and the half to report; all labels of a passage fall in one."""

    def is_test(label: Label) -> bool:
        return hashlib.sha256(f"{seed}:{label.evidence}".encode()).digest()[0] % 2 == 1

    return [x for x in labels if not is_test(x)], [x for x in labels if is_test(x)]


def found_by(extractor: Extractor, labels: Sequence[Label]) -> dict[Label, Mention]:
    """The labelled facts that an extractor finds in their passages."""
    passages = list(dict.fromkeys(label.evidence for label in labels))
    texts = [Text(str(number), "title", passage) for number, passage in enumerate(passages)]
    mentions = {
        (passages[int(m.product)], m.predicate, f"{m.kind}:{m.name}"): m
        for m in extractor.extract(texts)
    }
    keys = {label: (label.evidence, label.predicate, label.object) for label in labels}
    return {label: mentions[key] for label, key in keys.items() if key in mentions}


def wilson(right: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share by Wilson's score (E. B. Wilson, 1927); 0..1 for no cases."""
    if total == 0:
        return 0.0, 1.0
    share = right / total
    spread = Z95 * math.sqrt(share * (1 - share) / total + Z95**2 / (4 * total**2))
    centre = share + Z95**2 / (2 * total)
    scale = 1 + Z95**2 / total
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def auc(scores: Sequence[float], truths: Sequence[bool]) -> float:
    """How often a true case scores above a false one; ties count half. NaN where one is missing."""
    right = [score for score, true in zip(scores, truths, strict=True) if true]
    wrong = [score for score, true in zip(scores, truths, strict=True) if not true]
    if not right or not wrong:
        return math.nan
    above = sum((r > w) + 0.5 * (r == w) for r in right for w in wrong)
    return above / (len(right) * len(wrong))
