"""How a source's network is trained on a log: the same places, names and shares for all of them."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from recommender.contracts import InteractionLog
from recommender.learning.run_folders import checkpoint_folder, log_folder, run_name
from recommender.learning.training import TrainingSettings

#: What a refit takes of the learning rate and of the time of a fit.
REFIT_RATE, REFIT_TIME = 0.3, 0.4


def share_of(seconds: float | None, share: float) -> float | None:
    """A part of a time that may be unbounded."""
    return None if seconds is None else seconds * share


def run_settings(kind: str, log: InteractionLog, **settings: Any) -> TrainingSettings:
    """The settings, with a checkpoint by kind and log and a run that TensorBoard can show."""
    fingerprint = log_fingerprint(log)
    return TrainingSettings(
        checkpoint_folder=checkpoint_folder(kind, fingerprint),
        log_folder=log_folder(kind),
        run_name=run_name(kind),
        data_fingerprint=fingerprint,
        **settings,
    )


def log_fingerprint(log: InteractionLog) -> str:
    """What tells two logs apart, in hexadecimal."""
    digest = hashlib.sha256(f"{log.n_shoppers} {log.n_items}".encode())
    for column in (log.shoppers, log.items, log.weights, log.times):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()
