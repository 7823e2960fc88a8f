"""``manage.py benchmark lifelong``: methods that learn period by period, by a published protocol.

For each period t after the first: learn period t - 1, after all earlier ones; then continue every
beginning of every session of period t, ranked over all items seen in training so far (Mi, Lin and
Faltings, "ADER: Adaptively distilled exemplar replay towards continual learning for session-based
recommendation", RecSys 2020). The mean over the periods counts.
"""

from __future__ import annotations

import re
import sys
import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm.auto import tqdm

from recommender.benchmarks.kept_parts import KeptParts, checksum_of
from recommender.benchmarks.lifelong_curve import curve_svg
from recommender.benchmarks.lifelong_progress import Progress
from recommender.benchmarks.lifelong_tables import figures_of, notes_on, tables_of
from recommender.benchmarks.lifelong_trial import trial_checksum
from recommender.benchmarks.period_folder import Catalogue, all_prefixes, period_paths, read_period
from recommender.benchmarks.report import BenchmarkReport
from recommender.benchmarks.window_cut import is_dated_log
from recommender.contracts import Ints
from recommender.learning.lifelong import LIFELONG_METHODS, lifelong_method
from recommender.learning.lifelong.protocol import LifelongMethod, Sessions

#: Measures a dated log; it needs torch.
WINDOWS = "recommender.benchmarks.lifelong_windows"
CUTS = (10, 20)
#: Prefixes that a method is asked at once.
BLOCK = 8192


@dataclass(frozen=True, slots=True)
class PeriodResult:
    """One method on one period."""

    period: int
    #: ``recall_at_10``, ``mrr_at_10``, ``recall_at_20``, ``mrr_at_20``, in percent.
    metrics: Mapping[str, float]
    cases: int
    #: Processor time and clock time of the update.
    update_cpu_seconds: float
    update_seconds: float
    test_seconds: float
    stored_bytes: int


@dataclass(slots=True)
class MethodResult:
    """One method on all periods."""

    name: str
    share: float
    periods: list[PeriodResult] = field(default_factory=list)

    def mean(self, metric: str) -> float:
        """Mean over the periods, each counting the same."""
        return float(np.mean([period.metrics[metric] for period in self.periods]))

    @property
    def training_seconds(self) -> float:
        """Processor time of all updates."""
        return sum(period.update_cpu_seconds for period in self.periods)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> MethodResult:
        """From what ``asdict`` gives."""
        periods = [PeriodResult(**period) for period in told["periods"]]
        return cls(told["name"], told["share"], periods)


def add_arguments(parser: ArgumentParser) -> None:
    """Options of ``manage.py benchmark lifelong``."""
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="folder of period_N.txt.gz, or of a dated log: interactions.csv.gz, items.jsonl.gz",
    )
    parser.add_argument(
        "--dataset", default="periods", help="its name, in the report and for published figures"
    )
    parser.add_argument(
        "--methods",
        nargs="+",
        help="which to measure (default: all; of a dated log default, finetune and retrain, and "
        "continual methods that are named beside)",
    )
    parser.add_argument(
        "--periods", type=int, help="stop after testing on this period (default: the last)"
    )
    parser.add_argument(
        "--neural-share",
        type=float,
        default=1.0,
        metavar="SHARE",
        help="test neural methods on this share of each period's sessions (default: all)",
    )
    windows = parser.add_argument_group("of a dated log")
    windows.add_argument("--windows", type=int, default=10, help="windows it is cut into")
    windows.add_argument(
        "--first-share", type=float, default=0.5, help="share of it that is the first window"
    )
    windows.add_argument("--cases", type=int, default=1_000, help="cases asked of each window")
    windows.add_argument(
        "--retrain-every", type=int, default=3, help="full retrain after every so many windows"
    )
    windows.add_argument("--epochs", type=int, help="of the network's full fits")
    parser.add_argument("--curve", type=Path, metavar="FILE", help="draw the curve there, as SVG")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="keep each measured method there; methods that it holds are not measured again, so "
        "that several runs can measure one after the other and one can report all",
    )


def run(options: Mapping[str, Any]) -> BenchmarkReport:
    """Measure every method that is not kept yet and report.

    Raises:
        ValueError: an option is wrong, or ``--keep`` holds what other data or code measured.
        FileNotFoundError: the data is not where ``--data`` says.
    """
    dataset, seed = str(options["dataset"]), int(options["seed"])
    if not re.fullmatch(r"[\w-]+", dataset):
        raise ValueError(f"--dataset {dataset!r}: letters, digits, - and _ only")
    if is_dated_log(options["data"]):
        report: BenchmarkReport = import_module(WINDOWS).windows_report(options)
        return report
    options = {**options, "methods": _methods(options["methods"])}
    share = float(options["neural_share"])
    if not 0 < share <= 1:
        raise ValueError(f"--neural-share must lie in (0, 1], not {share}")
    until = options["periods"]
    if until is not None and until < 1:
        raise ValueError(f"--periods must be at least 1, not {until}")
    paths = period_paths(options["data"])[: None if until is None else until + 1]
    # One thread: the times of all methods mean the same on a machine with other things to do.
    with threadpool_limits(1):
        kept = _kept_parts(options["keep"], paths, seed, share)
        results = [_kept(kept, name, paths, seed, share) for name in options["methods"]]
    if options["curve"]:
        curve = curve_svg({one.name: _curve(one) for one in results}, f"Recall@20 on {dataset}")
        options["curve"].parent.mkdir(parents=True, exist_ok=True)
        options["curve"].write_text(curve)
    return BenchmarkReport(
        "lifelong",
        dataset,
        seed,
        _command(options, dataset, seed),
        figures_of(results),
        tables_of(results, dataset),
        notes_on(results),
    )


