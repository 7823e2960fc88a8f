"""The step that learns: from the live model and the record to a candidate in the run's folder."""

from __future__ import annotations

import json
import logging
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recommender.contracts import ItemEncoder
from recommender.features.item_table import catalogue_change, item_table_read
from recommender.features.triples import facts_state, triples_read
from recommender.learning.erasure import is_masked
from recommender.learning.fit import FittedModel
from recommender.learning.learnt_log import Change, difference
from recommender.learning.loop.journal import Journal
from recommender.learning.loop.material import SEED, Window, live_in_line, masked, window_read
from recommender.learning.loop.run_folder import run_folder
from recommender.learning.text_encoders import item_encoder
from recommender.learning.update import NothingToLearnError, full_training
from recommender.learning.update_model import UpdateImpossibleError, model_updated
from recommender.registry.learning_runs import LearningRun, Method
from recommender.registry.models import ModelVersion
from recommender.registry.versions import model_folder, model_verify

logger = logging.getLogger(__name__)

#: In the run's folder: the candidate's files. In those: how it came about.
CANDIDATE, TOLD = "candidate", "run.json"


def update_step(run: LearningRun, journal: Journal) -> dict[str, Any]:
    """Make the candidate, unless its folder is there: it gets its name when it is complete.

    Raises:
        NothingToLearnError: the model knows the record as it is.
        SnapshotDamagedError: the snapshot is gone.
        OvertakenError: another model went live.
    """
    folder = run_folder(run) / CANDIDATE
    if not folder.is_dir():
        _candidate_make(run, journal, folder)
    told = candidate_told(folder)
    return {name: told[name] for name in ("method", "method_reason", "added", "removed")}


def candidate_told(folder: Path) -> dict[str, Any]:
    """How the candidate in the folder came about."""
    told: dict[str, Any] = json.loads((folder / TOLD).read_text())
    return told


def _candidate_make(run: LearningRun, journal: Journal, folder: Path) -> None:
    began = time.monotonic()
    live = live_in_line(run)
    encoder, facts = item_encoder(), facts_state()
    start = _start(live)
    method, reason = run.method, run.method_reason
    made: _Made | None = None
    if method != Method.RETRAIN and start is not None and live is not None:
        try:
            made = _updated(run, journal, live, start, encoder)
        except UpdateImpossibleError as impossible:
            logger.info("run %s trains in full: %s", run.pk, impossible)
            method, reason = Method.RETRAIN.value, str(impossible)
    if made is None:
        made = _trained(run, journal, live, start, encoder)
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    made.fitted.save(partial)
    told = {
        "method": method,
        "method_reason": reason[:300],
        "added": len(made.change.added),
        "removed": len(made.change.removed),
        "interactions": len(made.window.now.log),
        "shoppers": sum(1 for name in made.window.now.shoppers if name),
        "facts_state": facts,
        "text_encoder": encoder.checksum,
        "seconds": round(time.monotonic() - began, 2),
    }
    (partial / TOLD).write_text(json.dumps(told))
    partial.rename(folder)


@dataclass(frozen=True, slots=True)
class _Made:
    """A candidate, what it was made from, and what in that was new to the live model."""

    fitted: FittedModel
    window: Window
    change: Change


def _start(live: ModelVersion | None) -> FittedModel | None:
    if live is None:
        return None
    model_verify(live)
    return FittedModel.load(model_folder(live))


def _updated(
    run: LearningRun,
    journal: Journal,
    live: ModelVersion,
    start: FittedModel,
    encoder: ItemEncoder,
) -> _Made:
    """Go on from the live model; raises UpdateImpossibleError where that cannot be done."""
    if live.settings.get("text_encoder", encoder.checksum) != encoder.checksum:
        raise UpdateImpossibleError("the text encoder is another one now")
    if start.learnt is None:
        raise UpdateImpossibleError("the live model does not say what it has learnt")
    known = start.model.items
    items = catalogue_change(known, item_table_read(encoder, first=known.ids)).items
    window = window_read(run, live, items)
    learnt = masked(start.learnt)
    change = difference(learnt, window.learnt)
    # Who only looked at things that left no trace is still named.
    if not change and not any(map(is_masked, learnt.shoppers)):
        raise NothingToLearnError("the live model has learnt all that is on record")
    fitted = model_updated(
        start, learnt, window.learnt, items, triples_read(),
        method=run.method, seed=SEED, progress=journal.at, change=change,
    )  # fmt: skip
    return _Made(fitted, window, change)


def _trained(
    run: LearningRun,
    journal: Journal,
    live: ModelVersion | None,
    start: FittedModel | None,
    encoder: ItemEncoder,
) -> _Made:
    """Fit everything anew, without the products that have left the catalogue."""
    items = item_table_read(encoder, first=start.model.items.ids if start else ())
    window = window_read(run, live, items)
    if not len(window.learnt.log):
        raise NothingToLearnError("there are no interactions to learn from")
    journal.at("fit", 0.0)
    fitted = full_training(window.learnt, items, seed=SEED)
    return _Made(fitted, window, difference(window.before, window.learnt))
