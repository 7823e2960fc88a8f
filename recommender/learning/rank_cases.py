"""Cases for rankers: the blend's candidates for held-out interactions, and slates that were shown.

The sources must not have learnt from the interactions that are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from tqdm.auto import tqdm

from recommender.contracts import CandidateSource, Floats, History, Ints, Longs
from recommender.learning.splits import Holdout
from recommender.ranking.blend import BlendWeights, Candidate, best_candidates, contributions
from recommender.ranking.features import CandidateFeatures
from recommender.ranking.ranker import LoggedSlate, RankingCases
from recommender.ranking.stage import DEPTH

BATCH = 250
#: What may not be proposed after a history.
Barred = Callable[[History], Ints]
#: An interaction and its entry in the log may differ so much: several events are one deed.
SAME_DEED_SECONDS = 3600


def nothing_barred(history: History) -> Ints:
    """Everything may be proposed, what the shopper has had too."""
    return np.zeros(0, np.int32)


def pools(
    sources: Mapping[str, CandidateSource],
    weights: BlendWeights,
    popularity: Longs,
    histories: Sequence[History],
    *,
    depth: int = DEPTH,
    barred: Barred = nothing_barred,
    progress: bool = False,
) -> list[list[Candidate]]:
    """The blend's best candidates for each history, but for the items that are ``barred``."""
    knowledge = weights.knowledge(popularity)
    weighed = {name: sources[name] for name in weights.sources if name in sources}
    found: list[list[Candidate]] = []
    starts = range(0, len(histories), BATCH)
    for start in tqdm(starts, desc="candidates", unit="batch", disable=not progress):
        asked = histories[start : start + BATCH]
        scores = {name: source.score(asked) for name, source in weighed.items()}
        parts = contributions(scores, weights, knowledge)
        for row, history in enumerate(asked):
            rows = {name: part[row] for name, part in parts.items()}
            found.append(best_candidates(rows, depth, barred(history)) if rows else [])
    return found


def askable(holdout: Holdout, barred: Barred) -> npt.NDArray[np.bool_]:
    """Which held-out interactions could have been proposed at all, shape (n_cases,)."""
    return np.array(
        [
            target not in barred(history)
            for target, history in zip(holdout.targets, holdout.histories, strict=True)
        ],
        bool,
    )


def held_out_cases(
    holdout: Holdout, candidates: Sequence[Sequence[Candidate]], features: CandidateFeatures
) -> RankingCases:
    """One case for each held-out interaction that has candidates."""
    kept = [case for case in range(len(holdout)) if candidates[case]]
    items = [[candidate.item for candidate in candidates[case]] for case in kept]
    return RankingCases.of(
        features.names,
        [features.values(holdout.histories[case], candidates[case]) for case in kept],
        items,
        [
            (np.array(own) == holdout.targets[case]).astype(np.float32)
            for case, own in zip(kept, items, strict=True)
        ],
        [holdout.histories[case] for case in kept],
    )


def logged_cases(slates: Sequence[LoggedSlate], features: CandidateFeatures) -> RankingCases:
    """One case for each slate of which something was taken and something else passed over.

    The contributions are those that were recorded when the slate was scored, by a model that
    could not know what came of it.
    """
    values: list[Floats] = []
    items: list[list[int]] = []
    gains: list[Floats] = []
    histories: list[History] = []
    for slate in slates:
        seen = ~np.isnan(slate.gains)
        taken = slate.gains[seen]
        if not len(taken) or taken.max() <= 0 or taken.min() > 0:
            continue
        values.append(features.values(slate.history, slate.candidates)[seen])
        items.append([slate.candidates[place].item for place in np.flatnonzero(seen)])
        gains.append(taken.astype(np.float32))
        histories.append(slate.history)
    return RankingCases.of(features.names, values, items, gains, histories)


def without_answers(slates: Sequence[LoggedSlate], holdout: Holdout) -> list[LoggedSlate]:
    """The slates that do not give away what the held-out interactions are."""
    asked: dict[int, list[int]] = {}
    for item, history in zip(holdout.targets.tolist(), holdout.histories, strict=True):
        asked.setdefault(item, []).append(history.now)

    def tells(answers: Collection[tuple[int, int]]) -> bool:
        return any(
            abs(time - moment) <= SAME_DEED_SECONDS
            for item, time in answers
            for moment in asked.get(item, ())
        )

    return [slate for slate in slates if not tells(slate.answers)]