def _methods(named: Sequence[str] | None) -> list[str]:
    if unknown := [name for name in named or () if name not in LIFELONG_METHODS]:
        raise ValueError(
            f"--methods: no {', '.join(unknown)}; there are {', '.join(LIFELONG_METHODS)}"
        )
    return list(named or LIFELONG_METHODS)


def _kept_parts(folder: Path | None, paths: Sequence[Path], seed: int, share: float) -> KeptParts:
    data = checksum_of(path.read_bytes() for path in paths) if folder else ""
    return KeptParts(folder, {"data": data, "seed": seed, "neural_share": share})


def _kept(
    kept: KeptParts, name: str, paths: Sequence[Path], seed: int, share: float
) -> MethodResult:
    """The method's kept result, if today's code would measure the same, or a fresh one."""

    def measured(of: Sequence[Path], progress: Progress | None = None) -> dict[str, Any]:
        return asdict(measure(name, lifelong_method(name, seed), of, seed, share, progress))

    def told() -> dict[str, Any]:
        checksum = trial()
        progress = Progress(kept.folder / f"{name}.unfinished" if kept.folder else None, checksum)
        return {"trial": checksum, **measured(paths, progress)}

    def trial() -> str:
        return trial_checksum(
            name,
            lambda small: [[one["metrics"], one["cases"]] for one in measured(small)["periods"]],
        )

    if kept.folder is None:
        return MethodResult.from_json(measured(paths))
    part = kept.part(name, told)
    Progress(kept.folder / f"{name}.unfinished").remove()
    if part["trial"] != trial():
        raise ValueError(
            f"{kept.folder} keeps {name} as measured by code that decides otherwise: "
            f"remove {name}.json or name another folder"
        )
    return MethodResult.from_json(part)


def _curve(result: MethodResult) -> Sequence[tuple[int, float]]:
    return [(period.period, period.metrics["recall_at_20"]) for period in result.periods]


def _command(options: Mapping[str, Any], dataset: str, seed: int) -> str:
    words = [f"manage.py benchmark lifelong --dataset {dataset} --data DIR --seed {seed}"]
    if options["periods"] is not None:
        words.append(f"--periods {options['periods']}")
    if options["neural_share"] != 1.0:
        words.append(f"--neural-share {options['neural_share']}")
    if list(options["methods"]) != list(LIFELONG_METHODS):
        words.append(f"--methods {' '.join(options['methods'])}")
    return " ".join(words)


def measure(
    name: str,
    method: LifelongMethod,
    paths: Sequence[Path],
    seed: int,
    neural_share: float = 1.0,
    progress: Progress | None = None,
) -> MethodResult:
    """Take one method through the periods; only ``neural`` ones are tested on a share.

    With ``progress`` it goes on after the periods that a stopped run has measured.
    """
    share = neural_share if LIFELONG_METHODS[name].neural else 1.0
    progress = progress or Progress(None)
    result = MethodResult(name, share, [PeriodResult(**one) for one in progress.resume(method)])
    catalogue = Catalogue()
    test = read_period(paths[0])
    bar = tqdm(range(1, len(paths)), desc=name, unit="period", file=sys.stderr)
    for period in bar:
        learnt, test = test, read_period(paths[period])
        sessions = catalogue.learn(learnt)
        if period <= len(result.periods):
            continue
        began, cpu_began = time.perf_counter(), time.process_time()
        method.update(sessions, len(catalogue))
        took, cpu_took = time.perf_counter() - began, time.process_time() - cpu_began
        tested = drawn_share(
            catalogue.recognise(test), share, np.random.default_rng((seed, period))
        )
        began = time.perf_counter()
        metrics, cases = metrics_on(method, tested)
        result.periods.append(
            PeriodResult(
                period,
                metrics,
                cases,
                cpu_took,
                took,
                time.perf_counter() - began,
                method.stored_bytes,
            )
        )
        progress.keep(method, [asdict(one) for one in result.periods])
        bar.set_postfix(recall_at_20=f"{metrics['recall_at_20']:.2f}", update=f"{cpu_took:.1f}s")
    return result


def drawn_share(sessions: Sessions, share: float, rng: np.random.Generator) -> Sessions:
    """A share of the sessions by chance, at least one."""
    if share == 1.0:
        return sessions
    count = max(1, round(share * len(sessions)))
    return sessions.taken(np.sort(rng.choice(len(sessions), count, replace=False)))


def metrics_on(method: LifelongMethod, sessions: Sessions) -> tuple[dict[str, float], int]:
    """Metrics over every beginning of every session, and how many these are.

    Raises:
        ValueError: no session is left to test on.
    """
    prefixes, targets = all_prefixes(sessions)
    if not len(targets):
        raise ValueError("a period shares no two clicks of a session with those before it")
    ranks = np.concatenate(
        [
            ranks_in(
                method.recommend(prefixes.slice(begin, min(begin + BLOCK, len(targets))), CUTS[-1]),
                targets[begin : begin + BLOCK],
            )
            for begin in range(0, len(targets), BLOCK)
        ]
    )
    metrics = {}
    for cut in CUTS:
        metrics[f"recall_at_{cut}"] = 100 * float((ranks <= cut).mean())
        metrics[f"mrr_at_{cut}"] = 100 * float(np.where(ranks <= cut, 1 / ranks, 0).mean())
    return metrics, len(targets)


def ranks_in(recommended: Ints, targets: Ints) -> Ints:
    """The place of each target in its row, counted from one; one beyond the row if not there."""
    found = recommended == targets[:, None]
    places = np.where(found.any(axis=1), found.argmax(axis=1), recommended.shape[1]) + 1
    ranks: Ints = places.astype(np.int32)
    return ranks
