"""What learning one window after the other does to the others: backward and forward transfer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.learning.lifelong.probe_names import NEWEST, WINDOW

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Transfer:
    """Backward: what later windows gave to earlier ones; negative is forgetting. Forward: what
    earlier windows gave to one not learnt yet, beyond chance.
    """

    backward: float
    forward: float


def transfer(figures: Reals, chance: Sequence[float] | Reals) -> Transfer:
    """Transfer over a sequence of windows.

    ``figures[i, j]`` is the quality on window j after learning window i, shape (windows, windows);
    NaN where it was not measured. ``chance`` is what a model that has learnt nothing reaches on
    each window. Backward is the mean of figures[last, j] - figures[j, j] over all but the last
    window, forward the mean of figures[j - 1, j] - chance[j] over all but the first (Lopez-Paz and
    Ranzato, "Gradient episodic memory", NeurIPS 2017). Zero where nothing was measured.
    """
    size = len(figures)
    if figures.shape != (size, size) or len(chance) != size:
        raise ValueError("transfer needs a square of figures and one chance per window")
    backward = figures[-1:, :-1].ravel() - np.diagonal(figures)[:-1]
    forward = np.diagonal(figures, offset=1) - np.asarray(chance, np.float64)[1:]
    return Transfer(_mean(backward), _mean(forward))


def transfer_of(evaluations: Sequence[Mapping[str, Any]], n_items: int) -> Transfer:
    """Transfer over promoted updates, oldest first, from the figures that each of them kept.

    Each is ``{"before": figures, "after": figures}`` with ``Evaluation.figures()``; its newest
    probe is the kept window ``window-1`` of the update that follows, and so on. The newest of an
    update is asked before it is learnt, and learnt afterwards, which counts as transfer too.
    """
    size = len(evaluations)
    figures = np.full((size, size), np.nan)
    for place, evaluation in enumerate(evaluations):
        before, after = (evaluation[name]["probes"] for name in ("before", "after"))
        if NEWEST in after:
            figures[place, place] = after[NEWEST]["ndcg_at_10"]
            if place:
                figures[place - 1, place] = before[NEWEST]["ndcg_at_10"]
        for name, probe in after.items():
            if name.startswith(WINDOW) and (back := int(name.removeprefix(WINDOW))) <= place:
                figures[place, place - back] = probe["ndcg_at_10"]
    return transfer(figures, [chance_ndcg_at_10(n_items)] * size)


def chance_ndcg_at_10(n_items: int) -> float:
    """Expected NDCG@10 of a random order of all items, with one item to find."""
    if n_items < 1:
        raise ValueError("an order needs an item")
    places = min(10, n_items)
    return float((1.0 / np.log2(np.arange(places) + 2.0)).sum() / n_items)


def _mean(values: Reals) -> float:
    measured = values[np.isfinite(values)]
    return float(measured.mean()) if len(measured) else 0.0
