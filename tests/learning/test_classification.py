import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support

from recommender.learning.classification import ClassificationReport


def test_a_report_by_hand():
    truths = np.array([1, 1, 1, 0, 0], np.int32)
    predicted = np.array([1, 1, 0, 1, 0], np.int32)
    report = ClassificationReport.of(truths, predicted, ("bad", "good"))
    bad, good = report.classes
    assert (good.precision, good.recall, good.support) == (2 / 3, 2 / 3, 3)
    assert (bad.precision, bad.recall, bad.f1, bad.support) == (0.5, 0.5, 0.5, 2)
    assert report.accuracy == 0.6
    assert report.f1_macro == pytest.approx((2 / 3 + 0.5) / 2)
    assert report.figures()["recall_good"] == good.recall
    lines = report.text().splitlines()
    assert lines[0].split() == ["precision", "recall", "f1", "support"]
    assert lines[2].split() == ["good", "0.6667", "0.6667", "0.6667", "3"]
    assert lines[3].split() == ["accuracy", "0.6000", "5"]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_equals_the_reference(pairs):
    truths = np.array([one for one, _ in pairs], np.int32)
    predicted = np.array([two for _, two in pairs], np.int32)
    report = ClassificationReport.of(truths, predicted, ("a", "b", "c"))
    expected = precision_recall_fscore_support(
        truths, predicted, labels=[0, 1, 2], zero_division=0.0
    )
    for number, one in enumerate(report.classes):
        np.testing.assert_allclose(
            [one.precision, one.recall, one.f1, one.support], [part[number] for part in expected]
        )


def test_nothing_cannot_be_reported():
    with pytest.raises(ValueError, match="at least one"):
        ClassificationReport.of(np.zeros(0, np.int32), np.zeros(0, np.int32), ("bad", "good"))
