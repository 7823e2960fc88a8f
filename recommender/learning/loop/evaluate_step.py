"""Both models are asked the same, and the gate holds the answers against each other."""

from __future__ import annotations

import math
from typing import Any

from recommender.learning.lifelong.drift import Drift, drift_of
from recommender.learning.lifelong.evaluation import Evaluation, evaluated
from recommender.learning.lifelong.gate import Outcome, gate_decide
from recommender.learning.lifelong.kept_probes import KeptProbes
from recommender.learning.lifelong.probes import probes_of
from recommender.learning.loop.journal import Journal
from recommender.learning.loop.material import SEED, live_in_line, window_read
from recommender.learning.loop.run_folder import probes_folder, run_folder
from recommender.learning.loop.update_step import CANDIDATE
from recommender.ranking.model import BlendedModel
from recommender.registry.gate_bounds import gate_bounds
from recommender.registry.learning_runs import LearningRun
from recommender.registry.versions import model_folder

#: In the run's folder: what the live model and the candidate answered.
BEFORE, AFTER = "before.json", "after.json"
#: And what of the window is kept, for later runs to be asked.
NEWEST = "newest"


def needs_no_gate(run: LearningRun) -> str:
    """Why a candidate is not held against anything, or nothing.

    There may be no model yet; and who only forgets has learnt nothing that could do harm, while
    those who were erased have a right to be forgotten.
    """
    if run.parent_id is None:
        return "first"
    return "only_forgets" if run.trigger == LearningRun.Trigger.ERASURE else ""


def plain(figures: Any) -> Any:
    """The same without what JSON has no word for: a figure that is not finite is not known."""
    if isinstance(figures, dict):
        return {name: plain(figure) for name, figure in figures.items()}
    if isinstance(figures, list):
        return [plain(figure) for figure in figures]
    return None if isinstance(figures, float) and not math.isfinite(figures) else figures


def evaluate_step(run: LearningRun, journal: Journal) -> dict[str, Any]:
    """Ask both models the probes; the answers lie in the run's folder, figures in its row.

    Raises:
        SnapshotDamagedError: the snapshot is gone.
        OvertakenError: another model went live.
    """
    live = live_in_line(run)
    if needs_no_gate(run) or live is None:
        return {}
    folder = run_folder(run)
    candidate = BlendedModel.load(folder / CANDIDATE)
    window = window_read(run, live, candidate.items)
    assert window.newest is not None
    ids = candidate.items.ids
    journal.at("probes", 0.05)
    KeptProbes(folder / NEWEST).keep(window.newest, run.upto or 0)
    probes = probes_of(
        window.newest, window.learnt, window.before, ids,
        kept=KeptProbes(probes_folder()).read(ids, before=run.upto), seed=SEED,
        groups=candidate.items.groups,
    )  # fmt: skip
    journal.at("drift", 0.15)
    drift = drift_of(window.before, window.now, candidate.items, types=window.types, seed=SEED)
    figures: dict[str, Any] = {"drift": drift.as_json()}
    models = (
        ("before", BEFORE, BlendedModel.load(model_folder(live))),
        ("after", AFTER, candidate),
    )
    for place, (name, file, model) in enumerate(models):
        journal.at(name, 0.3 + 0.35 * place)
        answers = evaluated(model, probes)
        answers.save(folder / file)
        figures[name] = answers.figures()
    return {"evaluation": plain(figures)}


def gate_step(run: LearningRun, journal: Journal) -> dict[str, Any]:
    """Decide on the candidate by the bounds as they are now."""
    if code := needs_no_gate(run):
        return {"decision": Outcome.PROMOTE.value, "reasons": [{"code": code}]}
    folder = run_folder(run)
    decision = gate_decide(
        Evaluation.load(folder / BEFORE),
        Evaluation.load(folder / AFTER),
        Drift.from_json(run.evaluation["drift"]),
        gate_bounds(),
    )
    reasons = [plain(reason.as_json()) for reason in decision.reasons]
    return {"decision": decision.outcome.value, "reasons": reasons}
