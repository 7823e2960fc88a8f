"""The classification report: precision, recall and F1 of every class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recommender.contracts import Ints


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class. Precision, recall and F1 are zero where nothing was found or is there."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class ClassificationReport:
    """All classes and what is said of them together; ``f1_macro`` is the mean of their F1."""

    classes: tuple[ClassFigures, ...]
    accuracy: float
    f1_macro: float

    @classmethod
    def of(cls, truths: Ints, predicted: Ints, labels: Sequence[str]) -> ClassificationReport:
        """Compare two arrays of class numbers of one length, at least one long."""
        if not len(truths) or truths.shape != predicted.shape:
            raise ValueError("a report needs as many predictions as truths, and at least one")
        figures = []
        for number, label in enumerate(labels):
            hits = int(((truths == number) & (predicted == number)).sum())
            found, there = int((predicted == number).sum()), int((truths == number).sum())
            figures.append(
                ClassFigures(
                    label,
                    hits / found if found else 0.0,
                    hits / there if there else 0.0,
                    2 * hits / (found + there) if found + there else 0.0,
                    there,
                )
            )
        accuracy = float((truths == predicted).mean())
        return cls(tuple(figures), accuracy, sum(one.f1 for one in figures) / len(figures))

    def figures(self) -> dict[str, float]:
        """Flat names for logs: ``accuracy``, ``f1_macro``, ``precision_good`` and so on."""
        flat = {"accuracy": self.accuracy, "f1_macro": self.f1_macro}
        for one in self.classes:
            flat |= {
                f"precision_{one.label}": one.precision,
                f"recall_{one.label}": one.recall,
                f"f1_{one.label}": one.f1,
                f"support_{one.label}": float(one.support),
            }
        return flat

    def text(self) -> str:
        """A table for a terminal."""
        lines = [f"{'':<10}{'precision':>11}{'recall':>9}{'f1':>9}{'support':>9}"]
        lines += [
            f"{one.label:<10}{one.precision:>11.4f}{one.recall:>9.4f}{one.f1:>9.4f}{one.support:>9}"
            for one in self.classes
        ]
        total = sum(one.support for one in self.classes)
        lines.append(f"{'accuracy':<10}{'':>11}{'':>9}{self.accuracy:>9.4f}{total:>9}")
        lines.append(f"{'macro':<10}{'':>11}{'':>9}{self.f1_macro:>9.4f}{total:>9}")
        return "\n".join(lines)
