"""Methods that learn period by period, each in a file of its own, all behind one protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from recommender.learning.lifelong.protocol import LifelongMethod

#: How a method is made from a seed.
Maker = Callable[[int], LifelongMethod]


@dataclass(frozen=True, slots=True)
class MethodEntry:
    """Where a method is made, and what is said of it beside its figures."""

    maker: str
    words: str
    keeps: str
    neural: bool = False


#: Methods by name. Their modules are imported when one is made.
LIFELONG_METHODS: Mapping[str, MethodEntry] = {
    "default": MethodEntry("fused:of_seed", "session kNN and spectral vectors, fused", "all"),
    "knn": MethodEntry("session_knn:of_seed", "session kNN, exact updates", "all"),
    "knn_bounded": MethodEntry(
        "session_knn:bounded", "the same on a bounded history", "newest 30,000 sessions"
    ),
    "spectral": MethodEntry(
        "spectral:of_seed", "vectors of the fading co-occurrence graph", "all, as pair counts"
    ),
    "popularity": MethodEntry("popularity:of_seed", "most clicked, lately", "item counts"),
    "finetune": MethodEntry(
        "neural:finetune", "recurrent network, new period alone", "nothing", neural=True
    ),
    "replay": MethodEntry(
        "neural:replay",
        "recurrent network, new period and replay",
        "30,000 sessions by chance",
        neural=True,
    ),
    "distillation": MethodEntry(
        "neural:distillation",
        "recurrent network, new period, replay and the earlier answers",
        "30,000 sessions by herding",
        neural=True,
    ),
    "ewc": MethodEntry(
        "neural:ewc",
        "recurrent network, new period near the weights that mattered",
        "a number for each weight",
        neural=True,
    ),
    "adapters": MethodEntry(
        "neural:adapters",
        "recurrent network, low-rank additions to frozen weights, and replay",
        "30,000 sessions by chance, base weights",
        neural=True,
    ),
    "joint": MethodEntry(
        "neural:joint", "recurrent network, retrained on all history", "all", neural=True
    ),
}


def lifelong_method(name: str, seed: int = 0) -> LifelongMethod:
    """A fresh method; raises KeyError for a name that is not in the list."""
    module, _, maker = LIFELONG_METHODS[name].maker.partition(":")
    found = getattr(import_module(f"{__name__}.{module}"), maker)
    return cast(Maker, found)(seed)
