"""The report of the lifelong benchmark: figures, tables and what has to be said beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

import numpy as np

from recommender.benchmarks.report import Cell, Table
from recommender.learning.lifelong import LIFELONG_METHODS

METRICS: Final = ("recall_at_20", "mrr_at_20", "recall_at_10", "mrr_at_10")
#: Mean over the 16 periods as published with ADER (RecSys 2020), in the order of METRICS.
PUBLISHED: Final[Mapping[str, Sequence[tuple[str, float, float, float, float]]]] = {
    "diginetica": (
        ("ADER, 30,000 exemplars", 50.21, 17.32, 37.52, 16.45),
        ("Joint, retrained on all history", 50.03, 17.31, 37.27, 16.43),
        ("Dropout", 49.07, 16.86, 36.53, 16.00),
        ("EWC", 47.66, 16.28, 35.48, 15.44),
        ("Finetune", 47.28, 16.01, 35.00, 15.16),
    )
}


class Measured(Protocol):
    """A method on one period."""

    @property
    def period(self) -> int: ...
    @property
    def metrics(self) -> Mapping[str, float]: ...
    @property
    def cases(self) -> int: ...
    @property
    def update_cpu_seconds(self) -> float: ...
    @property
    def update_seconds(self) -> float: ...
    @property
    def test_seconds(self) -> float: ...
    @property
    def stored_bytes(self) -> int: ...


class MeasuredMethod(Protocol):
    """A method on all periods."""

    name: str
    share: float

    @property
    def periods(self) -> Sequence[Measured]: ...
    @property
    def training_seconds(self) -> float: ...
    def mean(self, metric: str) -> float: ...


def figures_of(results: Sequence[MeasuredMethod]) -> dict[str, float]:
    """``<method>.<metric>``, seconds and memory of an update, and ``cost_ratio``."""
    figures: dict[str, float] = {}
    for one in results:
        figures |= {f"{one.name}.{metric}": one.mean(metric) for metric in METRICS}
        figures[f"{one.name}.cases"] = sum(period.cases for period in one.periods)
        figures[f"{one.name}.test_share"] = one.share
        figures[f"{one.name}.training_seconds"] = one.training_seconds
        figures[f"{one.name}.update_seconds"] = one.training_seconds / len(one.periods)
        figures[f"{one.name}.update_seconds_max"] = _slowest(one)
        figures[f"{one.name}.stored_mib"] = _stored_mib(one)
    costs = {one.name: one.training_seconds for one in results}
    if costs.get("joint", 0) > 0 and "default" in costs:
        figures["cost_ratio"] = costs["default"] / costs["joint"]
    return figures


def tables_of(results: Sequence[MeasuredMethod], dataset: str) -> list[Table]:
    """Quality beside the published figures, cost, and Recall@20 by period."""
    quality: list[Sequence[Cell]] = [
        (one.name, *(one.mean(metric) for metric in METRICS), LIFELONG_METHODS[one.name].keeps)
        for one in results
    ]
    quality += [
        (f"published, 16 periods: {name}", *values, None)
        for name, *values in PUBLISHED.get(dataset, ())
    ]
    costs: list[Sequence[Cell]] = [
        (
            one.name,
            one.training_seconds,
            one.training_seconds / len(one.periods),
            _slowest(one),
            sum(period.update_seconds for period in one.periods),
            _stored_mib(one),
            sum(period.test_seconds for period in one.periods),
            LIFELONG_METHODS[one.name].words,
        )
        for one in results
    ]
    numbers = [period.period for period in results[0].periods]
    return [
        Table(
            f"Mean over {len(numbers)} periods, percent",
            ("method", "Recall@20", "MRR@20", "Recall@10", "MRR@10", "history kept"),
            quality,
            digits=2,
        ),
        Table(
            "Updates: processor seconds on one thread",
            (
                "method",
                "all",
                "mean",
                "slowest",
                "all, clock",
                "kept MiB",
                "testing, clock",
                "what it is",
            ),
            costs,
            digits=2,
        ),
        _by_period("Recall@20 by period", results, lambda one: one.metrics["recall_at_20"], 1),
        _by_period("Processor seconds by update", results, lambda one: one.update_cpu_seconds, 2),
        _by_period("Kept after each update, MiB", results, lambda one: one.stored_bytes / 2**20, 1),
    ]


def notes_on(results: Sequence[MeasuredMethod]) -> list[str]:
    """What a reader has to know to judge the figures."""
    names = {one.name for one in results}
    notes = [
        "For each period t: learn period t - 1 after all earlier ones, test on period t. Items "
        "never seen in training are taken out of the test sessions, sessions of one click dropped; "
        "every beginning of a session predicts the next item, ranked over all items seen so far.",
        "Parameters of default, knn and spectral, the networks' training and the ranks of adapters "
        "were chosen by test figures of periods 1 to 3 of diginetica, which count in the mean.",
        "A method sees an item's index only to tell items apart; equal scores are ordered by a "
        "number that looks drawn by chance.",
        "default, knn and spectral keep the full history (spectral as faded pair counts), while "
        "the published ADER keeps 30,000 exemplars; knn_bounded keeps the newest 30,000 sessions.",
        "Training is timed as processor time of one thread, so that other work on the machine "
        "does not count; clock time stands beside it. Reading the files is not counted.",
    ]
    if "joint" in names:
        notes.append(
            "joint is our own full retraining: the recurrent network, from fresh weights on the "
            "whole history at every period. It is another kind of model than default, whose "
            "updates are exact: retrained from nothing, default would give the same neighbours. "
            "cost_ratio is the training time of default over that of joint."
        )
    for one in results:
        if one.share < 1:
            cases = sum(period.cases for period in one.periods)
            error = float(
                np.sqrt(
                    sum(
                        period.metrics["recall_at_20"]
                        * (100 - period.metrics["recall_at_20"])
                        / period.cases
                        for period in one.periods
                    )
                )
                / len(one.periods)
            )
            notes.append(
                f"{one.name} was tested on a random {one.share:.0%} of each period's sessions "
                f"({cases:,} cases; standard error of its mean Recall@20 about {error:.2f})."
            )
    return notes


def _by_period(
    title: str, results: Sequence[MeasuredMethod], value: Callable[[Measured], float], digits: int
) -> Table:
    columns = ("method", *(str(one.period) for one in results[0].periods))
    rows: list[Sequence[Cell]] = [
        (result.name, *(value(one) for one in result.periods)) for result in results
    ]
    return Table(title, columns, rows, digits)


def _slowest(result: MeasuredMethod) -> float:
    return max(period.update_cpu_seconds for period in result.periods)


def _stored_mib(result: MeasuredMethod) -> float:
    return result.periods[-1].stored_bytes / 2**20
