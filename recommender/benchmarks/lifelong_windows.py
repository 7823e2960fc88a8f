"""``manage.py benchmark lifelong`` on a dated log: updates beside full retraining.

The log is cut by time into windows. The first is large enough for a first training; of every later
one, what comes is predicted before it is learnt, then each method learns it: the product's default
update, fine-tuning and other continual methods for the networks, and at some windows a full
retrain. A part of each window is never learnt by anybody, and tells what is forgotten.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from tqdm.auto import tqdm

from recommender.benchmarks import amazon_beauty
from recommender.benchmarks.kept_parts import KeptParts, checksum_of
from recommender.benchmarks.lifelong_curve import curve_svg
from recommender.benchmarks.lifelong_windows_tables import (
    DEFAULT,
    FINETUNE,
    RETRAIN,
    WindowResults,
    curve_of,
    figures_of,
    notes_on,
    tables_of,
)
from recommender.benchmarks.report import BenchmarkReport
from recommender.benchmarks.window_cut import Windows, cut_windows
from recommender.candidates import source_class
from recommender.contracts import CandidateSource, ContinuingSource, Floats, ItemTable
from recommender.learning.encode_text import CachedEncoder, MiniLMEncoder
from recommender.learning.fit import DEFAULT_WEIGHTS, FittedModel, fit_sources
from recommender.learning.learnt_log import LearntLog, difference
from recommender.learning.lifelong.continual import CONTINUAL_METHODS
from recommender.learning.lifelong.probes import NEW_BELOW
from recommender.learning.metrics import target_ranks
from recommender.learning.splits import Holdout
from recommender.learning.training_settings import TrainingReport
from recommender.learning.update_model import DEFAULT_METHOD, model_updated
from recommender.ranking.blend import BlendWeights, contributions
from recommender.ranking.model import BlendedModel
from recommender.ranking.tune import popularity_of

#: What the blend is made of, with settings for a log that spans years. Left out: the dense solve of
#: text_ease, which an update has to do as a fit does, and the networks other than NETWORK.
SOURCES: Mapping[str, Mapping[str, Any]] = {
    "transitions": {},
    "text_transitions": {},
    "item_knn": {},
    "sessions": {},
    "content": {},
    "lexical": {},
    "popular": {"half_life_days": 365.0},
}
NETWORK = "sequential"
WEIGHTS = BlendWeights.of({name: DEFAULT_WEIGHTS[name] for name in (*SOURCES, NETWORK)})
#: Cases that are scored at once.
BLOCK = 250
#: Beside a kept retrain: what it took.
SECONDS = "seconds.json"


class WindowRun:
    """One run over all windows. ``steps`` are the results so far, one for each learnt window."""

    def __init__(
        self,
        windows: Windows,
        items: ItemTable,
        methods: Sequence[str],
        *,
        retrain_every: int,
        network: Mapping[str, Any],
        seed: int,
        kept: KeptParts,
    ):
        self.windows, self.items, self.methods = windows, items, tuple(methods)
        self.network, self.seed, self.kept = {"seed": seed, **network}, seed, kept
        last = len(windows) - 2
        self.stops = tuple(k for k in range(last, 0, -retrain_every))[::-1]
        self.steps: list[dict[str, Any]] = []
        self.model: FittedModel
        #: The networks of the methods other than the default.
        self.others: dict[str, CandidateSource] = {}
        #: The window that the models in memory have learnt last.
        self._at = -1

    def run(self) -> list[dict[str, Any]]:
        """Learn every window but the last, which is only predicted. Goes on where it was kept."""
        learnt = range(len(self.windows) - 1)
        for window in tqdm(learnt, desc="learn", unit="window", file=sys.stderr):
            self.steps.append(self.kept.part(f"window-{window}", partial(self.step, window)))
        return self.steps

    def step(self, window: int) -> dict[str, Any]:
        """Learn one window by every method and ask what is to be asked after it."""
        if self._at != window - 1:
            self._load(window - 1)
        now = self.windows.learnt(window)
        cpu: dict[str, float] = {}
        sources: dict[str, CandidateSource] = {}
        if window in self.stops:
            sources[RETRAIN], cpu[RETRAIN] = self._retrained(window, now)
        if window:
            self._update(now, cpu)
        else:
            made, cpu[RETRAIN] = self._fitted(now)
            popularity = popularity_of(now.log.items, len(self.items))
            model = BlendedModel(self.items, made, WEIGHTS, popularity)
            self.model = FittedModel(model, {}, {}, learnt=now)
            self.others = dict.fromkeys(self.methods[1:], made[NETWORK])
        sources |= {DEFAULT: self.model.model.sources[NETWORK], **self.others}
        questions = self._questions(window)
        answers = {label: self.answered(asked, sources) for label, asked in questions.items()}
        counts = popularity_of(now.log.items, len(self.items))
        self._at = window
        self._save(window)
        return {
            "cpu": cpu,
            "interactions": len(now.log),
            "answers": answers,
            "new": {
                label: (counts[asked.targets] < NEW_BELOW).tolist()
                for label, asked in questions.items()
            },
            "inactive": self._inactive(window),
        }

    def _inactive(self, window: int) -> dict[str, list[bool]]:
        """Which cases of earlier windows belong to shoppers who did nothing in this one."""
        active = self.windows.active(window) if window else np.zeros(0, np.int64)
        return {
            f"held-{early}": (~np.isin(self.windows.owners[early], active)).tolist()
            for early in range(window)
        }

    def _fitted(self, now: LearntLog) -> tuple[dict[str, CandidateSource], float]:
        """All sources fitted from nothing, and the seconds."""
        (made, _), took = timed(lambda: fit_sources(now.log, self.items, SOURCES))
        (network, _), trained = timed(
            lambda: fit_sources(now.log, self.items, {NETWORK: self.network})
        )
        report: TrainingReport | None = getattr(network[NETWORK], "report", None)
        if report is not None and report.resumed_from is not None:
            # Only the steps after an interruption were timed: as long for each of those before it.
            trained *= report.steps / max(report.steps - report.resumed_from, 1)
        return made | network, took + trained

    def _retrained(self, window: int, now: LearntLog) -> tuple[CandidateSource, float]:
        """The network of a full retrain, and the seconds of all of it; kept by itself."""
        folder = self.kept.folder / f"retrained-{window}" if self.kept.folder else None
        if folder is not None and (folder / SECONDS).exists():
            kept: float = json.loads((folder / SECONDS).read_text())
            return source_class(NETWORK).load(folder), kept
        made, took = self._fitted(now)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            made[NETWORK].save(folder)
            (folder / SECONDS).write_text(json.dumps(took))
        return made[NETWORK], took

    def _update(self, now: LearntLog, cpu: dict[str, float]) -> None:
        learnt = self.model.learnt
        assert learnt is not None
        change, shared = timed(lambda: difference(learnt, now))
        for name, start in self.others.items():
            source = source_class(NETWORK)(**self.network)
            assert isinstance(source, ContinuingSource)
            learn = partial(
                source.learn_window, change.now.log, change.added, self.items, start, name
            )
            _, cpu[name] = timed(learn)
            self.others[name] = source
        self.model, cpu[DEFAULT] = timed(
            lambda: model_updated(
                self.model, learnt, now, self.items, None, method=DEFAULT_METHOD, seed=self.seed
            )
        )
        # What the others would pay for the sources that they share: its part of the update's clock.
        seconds = self.model.fit_seconds
        clock = sum(seconds.values())
        shared += cpu[DEFAULT] * (1.0 - seconds[NETWORK] / clock) if clock else 0.0
        cpu |= {name: cpu[name] + shared for name in self.others}

    def _questions(self, window: int) -> dict[str, Holdout]:
        """By label: what comes next, and what is held out of this window and of the next one; at
        the end also what is held out of the earlier ones."""
        asked = {
            f"coming-{window + 1}": self.windows.coming[window + 1],
            f"held-{window}": self.windows.held[window],
            f"held-{window + 1}": self.windows.held[window + 1],
        }
        if window == len(self.windows) - 2:
            asked |= {f"held-{early}": self.windows.held[early] for early in range(window)}
        return asked

    def answered(
        self, holdout: Holdout, networks: Mapping[str, CandidateSource]
    ) -> dict[str, dict[str, list[float]]]:
        """Gains of each case, by method, of the whole blend and of its network alone."""
        gains: dict[str, dict[str, list[float]]] = {
            name: {"blend": [], "network": []} for name in networks
        }
        knowledge = WEIGHTS.knowledge(self.model.model.popularity)
        for start in range(0, len(holdout), BLOCK):
            asked = holdout.histories[start : start + BLOCK]
            targets = holdout.targets[start : start + BLOCK]
            exact = contributions(self.model.model.scores(asked, SOURCES), WEIGHTS, knowledge)
            together = np.sum(list(exact.values()), axis=0, dtype=np.float32)
            for name, network in networks.items():
                scores = network.score(asked)
                part = contributions({NETWORK: scores}, WEIGHTS, knowledge)[NETWORK]
                gains[name]["blend"] += self._gains(together + part, targets)
                gains[name]["network"] += self._gains(scores, targets)
        return gains

    def _gains(self, scores: Floats, targets: Any) -> list[float]:
        # The same dice for every method: ties fall alike.
        ranks = target_ranks(scores, targets, np.random.default_rng(self.seed))
        found = np.where(ranks < 10, 1.0 / np.log2(ranks + 2.0), 0.0)
        return [round(float(gain), 5) for gain in found]

    # --- going on after a stop --------------------------------------------------------------------

    def _save(self, window: int) -> None:
        """Keep the models of this window in place of those of the one before."""
        if self.kept.folder is None:
            return
        folder = self.kept.folder / f"models-{window}"
        shutil.rmtree(folder, ignore_errors=True)
        self.model.save(folder / DEFAULT)
        for name, source in self.others.items():
            (folder / name).mkdir()
            source.save(folder / name)
        if window > 1:
            shutil.rmtree(self.kept.folder / f"models-{window - 2}", ignore_errors=True)

    def _load(self, window: int) -> None:
        assert self.kept.folder is not None
        folder = self.kept.folder / f"models-{window}"
        self.model = FittedModel.load(folder / DEFAULT)
        self.others = {name: source_class(NETWORK).load(folder / name) for name in self.methods[1:]}
        self._at = window


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What the work returns, and its processor seconds."""
    began = time.process_time()
    result = work()
    return result, time.process_time() - began


