"""The report of the lifelong benchmark on a dated log: from answers to figures and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.benchmarks.report import Cell, Table
from recommender.learning.lifelong.transfer import chance_ndcg_at_10, transfer

Reals = npt.NDArray[np.float64]
Step = Mapping[str, Any]
DEFAULT, FINETUNE, RETRAIN = "default", "finetune", "retrain"


@dataclass(frozen=True, slots=True)
class WindowResults:
    """What every step answered; step k has learnt windows 0 to k, the first being the training."""

    steps: Sequence[Step]
    methods: tuple[str, ...]
    n_items: int

    @property
    def last(self) -> int:
        """The last window that is learnt; the one after it is only predicted."""
        return len(self.steps) - 1

    @property
    def stops(self) -> list[int]:
        """Updates beside which a full retrain stands."""
        return [k for k in range(1, len(self.steps)) if RETRAIN in self.steps[k]["cpu"]]

    def gains(self, step: int, label: str, method: str, part: str = "blend") -> Reals:
        """Gain of each case."""
        return np.array(self.steps[step]["answers"][label][method][part], np.float64)

    def mean(self, step: int, label: str, method: str, part: str = "blend") -> float:
        """NDCG@10, NaN where it was not asked."""
        if method not in self.steps[step]["answers"].get(label, {}):
            return float("nan")
        gains = self.gains(step, label, method, part)
        return float(gains.mean()) if len(gains) else float("nan")

    def coming(self, method: str, steps: Sequence[int], part: str = "blend") -> Reals:
        """Gains on what came after each of these updates, one after the other."""
        return np.concatenate([self.gains(k, f"coming-{k + 1}", method, part) for k in steps])

    def seconds(self, method: str, steps: Sequence[int]) -> float:
        """Processor seconds of these updates together."""
        return float(sum(self.steps[k]["cpu"][method] for k in steps))

    def kept(self, method: str, part: str = "blend") -> tuple[Reals, Reals]:
        """Gains on the held-out cases of earlier windows, when just learnt and at the end."""
        early = range(self.last)
        then = [
            # After the first training all methods have the same network.
            self.gains(k, f"held-{k}", method if k else DEFAULT, part)
            for k in early
        ]
        end = [self.gains(self.last, f"held-{k}", method, part) for k in early]
        return np.concatenate(then), np.concatenate(end)

    def square(self, method: str) -> Reals:
        """NDCG@10 on what is held out of window j after learning window i, [i, j]."""
        size = self.last + 1
        return np.array(
            [
                [self.mean(i, f"held-{j}", method if i else DEFAULT) for j in range(size)]
                for i in range(size)
            ]
        )


def figures_of(results: WindowResults) -> dict[str, float]:
    """``<method>.<figure>`` for every method, and ``cost_ratio`` of the default."""
    stops, every = results.stops, list(range(1, results.last + 1))
    figures: dict[str, float] = {}
    reference = results.coming(RETRAIN, stops)
    new = np.concatenate([results.steps[k]["new"][f"coming-{k + 1}"] for k in stops]).astype(bool)
    away = np.concatenate(
        [results.steps[results.last]["inactive"][f"held-{k}"] for k in range(results.last)]
    ).astype(bool)
    for method in (*results.methods, RETRAIN):
        gains = results.coming(method, stops)
        end = np.concatenate(
            [results.gains(results.last, f"held-{k}", method) for k in range(results.last)]
        )
        found = {
            "ndcg_at_10": gains.mean(),
            "hr_at_10": (gains > 0).mean(),
            "network_ndcg_at_10": results.coming(method, stops, "network").mean(),
            "new_items_ndcg_at_10": gains[new].mean() if new.any() else 0.0,
            "old_items_ndcg_at_10": gains[~new].mean() if (~new).any() else 0.0,
            "newest_ndcg_at_10": np.mean([results.mean(k, f"held-{k}", method) for k in stops]),
            "old_windows_ndcg_at_10": end.mean(),
            "inactive_ndcg_at_10": end[away].mean() if away.any() else 0.0,
            "update_seconds": results.seconds(method, stops) / len(stops),
        }
        if method != RETRAIN:
            found |= _beside_retrain(results, method, gains, reference)
            found["ndcg_at_10_all_windows"] = results.coming(method, every).mean()
            moved = transfer(
                results.square(method), [chance_ndcg_at_10(results.n_items)] * len(results.steps)
            )
            found |= {"backward_transfer": moved.backward, "forward_transfer": moved.forward}
        figures |= {f"{method}.{name}": float(value) for name, value in found.items()}
    figures["cost_ratio"] = figures[f"{DEFAULT}.cost_ratio"]
    figures["first_training_seconds"] = results.steps[0]["cpu"][RETRAIN]
    figures["cases"] = len(reference)
    return figures


def _beside_retrain(
    results: WindowResults, method: str, gains: Reals, reference: Reals
) -> dict[str, float]:
    apart = gains - reference
    error = float(apart.std(ddof=1) / np.sqrt(len(apart))) if len(apart) > 1 else float("inf")
    found = {
        "share_of_retrain": gains.mean() / reference.mean(),
        "share_of_retrain_error": error / reference.mean(),
        "cost_ratio": results.seconds(method, results.stops)
        / results.seconds(RETRAIN, results.stops),
    }
    for part, name in (("blend", "old_window_loss"), ("network", "network_old_window_loss")):
        then, end = results.kept(method, part)
        found[name] = 1.0 - end.mean() / then.mean()
    return found


def tables_of(results: WindowResults, figures: Mapping[str, float]) -> list[Table]:
    """Quality and cost beside a retrain, forgetting, and NDCG@10 window by window."""
    everybody = (*results.methods, RETRAIN)

    def rows(*names: str) -> list[Sequence[Cell]]:
        return [
            (method, *(figures.get(f"{method}.{name}") for name in names)) for method in everybody
        ]

    by_window: list[Sequence[Cell]] = []
    for method in everybody:
        shown = [
            results.mean(k, f"coming-{k + 1}", method) if k or method != RETRAIN else float("nan")
            for k in range(1, results.last + 1)
        ]
        by_window.append((method, *(None if np.isnan(value) else value for value in shown)))
    return [
        Table(
            "What comes next, after the updates beside which a retrain stands",
            ("method", "NDCG@10", "HR@10", "network alone", "of retrain", "± s.e.", "new items",
             "old items"),
            rows("ndcg_at_10", "hr_at_10", "network_ndcg_at_10", "share_of_retrain",
                 "share_of_retrain_error", "new_items_ndcg_at_10", "old_items_ndcg_at_10"),
        ),
        Table(
            "What is held out for good: the window just learnt, and all earlier ones at the end",
            ("method", "newest", "old windows", "loss since learnt", "loss, network alone",
             "inactive", "backward", "forward"),
            rows("newest_ndcg_at_10", "old_windows_ndcg_at_10", "old_window_loss",
                 "network_old_window_loss", "inactive_ndcg_at_10", "backward_transfer",
                 "forward_transfer"),
        ),
        Table(
            "Processor seconds of an update, on one thread",
            ("method", "mean", "share of a retrain's"),
            rows("update_seconds", "cost_ratio"),
            digits=3,
        ),
        Table(
            "NDCG@10 of the coming window, by the window that comes",
            ("method", *(str(k + 2) for k in range(1, results.last + 1))),
            by_window,
        ),
    ]  # fmt: skip


def curve_of(results: WindowResults) -> dict[str, list[tuple[int, float]]]:
    """NDCG@10 in percent of each coming window, by method; windows count from one."""
    return {
        method: [
            (k + 2, 100 * results.mean(k, f"coming-{k + 1}", method))
            for k in (results.stops if method == RETRAIN else range(1, results.last + 1))
        ]
        for method in (*results.methods, RETRAIN)
    }


def notes_on(results: WindowResults, options: Mapping[str, Any]) -> list[str]:
    """What a reader has to know to judge the figures."""
    stops = ", ".join(str(k + 1) for k in results.stops)
    sizes = [step["interactions"] for step in results.steps]
    return [
        f"The log is cut by time into {options['windows']} windows; the first holds "
        f"{options['first_share']:.0%} of the interactions (what may be learnt of it: "
        f"{sizes[0]:,}), so that a first training is worth it, the others the rest in equal parts "
        f"(about {(sizes[-1] - sizes[0]) / max(len(sizes) - 1, 1):,.0f} each). Before each window "
        f"is learnt, at most {options['cases']} of its shoppers with a history are asked for: "
        "their next item, ranked among all items, equal scores in random order. The last window "
        "is only predicted.",
        "Of each window the last interaction of 10 % of its shoppers (at most 250) is never learnt "
        "by anybody. It is asked before and after its window is learnt and again at the end.",
        "The items and their texts are known from the beginning. Sources: transitions, text "
        "transitions, item neighbours, sessions, content, words, popularity (updated exactly) and "
        "the sequential network; blended by the product's default weights, the same for all "
        "methods, which were chosen on the leave-one-out validation of Amazon Beauty. Left out: "
        "the dense solve of text_ease, which an update has to do as a fit does, the graph, and the "
        "multimodal network.",
        "default is model_updated: exact sources by their algebra, the network by replay. The "
        "other methods differ in how the network learns; their exact sources are the same, and so "
        f"is what these take. retrain fits all of it from nothing, after windows {stops}; means "
        "beside it are over these. Times are processor seconds of one thread.",
        "The loss on old windows is 1 - NDCG@10 at the end / NDCG@10 just after each was learnt, "
        "over all windows but the last; negative is a gain. A retrain has seen later windows too, "
        "so its figure on old windows stands beside.",
    ]
