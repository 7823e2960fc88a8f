"""A run from its beginning to its end, or from where a killed one was."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone

from recommender.events.snapshots import SnapshotDamagedError
from recommender.learning.erasure import erasures_settle
from recommender.learning.loop.after_step import after_step, failure_tell
from recommender.learning.loop.due import learning_due
from recommender.learning.loop.evaluate_step import evaluate_step, gate_step
from recommender.learning.loop.journal import Journal, Listener
from recommender.learning.loop.material import OvertakenError
from recommender.learning.loop.publish_step import candidate_leave, publish_step
from recommender.learning.loop.run_folder import folders_tidy, run_folder
from recommender.learning.loop.update_step import update_step
from recommender.learning.loop.window_steps import snapshot_step, window_step
from recommender.learning.update import LearningBusyError, NothingToLearnError
from recommender.registry.learning_runs import LearningRun
from recsite.locks import BusyError, one_at_a_time

logger = logging.getLogger(__name__)

Status, Step, Trigger = LearningRun.Status, LearningRun.Step, LearningRun.Trigger

#: A step that was begun so often and has not come to its end fails the run.
ATTEMPTS = 3
#: Each gives the fields that its result changes, and leaves the same where it is done twice.
STEPS: Mapping[str, Callable[[LearningRun, Journal], dict[str, Any]]] = {
    Step.WINDOW: window_step,
    Step.SNAPSHOT: snapshot_step,
    Step.UPDATE: update_step,
    Step.EVALUATE: evaluate_step,
    Step.GATE: gate_step,
    Step.PUBLISH: publish_step,
    Step.AFTER: after_step,
}
#: Said of a step whose process ended without a word.
KILLED = "the process ended in the middle of it"


def learning_step(
    *, trigger: str | None = None, listener: Listener | None = None
) -> LearningRun | None:
    """Take up the run that was left, or begin one that is due; None where none is.

    ``trigger`` begins one in any case. The lock dies with the process that holds it, so whoever
    comes next finds what a killed one has left.

    Raises:
        LearningBusyError: another process is learning.
    """
    try:
        with one_at_a_time("learning"):
            run = _left()
            if run is None:
                # Who was erased before any model knew them needs no run.
                erasures_settle()
                run = _ordered() or _begun(trigger)
            if run is None:
                return None
            _taken_to_its_end(run, Journal(run, listener))
            return run
    except BusyError:
        raise LearningBusyError("another process is learning at this moment") from None


def _left() -> LearningRun | None:
    """The run that another process has left in the middle."""
    unfinished = LearningRun.objects.filter(ended_at=None).exclude(status=Status.WAITING)
    run = unfinished.select_related("parent", "candidate", "snapshot").order_by("pk").first()
    if run is not None:
        run.resumed += 1
        run.save(update_fields=["resumed"])
        logger.info("run %s is taken up at its step %s", run.pk, run.step)
    return run


def _ordered() -> LearningRun | None:
    """The run that somebody has asked for."""
    run = LearningRun.objects.filter(status=Status.WAITING).order_by("pk").first()
    if run is not None:
        run.status, run.began_at = Status.RUNNING, timezone.now()
        run.save(update_fields=["status", "began_at"])
    return run


def _begun(trigger: str | None) -> LearningRun | None:
    measured: dict[str, float] = {}
    if trigger is None:
        if (due := learning_due()) is None:
            return None
        trigger, measured = due.trigger, due.measured
    return LearningRun.objects.create(
        trigger=trigger, measured=measured, status=Status.RUNNING, began_at=timezone.now()
    )


def _taken_to_its_end(run: LearningRun, journal: Journal) -> None:
    renewed = 0
    while run.ended_at is None:
        if run.attempts >= ATTEMPTS:
            _fail(run, journal)
            break
        step = run.step
        journal.begin()
        try:
            fields = STEPS[step](run, journal)
            # The step that publishes says so itself, together with the version.
            if run.step == step:
                journal.write(**journal.ended(**fields))
        except NothingToLearnError as reason:
            journal.end(status=Status.NOTHING, message=str(reason))
        except OvertakenError as by:
            candidate_leave(run)
            journal.end(status=Status.OVERTAKEN, message=str(by))
        except SnapshotDamagedError as error:
            if (renewed := renewed + 1) > ATTEMPTS:
                return _stopped(run, journal, error)
            # Somebody was erased meanwhile: all is made anew, without them.
            logger.info("run %s needs its snapshot anew: %s", run.pk, error)
            shutil.rmtree(run_folder(run), ignore_errors=True)
            journal.write(step=Step.SNAPSHOT, snapshot=None, attempts=0)
        except Exception as error:
            return _stopped(run, journal, error)
    folders_tidy()


def _stopped(run: LearningRun, journal: Journal, error: Exception) -> None:
    """Keep the error; the next call tries the step once more, if it may."""
    logger.exception("run %s: the step %s failed", run.pk, run.step)
    run.refresh_from_db()
    journal.write(error=f"{type(error).__name__}: {error}"[-2000:])
    if run.attempts >= ATTEMPTS:
        _fail(run, journal)


def _fail(run: LearningRun, journal: Journal) -> None:
    """Give the run up; what was new is learnt with the next one."""
    journal.write(error=run.error or KILLED)
    candidate_leave(run)
    failure_tell(run)
    # The outcome stands where only what follows from it has failed.
    journal.end(status=run.status if run.step == Step.AFTER else Status.FAILED)
