"""From the gate's word to a version: live, in shadow, or refused with its files kept."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from recommender.features.item_table import catalogue_change, item_table_read
from recommender.features.triples import triples_read
from recommender.learning.fit import FittedModel
from recommender.learning.learnt_log import difference
from recommender.learning.lifelong.gate import Outcome
from recommender.learning.loop.due import trained_fully_at
from recommender.learning.loop.journal import Journal
from recommender.learning.loop.material import SEED, Window, live_in_line, window_read
from recommender.learning.loop.run_folder import run_folder
from recommender.learning.loop.update_step import CANDIDATE, TOLD, candidate_told
from recommender.learning.publish import publishing, version_files
from recommender.learning.text_encoders import item_encoder
from recommender.registry.families import ROOT
from recommender.registry.learning_runs import LearningRun, Method
from recommender.registry.models import ModelVersion
from recommender.registry.versions import (
    model_activate,
    model_refuse,
    model_register,
    model_shadow,
)

Status, Trigger = LearningRun.Status, LearningRun.Trigger
Version = ModelVersion.Status

#: What a run has come to when its version is found with this status.
CAME_TO = {
    Version.LIVE: Status.PROMOTED,
    Version.RETIRED: Status.PROMOTED,
    Version.SHADOW: Status.SHADOW,
    Version.REFUSED: Status.REFUSED,
}


def publish_step(run: LearningRun, journal: Journal) -> dict[str, Any]:
    """Enter the version and make it what the gate said.

    A version goes live and the run comes to its end in one transaction. Where a process was killed
    after the version had become what it is, nothing is done twice.

    Raises:
        SnapshotDamagedError: the snapshot is gone.
        OvertakenError: another model went live.
        DamagedModelError: the version's files are not those that were registered.
    """
    version = ModelVersion.objects.filter(version=run.version).first()
    if version is not None and version.status != Version.CANDIDATE:
        return {"status": CAME_TO[Version(version.status)], "candidate": version}
    with publishing():
        live = live_in_line(run)
        if version is None:
            version = _registered(run, journal, live)
        return _become(run, journal, version)


def _become(run: LearningRun, journal: Journal, version: ModelVersion) -> dict[str, Any]:
    why = {"reasons": run.reasons}
    if run.decision == Outcome.REFUSE:
        model_refuse(version=version, code="gate-refused", figures=why)
        return {"status": Status.REFUSED, "candidate": version}
    if run.decision == Outcome.SHADOW:
        model_shadow(version=version, code="gate-unsure", figures=why)
        return {"status": Status.SHADOW, "candidate": version}
    fields = {"status": Status.PROMOTED, "candidate": version}
    ended = journal.ended(**fields)
    model_activate(
        version=version,
        code="trained" if run.parent_id is None else "gate-passed",
        figures=why,
        also=lambda: journal.write(**ended),
    )
    return fields


def candidate_leave(run: LearningRun) -> None:
    """Keep what a run has entered and not decided about out for good: the run has ended."""
    candidate = ModelVersion.objects.filter(version=run.version, status=Version.CANDIDATE).first()
    if candidate is not None:
        model_refuse(version=candidate, code="learning-ended", figures={"run": run.pk})


def _registered(run: LearningRun, journal: Journal, live: ModelVersion | None) -> ModelVersion:
    """The version with its files in their place; to be called within ``publishing``."""
    folder = run_folder(run) / CANDIDATE
    journal.at("files", 0.1)
    fitted = FittedModel.load(folder)
    told = candidate_told(folder)
    if run.decision != Outcome.REFUSE and run.trigger != Trigger.ERASURE:
        _newest_learn(fitted, window_read(run, live, fitted.model.items))
    # Growth may have published meanwhile; and who is refused may yet be made live by a person.
    known = fitted.model.items
    change = catalogue_change(known, item_table_read(item_encoder(), first=known.ids))
    if change:
        fitted.model.grow(change.items, triples_read())
    journal.at("files", 0.4)
    # Of an attempt that was killed before the version was registered.
    shutil.rmtree(Path(settings.MODEL_DIR) / run.version, ignore_errors=True)
    place = version_files(fitted, run.version, beside=[folder / TOLD])
    journal.at("files", 0.7)
    parent = run.parent
    return model_register(
        version=run.version,
        folder=place,
        watermark=_watermark(run),
        parent=parent,
        trained_with=_settings(run, told, fitted, parent),
        metrics={
            "validation": fitted.validation,
            "ranking": fitted.ranking,
            "fit_seconds": fitted.fit_seconds,
            "nearest": fitted.searches(),
            "probes": run.evaluation.get("after", {}).get("probes", {}),
            # Since the run began: no later than that, its record was read.
            "seconds": round((timezone.now() - (run.began_at or run.made_at)).total_seconds(), 2),
        },
        seed=SEED,
    )


def _newest_learn(fitted: FittedModel, window: Window) -> None:
    """Let exact sources take in what the candidate was asked; networks meet it by replay."""
    assert fitted.learnt is not None
    change = difference(fitted.learnt, window.now)
    if change:
        fitted.model.update(change.added, fitted.model.items, removed=change.removed)
        fitted.learnt = change.now


def _watermark(run: LearningRun) -> int:
    """The newest event that it has learnt from; who only forgets has learnt nothing new."""
    return run.after if run.trigger == Trigger.ERASURE else int(run.upto or 0)


def _settings(
    run: LearningRun, told: Mapping[str, Any], fitted: FittedModel, parent: ModelVersion | None
) -> dict[str, Any]:
    kept: Mapping[str, Any] = {}
    fully = timezone.now().isoformat()
    if parent is not None and run.method != Method.RETRAIN:
        kept = parent.settings
        fully = trained_fully_at(parent).isoformat()
    return {
        **{key: value for key, value in kept.items() if key not in ("added", "changed", ROOT)},
        "kind": "training" if run.method == Method.RETRAIN else "update",
        "method": run.method,
        "run": run.pk,
        "record_at": run.began_at.isoformat() if run.began_at else "",
        "snapshot": run.snapshot.checksum if run.snapshot else "",
        "interactions": told["interactions"],
        "shoppers": told["shoppers"],
        "items": len(fitted.model.items),
        "facts_state": told["facts_state"],
        "text_encoder": told["text_encoder"],
        "weights": fitted.model.weights.as_json(),
        "trained_fully_at": fully,
        "learnt": run.added,
        "forgotten": run.removed,
    }
