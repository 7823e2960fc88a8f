"""The first steps: where the window ends, and the record up to there as one immutable file."""

from __future__ import annotations

from typing import Any

from recommender.events.snapshots import log_watermark, snapshot_write
from recommender.feedback.examination_log import examination_learn
from recommender.learning.loop.journal import Journal
from recommender.registry.learning_runs import LearningRun, Method, learning_plan
from recommender.registry.versions import model_live, version_name

Trigger = LearningRun.Trigger


def window_step(run: LearningRun, journal: Journal) -> dict[str, Any]:
    """Fix what the run goes on from, up to where it looks, and how it learns."""
    live = model_live()
    chosen, reason = learning_plan().method, ""
    if live is None:
        chosen, reason = Method.RETRAIN.value, "first"
    elif run.trigger == Trigger.RETRAIN:
        chosen, reason = Method.RETRAIN.value, "due"
    return {
        "parent": live,
        "after": live.watermark if live else 0,
        "upto": log_watermark(),
        "method": chosen,
        "method_reason": reason,
        "version": version_name(),
    }


def snapshot_step(run: LearningRun, journal: Journal) -> dict[str, Any]:
    """Write the whole record up to the watermark; every row tells which event it is."""
    if run.method == Method.RETRAIN:
        # Only then: between full trainings a shopper's record weighs the same.
        examination_learn()
    return {"snapshot": snapshot_write(watermark=run.upto)}
