"""What is fitted on the development half: the rules' confidences, and the weight of the model."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from kg.extraction.rules.extractor import rule_confidences
from kg.extraction.verification import Verifier
from recommender.benchmarks.extraction_labels import Label

#: Labels that the mean of all rules counts for in each rule's own mean.
PRIOR_LABELS = 4
#: With fewer labels a rule keeps the confidence that it was given by hand.
LABELS_AT_LEAST = 3
MOST = 0.97
#: Strength of the ridge on the weights: few of the labels are false.
RIDGE = 1.0
#: Where the model adds nothing.
RULES_ALONE = Verifier(rule=1.0, score=0.0, offset=0.0, least=0.0)


def fitted_confidences(labels: Sequence[Label]) -> dict[str, float]:
    """The precision of each rule as its labels were drawn, drawn towards the mean of all."""
    total = Counter(label.method for label in labels)
    right = Counter(label.method for label in labels if label.true)
    mean = sum(right.values()) / max(1, len(labels))
    fitted = dict(rule_confidences())
    for rule, count in total.items():
        if rule in fitted and count >= LABELS_AT_LEAST:
            value = (right[rule] + PRIOR_LABELS * mean) / (count + PRIOR_LABELS)
            fitted[rule] = round(min(value, MOST), 3)
    return fitted


def fitted_verifier(
    confidences: Sequence[float], scores: Sequence[float], truths: Sequence[bool]
) -> Verifier:
    """Logistic regression with a ridge on how far it leaves the rule's own odds.

    A model that is wrong more often than right is ignored, not believed the other way round: the
    rule's word then stands as it is. The bound is where F1 on these labels is highest.
    """
    odds = np.array([math.log(c / (1 - c)) for c in confidences])
    design = np.column_stack([odds, np.array(scores), np.ones(len(odds))])  # (labels, 3)
    target = np.array(truths, float)
    start = np.array([1.0, 0.0, 0.0])
    weights = _newton(design, target, start)
    if weights[1] <= 0:
        return RULES_ALONE
    believed = 1 / (1 + np.exp(-design @ weights))
    least = _best_bound(believed, target)
    rule, score, offset = (round(float(weight), 4) for weight in weights)
    return Verifier(rule, score, offset, round(least, 4))


def _newton(design: np.ndarray, target: np.ndarray, start: np.ndarray) -> np.ndarray:
    weights = start.copy()
    for _step in range(50):
        chance = 1 / (1 + np.exp(-design @ weights))
        slope = design.T @ (target - chance) - RIDGE * (weights - start)
        curve = (design * (chance * (1 - chance))[:, None]).T @ design
        move = np.linalg.solve(curve + RIDGE * np.eye(len(weights)), slope)
        weights = weights + move
        if np.abs(move).max() < 1e-9:
            break
    return weights


def _best_bound(believed: np.ndarray, target: np.ndarray) -> float:
    """The lowest of the bounds with the highest F1."""
    best, best_f1 = 0.0, -1.0
    for bound in [0.0, *sorted(set(believed.tolist()))]:
        kept = believed >= bound
        right = float(target[kept].sum())
        f1 = 2 * right / (kept.sum() + target.sum())
        if f1 > best_f1 + 1e-12:
            best, best_f1 = float(bound), f1
    return best


def write(
    folder: Path, confidences: Mapping[str, float], verifiers: Mapping[str, Verifier]
) -> list[Path]:
    """Keep what was fitted where the extractors look; models measured before keep their weights."""
    rules = folder / "rule_confidences.csv"
    with rules.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("rule", "confidence"))
        writer.writerows(confidences.items())
    if not verifiers:
        return [rules]
    path = folder / "verifier.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    known |= {model: asdict(verifier) for model, verifier in verifiers.items()}
    path.write_text(json.dumps(known, indent=1) + "\n")
    return [rules, path]
