"""Continual learning of a network: one protocol, one file for each method."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from recommender.learning.lifelong.continual.adapters import Adapters
from recommender.learning.lifelong.continual.distillation import Distillation
from recommender.learning.lifelong.continual.ewc import ElasticWeights
from recommender.learning.lifelong.continual.exemplars import Choice, ExemplarStore
from recommender.learning.lifelong.continual.finetune import Finetune
from recommender.learning.lifelong.continual.protocol import ContinualMethod
from recommender.learning.lifelong.continual.proximal import Proximal
from recommender.learning.lifelong.continual.replay import Replay
from recommender.learning.lifelong.continual.retrain import Retrain

#: Methods by name: each made from how many sequences its store may hold and, as a multiple of the
#: window, how many of them a lesson mixes in at most (None for all).
CONTINUAL_METHODS: Mapping[str, Callable[[int, float | None], ContinualMethod]] = {
    "finetune": lambda _capacity, _share: Finetune(),
    "replay": lambda capacity, share: Replay(ExemplarStore(Choice.RESERVOIR, capacity, share)),
    "replay_herding": lambda capacity, share: Replay(
        ExemplarStore(Choice.HERDING, capacity, share)
    ),
    "replay_loss": lambda capacity, share: Replay(ExemplarStore(Choice.LOSS, capacity, share)),
    "distillation": lambda capacity, share: Distillation(
        ExemplarStore(Choice.HERDING, capacity, share)
    ),
    "ewc": lambda _capacity, _share: ElasticWeights(),
    "proximal": lambda _capacity, _share: Proximal(),
    "adapters": lambda capacity, share: Adapters(ExemplarStore(Choice.RESERVOIR, capacity, share)),
    "retrain": lambda _capacity, _share: Retrain(),
}


def continual_method(
    name: str, capacity: int = 30_000, share: float | None = None
) -> ContinualMethod:
    """A fresh method; raises ValueError for a name that is not in the list."""
    if name not in CONTINUAL_METHODS:
        raise ValueError(f"no continual method {name!r}: {', '.join(CONTINUAL_METHODS)}")
    return CONTINUAL_METHODS[name](capacity, share)
