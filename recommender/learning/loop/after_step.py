"""What follows when the outcome stands: probes are kept, people are told, what is old goes."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from recommender.events.snapshots import snapshots_prune, snapshots_tidy
from recommender.learning.erasure import erasures_settle
from recommender.learning.lifelong.kept_probes import KeptProbes
from recommender.learning.loop.evaluate_step import NEWEST
from recommender.learning.loop.journal import Journal
from recommender.learning.loop.material import SEED
from recommender.learning.loop.run_folder import probes_folder, run_folder
from recommender.learning.update import popularity_write
from recommender.ranking.model import BlendedModel
from recommender.registry.alerts import alert_raise
from recommender.registry.learning_runs import LearningRun
from recommender.registry.learning_view import subjects_named
from recommender.registry.models import Alert
from recommender.registry.pruning import models_prune
from recommender.registry.versions import model_folder

Status = LearningRun.Status


def after_step(run: LearningRun, journal: Journal) -> dict[str, Any]:
    """Do what the outcome asks for; each of it may be done twice."""
    if run.status == Status.PROMOTED and run.candidate is not None:
        model = BlendedModel.load(model_folder(run.candidate))
        popularity_write(model, model.items)
        newest = KeptProbes(run_folder(run) / NEWEST).read(model.items.ids)
        for probe in newest:
            KeptProbes(probes_folder()).keep(probe, run.upto or 0, seed=SEED)
        erasures_settle()
    if run.status == Status.REFUSED:
        refusal_tell(run)
    models_prune()
    snapshots_prune()
    snapshots_tidy()
    return {}


def refusal_tell(run: LearningRun) -> None:
    """Raise the alert that says which bounds a candidate broke."""
    alert_raise(
        kind="candidate-refused",
        severity=Alert.Severity.WARNING,
        arguments={"version": run.version, "reasons": subjects_named(run.reasons)},
        link=run_page(run),
        about=run.version,
    )


def failure_tell(run: LearningRun) -> None:
    """Raise the alert that says at which step learning failed."""
    alert_raise(
        kind="learning-failed",
        severity=Alert.Severity.SERIOUS,
        arguments={"step": run.step, "error": run.error[-500:]},
        link=run_page(run),
        about=run.step,
    )


def run_page(run: LearningRun) -> str:
    """Where people look at the run."""
    return reverse("admin:recommender_learningrun_change", args=[run.pk])