def windows_report(options: Mapping[str, Any]) -> BenchmarkReport:
    """Measure every window that is not kept yet, and report.

    Raises:
        ValueError: an option is wrong, or ``--keep`` holds what other data or options measured.
    """
    methods = _methods(options["methods"])
    folder, seed = Path(options["data"]), int(options["seed"])
    encoder = CachedEncoder(MiniLMEncoder(progress=True), Path(options["cache"]) / "vectors")
    items = amazon_beauty.load_items(folder, encoder)
    cut = {"first_share": options["first_share"], "cases": options["cases"], "seed": seed}
    windows = cut_windows(amazon_beauty.load_log(folder), options["windows"], **cut)
    network = {} if options["epochs"] is None else {"epochs": options["epochs"]}
    belongs_to = {
        "data": checksum_of([(folder / "interactions.csv.gz").read_bytes()]),
        "methods": methods,
        "windows": len(windows),
        "retrain_every": options["retrain_every"],
        "network": network,
        **cut,
    }
    run = WindowRun(
        windows,
        items,
        methods,
        retrain_every=options["retrain_every"],
        network=network,
        seed=seed,
        kept=KeptParts(options["keep"], belongs_to),
    )
    # One thread: the times mean the same on a machine with other things to do.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            results = WindowResults(run.run(), methods, len(items))
    finally:
        torch.set_num_threads(threads)
    if options["curve"]:
        title = f"NDCG@10 of the coming window on {options['dataset']}, percent"
        options["curve"].parent.mkdir(parents=True, exist_ok=True)
        options["curve"].write_text(curve_svg(curve_of(results), title, axis="window"))
    figures = figures_of(results)
    return BenchmarkReport(
        "lifelong",
        str(options["dataset"]),
        seed,
        _command(options, methods),
        figures,
        tables_of(results, figures),
        notes_on(results, options),
    )


def _methods(named: Sequence[str] | None) -> tuple[str, ...]:
    """The default and fine-tuning first, which are always measured, as is the retrain."""
    wanted = tuple(dict.fromkeys((DEFAULT, FINETUNE, *(named or ()))))
    known = {DEFAULT, *CONTINUAL_METHODS} - {RETRAIN, DEFAULT_METHOD}
    if unknown := [name for name in wanted if name not in known]:
        raise ValueError(
            f"--methods: {', '.join(unknown)} cannot learn windows; "
            f"known: {', '.join(sorted(known))}"
        )
    return wanted


def _command(options: Mapping[str, Any], methods: Sequence[str]) -> str:
    words = [f"manage.py benchmark lifelong --dataset {options['dataset']} --data DIR"]
    words.append(f"--seed {options['seed']} --windows {options['windows']}")
    words.append(f"--first-share {options['first_share']} --cases {options['cases']}")
    words.append(f"--retrain-every {options['retrain_every']}")
    if options["epochs"] is not None:
        words.append(f"--epochs {options['epochs']}")
    if len(methods) > 2:
        words.append(f"--methods {' '.join(methods[2:])}")
    return " ".join(words)
