"""Searching a source's parameters on validation with Optuna.

Trials are proposed by the tree-structured Parzen estimator (Bergstra et al., "Algorithms for
Hyper-Parameter Optimization", NeurIPS 2011); one that falls behind the median of those before it is
ended early. The study lies in an SQLite file, so that a killed search goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.trial import FrozenTrial, TrialState
from tqdm.auto import tqdm

from recommender.candidates import source_class
from recommender.candidates.search_space import (
    Choice,
    ParameterError,
    SearchSpace,
    Whole,
    default_parameters,
    parameters_checked,
    search_space,
)
from recommender.contracts import (
    CandidateSource,
    FactSource,
    InteractionLog,
    ItemTable,
    Longs,
    TripleTable,
)
from recommender.learning import metrics
from recommender.learning.splits import Holdout
from recommender.learning.trial_table import TrialTable

#: The figure that is searched for.
WATCHED = "ndcg_at_10"
#: Trials at random before what they showed is built on, and before any is ended early.
STARTUP = 8
#: The cases are judged in so many portions; after each a trial may be given up.
PORTIONS = 5
BATCH = 250
_DONE = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)


class NothingToSearchError(ValueError):
    """There are no validation cases, or the source needs what is not there."""


@dataclass(frozen=True, slots=True)
class SearchTask:
    """A source and what it is judged on: fitted on ``train``, asked ``searched``.

    ``confirming`` are other validation cases, which no trial sees: what the search only seems to
    have gained is lost there.
    """

    dataset: str
    source: str
    train: InteractionLog
    items: ItemTable
    searched: Holdout
    confirming: Holdout
    facts: TripleTable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSettings:
    """How long to search, and where the study is kept."""

    trials: int
    storage: Path
    seed: int = 0
    #: Ends between two trials after this time; the study can be gone on with.
    max_seconds: float | None = None
    #: Parameters to try beside the defaults, before anything is proposed.
    first: tuple[Mapping[str, Any], ...] = ()
    #: One line per trial as CSV.
    table: Path | None = None
    progress: bool = False

    def __post_init__(self) -> None:
        if self.trials < 1:
            raise ValueError(f"trials must be at least 1, not {self.trials}")


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The defaults and the best parameters, with their figures on both kinds of cases."""

    dataset: str
    source: str
    study: str
    seed: int
    default: dict[str, Any]
    best: dict[str, Any]
    searched_default: float
    searched_best: float
    confirming_default: float
    confirming_best: float
    #: Standard error of the gain on the confirming cases, case by case.
    confirming_error: float
    cases_searched: int
    cases_confirming: int
    trials: int
    pruned: int
    failed: int
    seconds: float

    @property
    def is_better(self) -> bool:
        """Whether the best also win by more than chance on cases that the search has not seen."""
        return self.confirming_best - self.confirming_default > self.confirming_error

    def save(self, folder: Path) -> Path:
        """Write ``tune-<dataset>-<source>.json``."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"tune-{self.dataset}-{self.source}.json"
        path.write_text(json.dumps({**asdict(self), "watched": WATCHED}, indent=1) + "\n")
        return path


def halves(validation: Holdout, cases: int, seed: int) -> tuple[Holdout, Holdout]:
    """At most ``cases`` validation cases for searching, and as many others for confirming.

    Raises:
        NothingToSearchError: there are fewer than two cases.
    """
    sample = validation.sample(2 * cases, seed)
    if len(sample) < 2:
        raise NothingToSearchError("parameters are searched on validation cases; there are none")
    order = np.random.default_rng([seed, 1]).permutation(len(sample))
    middle = len(sample) // 2
    parts = [np.sort(order[:middle]), np.sort(order[middle:])]
    one, two = (
        Holdout(
            tuple(sample.histories[case] for case in part), sample.targets[part], sample.tied[part]
        )
        for part in parts
    )
    return one, two


def search(task: SearchTask, settings: SearchSettings) -> SearchResult:
    """Try parameters until the study has as many trials as wanted; the defaults come first.

    A study belongs to its task: other data, cases, bounds or another seed begin another one. A
    search that is killed and started again ends as one that was not.

    Raises:
        ParameterError: the source declares nothing, or parameters to try lie outside its bounds.
        NothingToSearchError: the source proposes none of the searched items, by its defaults.
    """
    space = search_space(task.source)
    default = parameters_checked(task.source, default_parameters(task.source))
    firsts = [default]
    for asked in settings.first:
        chosen = {**default, **parameters_checked(task.source, asked)}
        if chosen not in firsts:
            firsts.append(chosen)
    study = _study(task, settings, space)
    began = time.monotonic()
    log = TrialTable(settings.table, WATCHED, tuple(space))
    log.write(_ended(study))
    bar = tqdm(
        total=settings.trials,
        initial=min(_finished(study), settings.trials),
        desc=f"tune {task.source}",
        unit="trial",
        disable=not settings.progress,
    )
    with bar:
        while (done := _finished(study)) < settings.trials:
            # Without a single trial there would be nothing to report.
            if done and time.monotonic() - began >= (settings.max_seconds or math.inf):
                break
            given = firsts[done] if done < len(firsts) else None
            _one_trial(study, task, settings, space, given)
            log.write(_ended(study))
            bar.update()
            bar.set_postfix({WATCHED: f"{study.best_value:.4f}"})
    return _result(study, task, settings, default, time.monotonic() - began)


def _study(task: SearchTask, settings: SearchSettings, space: SearchSpace) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    settings.storage.parent.mkdir(parents=True, exist_ok=True)
    name = f"{task.dataset}-{task.source}-{_fingerprint(task, settings.seed, space)[:12]}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        study = optuna.create_study(
            study_name=name,
            storage=f"sqlite:///{settings.storage.resolve()}",
            direction="maximize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP, n_warmup_steps=1),
        )
    # What ran when the process was killed will not end any more; its turn is taken again.
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
    return study


def _fingerprint(task: SearchTask, seed: int, space: SearchSpace) -> str:
    digest = hashlib.sha256(json.dumps([seed, repr(sorted(space.items()))]).encode())
    digest.update(json.dumps([task.items.ids, task.items.texts]).encode())
    log = task.train
    for array in (log.shoppers, log.items, log.weights, log.times, task.items.vectors):
        digest.update(np.ascontiguousarray(array).tobytes())
    for cases in (task.searched, task.confirming):
        digest.update(np.ascontiguousarray(cases.targets).tobytes())
        digest.update(json.dumps([len(history) for history in cases.histories]).encode())
    if task.facts is not None:
        digest.update(np.ascontiguousarray(task.facts.subjects).tobytes())
        digest.update(np.ascontiguousarray(task.facts.objects).tobytes())
    return digest.hexdigest()


def _ended(study: optuna.Study) -> list[FrozenTrial]:
    """The trials that came to an end; of those that failed, not the ones that were killed."""
    trials = study.get_trials(deepcopy=False, states=_DONE)
    return [t for t in trials if t.state != TrialState.FAIL or "error" in t.user_attrs]


def _finished(study: optuna.Study) -> int:
    return len(_ended(study))


def _one_trial(
    study: optuna.Study,
    task: SearchTask,
    settings: SearchSettings,
    space: SearchSpace,
    given: Mapping[str, Any] | None,
) -> None:
    # A sampler of its own for each turn, so that a search that was killed goes on as it would have.
    study.sampler = optuna.samplers.TPESampler(
        seed=int(np.random.default_rng([settings.seed, _finished(study)]).integers(2**31)),
        n_startup_trials=STARTUP,
    )
    # What was put in line by a process that was killed then is still there.
    if given is not None and not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
        study.enqueue_trial(dict(given))
    trial = study.ask()
    parameters = {name: _suggested(trial, name, space) for name in space}

    def portion(step: int, value: float) -> None:
        trial.report(value, step)
        if given is None and trial.should_prune():
            raise optuna.TrialPruned

    try:
        source = _fitted(task, parameters)
        value = judged(source, task.searched, settings.seed, portion)
    except optuna.TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
    except (ArithmeticError, np.linalg.LinAlgError) as error:
        # Some corner of the space that cannot be computed; the others can.
        trial.set_user_attr("error", str(error))
        study.tell(trial, state=TrialState.FAIL)
        if given is not None:
            raise ParameterError(f"{task.source} with {dict(given)}: {error}") from error
    else:
        if value == 0.0 and given is not None and not _finished(study):
            study.tell(trial, value)
            raise NothingToSearchError(
                f"{task.source} proposes none of the {len(task.searched)} validation items: "
                "there is nothing to search by"
            )
        study.tell(trial, value)


def _suggested(trial: optuna.Trial, name: str, space: SearchSpace) -> Any:
    domain = space[name]
    if isinstance(domain, Choice):
        return trial.suggest_categorical(name, domain.options)
    if isinstance(domain, Whole):
        return trial.suggest_int(name, domain.low, domain.high, log=domain.log)
    return trial.suggest_float(name, domain.low, domain.high, log=domain.log)


def _fitted(task: SearchTask, parameters: Mapping[str, Any]) -> CandidateSource:
    source = source_class(task.source)(**parameters)
    if isinstance(source, FactSource):
        if task.facts is None or not len(task.facts):
            raise NothingToSearchError(f"{task.source} reads facts; {task.dataset} has none")
        source.take_facts(task.facts)
    source.fit(task.train, task.items)
    return source


def judged(
    source: CandidateSource,
    cases: Holdout,
    seed: int,
    portion: Callable[[int, float], None] | None = None,
) -> float:
    """NDCG@10 of the source by itself; ``portion`` hears the figure so far, PORTIONS times."""
    return metrics.ndcg(_ranks(source, cases, seed, portion), 10)


def _ranks(
    source: CandidateSource,
    cases: Holdout,
    seed: int,
    portion: Callable[[int, float], None] | None = None,
) -> Longs:
    """Ranks of the targets, shape (n_cases,), in an order and with dice that the seed decides.

    A target that scores zero was not proposed and counts as missed, whatever it ties with.
    """
    rng = np.random.default_rng([seed, 2])
    order = np.random.default_rng([seed, 3]).permutation(len(cases))
    ranks: list[np.ndarray] = []
    for step, part in enumerate(np.array_split(order, PORTIONS)):
        for start in range(0, len(part), BATCH):
            chosen = part[start : start + BATCH]
            scores = source.score([cases.histories[case] for case in chosen])
            targets = cases.targets[chosen]
            proposed = scores[np.arange(len(chosen)), targets] > 0
            found = metrics.target_ranks(scores, targets, rng)
            ranks.append(np.where(proposed, found, scores.shape[1]))
        if portion is not None and len(part):
            portion(step, metrics.ndcg(np.concatenate(ranks), 10))
    return np.concatenate(ranks)


def _result(
    study: optuna.Study,
    task: SearchTask,
    settings: SearchSettings,
    default: dict[str, Any],
    seconds: float,
) -> SearchResult:
    ended = _ended(study)
    by_default = next(t for t in ended if t.state == TrialState.COMPLETE and t.params == default)
    best = study.best_trial
    ranks = [
        _ranks(_fitted(task, parameters), task.confirming, settings.seed)
        for parameters in (default, best.params)
    ]
    before, after = (np.array([metrics.ndcg(one, 10) for one in part[:, None]]) for part in ranks)
    error = float((after - before).std() / math.sqrt(max(len(before) - 1, 1)))
    return SearchResult(
        dataset=task.dataset,
        source=task.source,
        study=study.study_name,
        seed=settings.seed,
        default=default,
        best={name: _short(value) for name, value in best.params.items()},
        searched_default=float(by_default.value or 0.0),
        searched_best=float(best.value or 0.0),
        confirming_default=float(before.mean()),
        confirming_best=float(after.mean()),
        confirming_error=error,
        cases_searched=len(task.searched),
        cases_confirming=len(task.confirming),
        trials=len(ended),
        pruned=sum(trial.state == TrialState.PRUNED for trial in ended),
        failed=sum(trial.state == TrialState.FAIL for trial in ended),
        seconds=round(seconds, 2),
    )


def _short(value: Any) -> Any:
    """Six figures are more than validation can tell apart."""
    return float(f"{value:.6g}") if isinstance(value, float) else value
