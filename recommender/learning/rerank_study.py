"""Validation cases for a reranking gate: the blend's candidates, read by the language model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tqdm.auto import tqdm

from recommender.contracts import Floats
from recommender.learning.metrics import top_items
from recommender.learning.splits import Holdout
from recommender.ranking.blend import blended
from recommender.ranking.model import BlendedModel
from recommender.ranking.rerank import CANDIDATES, TitleReader, features_of, newest_items
from recommender.ranking.rerank_gate import RerankCases

BATCH = 250

#: Likelihoods and priors of the candidates, the target's place, the features.
_Row = tuple[Floats, Floats, int, list[float]]


@dataclass(frozen=True, slots=True)
class JudgedCases:
    """Cases, and what reading their candidates took, in milliseconds, for each that was read."""

    cases: RerankCases
    took_ms: np.ndarray


def judged_cases(
    model: BlendedModel,
    holdout: Holdout,
    titles: Sequence[str],
    reader: TitleReader,
    *,
    candidates: int = CANDIDATES,
    seconds: float = 60.0,
    seed: int = 0,
    progress: bool = False,
) -> JudgedCases:
    """The first candidates of each case, with the reader's likelihoods where they can matter.

    ``titles`` are by item. Cases come in random order and end with the time: what is left out is
    no easier or harder than what is in.
    """
    order = np.random.default_rng(seed).permutation(len(holdout))
    until = time.monotonic() + seconds
    rows: list[_Row] = []
    took_ms: list[float] = []
    knowledge = model.weights.knowledge(model.popularity)
    with tqdm(total=len(order), desc="judge", unit=" cases", disable=not progress) as bar:
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            histories = [holdout.histories[case] for case in chosen]
            scores = blended(
                model.scores(histories, model.weights.sources), model.weights, knowledge
            )
            best = top_items(scores, candidates)
            for row, case in enumerate(chosen):
                if time.monotonic() > until:
                    return JudgedCases(_stacked(rows, candidates), np.array(took_ms))
                items = best[row]
                own = scores[row, items]
                history = histories[row]
                place = np.flatnonzero(items == holdout.targets[case])
                behind = before = np.zeros(len(items), np.float32)
                if len(place):
                    began = time.perf_counter()
                    behind, before = reader.likelihoods(
                        [titles[item] for item in newest_items(history)],
                        [titles[item] for item in items],
                    )
                    took_ms.append((time.perf_counter() - began) * 1000)
                known = features_of(history.items.tolist(), own, model.popularity[items])
                features = [known.history_length, known.entropy, known.cold_share]
                rows.append((behind, before, int(place[0]) if len(place) else -1, features))
                bar.update()
    return JudgedCases(_stacked(rows, candidates), np.array(took_ms))


def _stacked(rows: Sequence[_Row], candidates: int) -> RerankCases:
    if not rows:
        none = np.zeros((0, candidates), np.float32)
        return RerankCases(none, none, np.zeros(0, np.int32), np.zeros((0, 3), np.float32))
    behind, before, places, features = zip(*rows, strict=True)
    return RerankCases(
        np.stack(behind).astype(np.float32),
        np.stack(before).astype(np.float32),
        np.array(places, np.int32),
        np.array(features, np.float32),
    )
