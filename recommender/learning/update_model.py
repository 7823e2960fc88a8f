"""From a model and the record as it is now to a model that has learnt the record.

What is a sum over shoppers is updated exactly: interactions that came late, whose weight changed,
that were taken back or whose shopper is gone are all found by one comparison. Networks go on from
their weights by a continual learning method. The weights of the blend and the ranker stay.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable

import numpy as np

from recommender.contracts import (
    CandidateSource,
    ContinuingSource,
    InteractionLog,
    ItemTable,
    RefittableSource,
    TripleTable,
    UpdatableSource,
)
from recommender.learning.fit import FittedModel
from recommender.learning.learnt_log import ERASED, Change, LearntLog, difference
from recommender.learning.lifelong.continual import CONTINUAL_METHODS

#: Told what is being done and how much of the update is done, 0 to 1.
Progress = Callable[[str, float], None]
#: How an update learns unless told otherwise, and the one that fits everything anew.
DEFAULT_METHOD = "replay"
RETRAIN = "retrain"


class UpdateImpossibleError(Exception):
    """Only a full retrain can take the model to where the record and the catalogue are."""


def model_updated(
    start: FittedModel,
    learnt: LearntLog,
    now: LearntLog,
    items: ItemTable,
    facts: TripleTable | None,
    *,
    method: str = DEFAULT_METHOD,
    seed: int,
    progress: Progress | None = None,
    change: Change | None = None,
) -> FittedModel:
    """The model after what ``now`` has beyond ``learnt``, and without what it has not any more.

    ``learnt`` is what ``start`` has learnt, in its numbering of shoppers. ``items`` begins with
    the items of the start; products that have left the catalogue stay. ``method`` names how the
    networks learn; where a shopper whom ``learnt`` calls ``ERASED`` is to be forgotten, they learn
    everything anew from fresh weights. The start is used up: its sources become those of the
    result. ``change`` is the difference of the two logs where it is known. Writes nothing.

    Raises:
        UpdateImpossibleError: another encoder, another order of items, a source that cannot go on,
            or a record that the start has not learnt.
        ValueError: there is no such method.
    """
    if method not in CONTINUAL_METHODS:
        raise ValueError(f"no method {method!r}; known: {', '.join(CONTINUAL_METHODS)}")
    told = progress or (lambda step, share: None)
    _check(start, learnt, now, items, method)
    told("difference", 0.0)
    if change is None:
        change = difference(learnt, now)
    forgets = someone_erased(learnt, change)
    networks: dict[str, CandidateSource] = {}
    seconds: dict[str, float] = {}
    costly = [
        name
        for name, source in start.model.sources.items()
        if not isinstance(source, UpdatableSource)
    ]
    for place, name in enumerate(costly):
        told(name, 0.05 + 0.65 * place / len(costly))
        began = time.perf_counter()
        networks[name] = _gone_on(
            start.model.sources[name], change, items, method, seed, forgets=forgets
        )
        seconds[name] = time.perf_counter() - began
    told("exact", 0.7)
    try:
        exact = start.model.update(
            change.added, items, removed=change.removed, facts=facts, replaced=networks
        )
    except ValueError as error:
        raise UpdateImpossibleError(f"the model has not learnt what is to go: {error}") from error
    told("done", 1.0)
    for name, took in exact.items():
        seconds[name] = seconds.get(name, 0.0) + took
    return FittedModel(
        start.model,
        {name: round(took, 3) for name, took in seconds.items()},
        start.validation,
        start.ranking,
        change.now,
    )


def _check(
    start: FittedModel, learnt: LearntLog, now: LearntLog, items: ItemTable, method: str
) -> None:
    known = start.model.items
    if method == RETRAIN:
        raise UpdateImpossibleError("a retrain fits every source anew: it has no start")
    if items.ids[: len(known)] != known.ids:
        raise UpdateImpossibleError("the items do not begin with those that the model knows")
    if items.vectors.shape[1] != known.vectors.shape[1]:
        raise UpdateImpossibleError("the items' vectors come from another encoder")
    if now.log.n_items != len(items) or learnt.log.n_items > len(known):
        raise UpdateImpossibleError("the record and the items do not belong together")
    if len(learnt.log) != int(start.model.popularity.sum()):
        raise UpdateImpossibleError("the model has learnt another record than it is said to have")
    stuck = [
        name
        for name, source in start.model.sources.items()
        if not isinstance(source, UpdatableSource | RefittableSource)
    ]
    if stuck:
        raise UpdateImpossibleError(f"cannot go on from what they know: {', '.join(stuck)}")


def _gone_on(
    start: CandidateSource,
    change: Change,
    items: ItemTable,
    method: str,
    seed: int,
    *,
    forgets: bool,
) -> CandidateSource:
    """The same kind of source after the window; the start stays as it was.

    Where it ``forgets`` somebody, it begins from fresh weights.
    """
    source = copy.copy(start)
    log, window = change.now.log, change.added
    try:
        if forgets:
            source.fit(log, items)
        elif isinstance(source, ContinuingSource):
            source.learn_window(log, window, items, start, method)
        elif isinstance(source, RefittableSource):
            source.refit(replayed(log, window, seed), items, start)
    except ValueError as error:
        raise UpdateImpossibleError(f"{start.name} cannot go on: {error}") from error
    return source


def someone_erased(learnt: LearntLog, change: Change) -> bool:
    """Whether the change forgets an erased shopper of whom something was learnt.

    What one shopper left in weights that all share cannot be subtracted from them.
    """
    erased = [place for place, name in enumerate(learnt.shoppers) if name.startswith(ERASED)]
    return bool(np.isin(change.removed.shoppers, erased).any())


def replayed(log: InteractionLog, window: InteractionLog, seed: int) -> InteractionLog:
    """The whole histories of the window's shoppers, and of as many others drawn by chance."""
    active = np.zeros(log.n_shoppers, bool)
    active[window.shoppers] = True
    others = np.flatnonzero(~active & (np.diff(log.bounds()) > 0))
    count = min(int(active.sum()), len(others))
    active[np.random.default_rng(seed).choice(others, count, replace=False)] = True
    return log.take(active[log.shoppers])
