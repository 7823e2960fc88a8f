"""How well a model answers the probes, and how it spreads what it shows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from recommender.contracts import Floats, History, Ints, Longs
from recommender.learning.lifelong.probes import Probe
from recommender.learning.rank_cases import BATCH, Barred
from recommender.policy.novelty import recently_bought
from recommender.ranking.model import BlendedModel

Reals = npt.NDArray[np.float64]

#: Places of a list that are looked at.
PLACES = 10


@dataclass(frozen=True, slots=True)
class ProbeFigures:
    """What each case of a probe gained: 1 / log2(rank + 2) on the list, else 0; shape (cases,)."""

    gains: Reals

    def __len__(self) -> int:
        return len(self.gains)

    @property
    def hr_at_10(self) -> float:
        """Share of the cases whose item is on the list."""
        return float(np.mean(self.gains > 0)) if len(self) else 0.0

    @property
    def ndcg_at_10(self) -> float:
        """Mean gain; with one item per case this is the NDCG."""
        return float(np.mean(self.gains)) if len(self) else 0.0

    @property
    def ndcg_error(self) -> float:
        """Standard error of the mean gain."""
        return standard_error(self.gains)

    def as_json(self) -> dict[str, float | None]:
        """The figures without the single cases; a single case has no standard error."""
        return {
            "cases": len(self),
            "hr_at_10": round(self.hr_at_10, 6),
            "ndcg_at_10": round(self.ndcg_at_10, 6),
            "ndcg_error": round(self.ndcg_error, 6) if len(self) > 1 else None,
        }


@dataclass(frozen=True, slots=True)
class Shown:
    """How what is shown spreads over the catalogue.

    ``most_shown`` is the external id of the product that most lists hold, ``top_share`` the share
    of lists that hold it, ``products`` how many are on any list, ``coverage`` their share of the
    catalogue, ``gini`` how unequally the places go to all products (0 equally, towards 1 to one).
    """

    lists: int = 0
    most_shown: str = ""
    top_share: float = 0.0
    products: int = 0
    coverage: float = 0.0
    gini: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """All figures by name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A model's answers to probes by name; two evaluations of the same probes can be paired."""

    probes: Mapping[str, ProbeFigures]
    shown: Shown = Shown()

    def figures(self) -> dict[str, Any]:
        """What a person looks at: figures by probe, and the spread."""
        probes = {name: figures.as_json() for name, figures in self.probes.items()}
        return {"probes": probes, "shown": self.shown.as_json()}

    def save(self, path: Path) -> None:
        """Write everything, single cases too, under a passing name first."""
        gains = {name: figures.gains.tolist() for name, figures in self.probes.items()}
        partial = path.with_name(f".{path.name}.partial")
        partial.write_text(json.dumps({"gains": gains, "shown": self.shown.as_json()}))
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote; raises OSError, KeyError, TypeError or ValueError."""
        stored = json.loads(path.read_text())
        probes = {
            name: ProbeFigures(np.asarray(gains, np.float64))
            for name, gains in stored["gains"].items()
        }
        return cls(probes, Shown(**stored["shown"]))


def evaluated(
    model: BlendedModel, probes: Sequence[Probe], *, barred: Barred = recently_bought
) -> Evaluation:
    """Ask a model the probes, as its shoppers would be served: blend, ranker, nothing ``barred``.

    Cases that several probes share are scored once. An item that the model does not know is never
    on its list, and histories are read without such items, so that models that know different
    items can be asked the same.
    """
    places: dict[tuple[int, int], int] = {}
    histories: list[History] = []
    targets: list[int] = []
    cases: dict[str, Longs] = {}
    for probe in probes:
        known = _positions(probe, model)
        own = np.empty(len(probe), np.int64)
        for case, (history, target) in enumerate(
            zip(probe.holdout.histories, probe.holdout.targets.tolist(), strict=True)
        ):
            key = (id(history), target)
            if key not in places:
                places[key] = len(histories)
                histories.append(history if known is None else _translated(history, known))
                targets.append(target if known is None else int(known[target]))
            own[case] = places[key]
        cases[probe.name] = own
    lists = _lists(model, histories, barred)
    gains = list_gains(lists, np.array(targets, np.int64))
    return Evaluation(
        {name: ProbeFigures(gains[own]) for name, own in cases.items()},
        shown_of(lists, model.items.ids),
    )


def _positions(probe: Probe, model: BlendedModel) -> Longs | None:
    """Where the model has the probe's items, -1 for unknown ones; None where as in the probe."""
    ids = model.items.ids
    if not probe.items or probe.items is ids or probe.items == ids[: len(probe.items)]:
        return None
    return np.array([model.positions.get(item, -1) for item in probe.items], np.int64)


def _translated(history: History, known: Longs) -> History:
    items = known[history.items]
    here = items >= 0
    return History(
        items[here].astype(np.int32), history.weights[here], history.times[here], history.now
    )


def _lists(model: BlendedModel, histories: Sequence[History], barred: Barred) -> Ints:
    """The items of each history's list, best first, -1 where it is shorter; (cases, PLACES)."""
    lists = np.full((len(histories), PLACES), -1, np.int32)
    for start in range(0, len(histories), BATCH):
        asked = histories[start : start + BATCH]
        scores = model.scores(asked, model.weights.sources)
        for row, history in enumerate(asked):
            scored = {name: score[row : row + 1] for name, score in scores.items()}
            found = model.candidates(history, PLACES, barred(history), scored=scored)
            lists[start + row, : len(found)] = [candidate.item for candidate in found]
    return lists


def list_gains(lists: Ints, targets: Longs) -> Reals:
    """1 / log2(rank + 2) where a list holds its target, else 0, shape (cases,)."""
    hits = (lists == targets[:, None]) & (targets >= 0)[:, None]
    discounts: Reals = 1.0 / np.log2(np.arange(lists.shape[1]) + 2.0)
    gains: Reals = (hits * discounts).sum(axis=1)
    return gains


def shown_of(lists: Ints, items: Sequence[str]) -> Shown:
    """The spread of lists over a catalogue; -1 stands for an empty place."""
    counts = np.bincount(lists[lists >= 0], minlength=len(items))
    if not counts.sum():
        return Shown(lists=len(lists))
    most = int(np.argmax(counts))
    products = int((counts > 0).sum())
    return Shown(
        lists=len(lists),
        most_shown=items[most],
        top_share=float(counts[most] / len(lists)),
        products=products,
        coverage=products / len(items),
        gini=gini(counts),
    )


def gini(counts: npt.NDArray[np.integer] | Floats) -> float:
    """Gini coefficient of how counts spread: 0 where all are equal, (n - 1) / n where one has all.

    The mean absolute difference over twice the mean, from the sorted counts.
    """
    ordered = np.sort(np.asarray(counts, np.float64))
    total = ordered.sum()
    if not total:
        return 0.0
    size = len(ordered)
    ranks = np.arange(1, size + 1)
    return float(((2 * ranks - size - 1) * ordered).sum() / (size * total))


def standard_error(values: Reals) -> float:
    """Standard error of a mean; infinite for fewer than two values."""
    if len(values) < 2:
        return float("inf")
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))
