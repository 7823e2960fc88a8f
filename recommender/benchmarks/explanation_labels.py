"""What a reader said of sentences: whether they are true to their evidence and well formed."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recommender.explanation.facts import Evidence, Thing, evidence_of
from recommender.explanation.languages import LANGUAGES
from recommender.explanation.verifier import verify

#: Sentences with their evidence, for the verifier.
VERIFIER_FILE = "explanation_verifier.json"
#: Accepted sentences of the benchmark's own runs.
READ_FILE = "explanation_read.csv"
#: A sentence and the checksum of its evidence.
ReadKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """A sentence, what it is about, whether all of it is so, and how it was made."""

    evidence: Evidence
    text: str
    is_sound: bool
    how: str


def labelled_sentences(path: Path) -> list[LabelledSentence]:
    """The sentences for the verifier, in the file's order.

    Raises:
        FileNotFoundError, ValueError: there is no file, or a sentence has no evidence.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    known = {name: _evidence(world) for name, world in content["evidences"].items()}
    found = []
    for number, row in enumerate(content["sentences"], start=1):
        if row["evidence"] not in known or not isinstance(row["label"], bool):
            raise ValueError(f"{path.name}, sentence {number}: no such evidence, or no label")
        found.append(
            LabelledSentence(known[row["evidence"]], row["text"], row["label"], row["how"])
        )
    return found


def _evidence(world: Mapping[str, Any]) -> Evidence:
    things = {
        row["id"]: Thing(
            row["id"],
            row["title"],
            row["brand"],
            row["category"],
            tuple((key, value) for key, value in row["attributes"]),
            row["size"],
        )
        for row in world["things"]
    }
    found = evidence_of(
        world["item"],
        world["explanation"],
        things,
        sources=world["sources"],
        reviews=world["reviews"],
    )
    if found is None or found.problem:
        raise ValueError(f"nothing is to be told about {world['item']!r}")
    return found


def verifier_figures(sentences: Sequence[LabelledSentence]) -> dict[str, float]:
    """Precision and recall of what the verifier accepts, against the labels."""
    counts = Counter(
        (one.is_sound, verify(one.text, one.evidence, LANGUAGES["en"]).accepted)
        for one in sentences
    )
    right, wrong = counts[True, True], counts[False, True]
    return {
        "verifier.precision": right / max(1, right + wrong),
        "verifier.recall": right / max(1, right + counts[True, False]),
        "verifier.accepted": float(right + wrong),
        "verifier.sentences": float(len(sentences)),
        "verifier.spoiled": float(counts[False, True] + counts[False, False]),
    }


def accepted_by_kind(sentences: Sequence[LabelledSentence]) -> list[tuple[str, int, int]]:
    """How each kind was made, how many there are and how many of them were accepted."""
    total, accepted = Counter[str](), Counter[str]()
    for one in sentences:
        total[one.how] += 1
        accepted[one.how] += verify(one.text, one.evidence, LANGUAGES["en"]).accepted
    return [(how, number, accepted[how]) for how, number in total.most_common()]


def read_labels(path: Path) -> dict[ReadKey, bool]:
    """Which accepted sentences a reader found true and well formed; none without a file."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for number, row in enumerate(rows, start=2):
        if row["label"] not in {"good", "bad"}:
            raise ValueError(f"{path.name}, line {number}: the label is neither good nor bad")
    return {(row["sentence"], row["evidence"]): row["label"] == "good" for row in rows}
