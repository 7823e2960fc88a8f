"""What a run learns from: the record, what the live model knows of it, and the difference."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recommender.contracts import InteractionLog, ItemTable
from recommender.events.snapshots import SnapshotDamagedError, snapshot_read
from recommender.learning.erasure import is_masked, names_masked
from recommender.learning.interactions import record_log
from recommender.learning.learnt_log import LearntLog
from recommender.learning.lifelong.probes import Probe, fresh_rows, window_split
from recommender.registry.families import root_of
from recommender.registry.learning_runs import LearningRun
from recommender.registry.models import ModelVersion
from recommender.registry.versions import model_folder, model_live

#: For all that is random in a run.
SEED = 0


class OvertakenError(Exception):
    """Another model went live since the run began, which the candidate does not continue."""


def live_in_line(run: LearningRun) -> ModelVersion | None:
    """The live version: the run's parent, or one that has only taken in products since.

    Raises:
        OvertakenError: it is another one, or there is one where there was none.
    """
    live, parent = model_live(), run.parent
    if (root_of(live) if live else "") != (root_of(parent) if parent else ""):
        raise OvertakenError(live.version if live else "–")
    return live


@dataclass(frozen=True, slots=True)
class Window:
    """The logs of a run; all count items as one table does.

    ``before`` is what the live model has learnt, but of those who were erased since; ``now`` the
    record up to the run's watermark, ``learnt`` the part of it that the candidate learns,
    ``newest`` what it is asked instead.
    ``types`` counts the events by type, up to the window and in it.
    """

    before: LearntLog
    now: LearntLog
    learnt: LearntLog
    newest: Probe | None
    types: tuple[Mapping[str, int], Mapping[str, int]]


def window_read(run: LearningRun, live: ModelVersion | None, items: ItemTable) -> Window:
    """Read the run's window; the same every time for the same items.

    Raises:
        SnapshotDamagedError: the snapshot's file is gone, as after an erasure, or has changed.
    """
    if run.snapshot is None:
        raise SnapshotDamagedError("the snapshot of this run was deleted")
    events = snapshot_read(run.snapshot)
    now = record_log(events, items)
    before = _learnt_by(live, events, items)
    learnt, newest = now, None
    if run.trigger == LearningRun.Trigger.ERASURE:
        learnt = replace(now, log=now.log.take(~fresh_rows(now, before)))
    elif live is not None:
        learnt, newest = window_split(now, before, items.ids, seed=SEED)
    return Window(before, now, learnt, newest, _types(events, run.after))


def _types(events: pa.Table, after: int) -> tuple[Mapping[str, int], Mapping[str, int]]:
    late = pc.greater(events["event"], after)
    parts = (events.filter(pc.invert(late)), events.filter(late))
    earlier, window = (Counter(part["type"].to_pylist()) for part in parts)
    return earlier, window


def _learnt_by(version: ModelVersion | None, events: pa.Table, items: ItemTable) -> LearntLog:
    """What a version has learnt; of one that does not say so, the record up to its watermark."""
    if version is None:
        return LearntLog((), InteractionLog.empty(n_items=len(items)))
    folder = model_folder(version)
    if (learnt := LearntLog.load(folder)) is not None:
        known: list[str] = json.loads((folder / "items.json").read_text())["ids"]
        return realigned(without_erased(learnt), known, items.ids)
    return record_log(events.filter(pc.less_equal(events["event"], version.watermark)), items)


def masked(learnt: LearntLog) -> LearntLog:
    """The same, with who was erased under a name that nobody has: they are to be forgotten."""
    return replace(learnt, shoppers=names_masked(learnt.shoppers))


def without_erased(learnt: LearntLog) -> LearntLog:
    """What has been learnt from those who are still there; nobody asks about the others."""
    names = names_masked(learnt.shoppers)
    gone = np.array([is_masked(name) for name in names], bool)
    return LearntLog(
        tuple("" if is_masked(name) else name for name in names),
        learnt.log.take(~gone[learnt.log.shoppers]) if gone.any() else learnt.log,
    )


def realigned(learnt: LearntLog, known: Sequence[str], ids: Sequence[str]) -> LearntLog:
    """The same with items counted as in ``ids``; what is not among them falls away."""
    log = learnt.log
    if tuple(ids[: len(known)]) == tuple(known):
        return replace(learnt, log=replace(log, n_items=len(ids)))
    places = {item: place for place, item in enumerate(ids)}
    own = np.array([places.get(item, -1) for item in known], np.int32)
    kept = log.take(own[log.items] >= 0)
    return replace(learnt, log=replace(kept, items=own[kept.items], n_items=len(ids)))
