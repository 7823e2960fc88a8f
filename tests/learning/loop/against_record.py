"""What a live model has learnt, held against the record."""

from __future__ import annotations

import numpy as np

from recommender.contracts import Floats, History, InteractionLog
from recommender.events.models import Snapshot
from recommender.events.snapshots import snapshot_read, snapshot_write
from recommender.learning.fit import FittedModel, fit_sources
from recommender.learning.interactions import record_log
from recommender.learning.learnt_log import LearntLog
from recommender.ranking.model import BlendedModel
from recommender.registry.versions import model_folder, model_live, model_verify


def live_loaded() -> tuple[BlendedModel, LearntLog]:
    """The live model, its files checked, and what it says that it has learnt."""
    live = model_live()
    assert live is not None
    model_verify(live)
    fitted = FittedModel.load(model_folder(live))
    assert fitted.learnt is not None
    return fitted.model, fitted.learnt


def rows(learnt: LearntLog) -> list[tuple[str, int, int, float]]:
    """Shopper, item, time and weight of each interaction, in an order of their own."""
    log = learnt.log
    return sorted(
        zip(
            [learnt.shoppers[shopper] for shopper in log.shoppers],
            log.items.tolist(),
            log.times.tolist(),
            log.weights.tolist(),
            strict=True,
        )
    )


def learnt_is_record() -> None:
    """The live model knows every interaction on record once, and answers like a full refit."""
    model, learnt = live_loaded()
    snapshot: Snapshot = snapshot_write()
    record = record_log(snapshot_read(snapshot), model.items)
    assert rows(learnt) == rows(record)
    assert model.popularity.tolist() == _counts(record.log).tolist()
    refitted, _ = fit_sources(record.log, model.items, {name: {} for name in model.sources})
    asked = [History.of([item, (item + 1) % len(model.items)]) for item in range(len(model.items))]
    for name, source in model.sources.items():
        found: Floats = source.score(asked)
        np.testing.assert_allclose(found, refitted[name].score(asked), rtol=1e-4, atol=1e-6)


def _counts(log: InteractionLog) -> np.ndarray:
    return np.bincount(log.items, minlength=log.n_items)
