"""Last.FM: did a user listen to an artist? Collaborative evidence and walks over the facts.

Every score that the classifier sees comes from training pairs alone. Scores of the training pairs
themselves come from sources that were fitted without them, fold by fold: a pair that a source has
learnt would look far better than an unseen one ever does.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm.auto import tqdm

from recommender.benchmarks.lastfm_kg import (
    Listening,
    Pairs,
    area_under_curve,
    best_threshold,
    f1_score,
    load,
    sampled_pairs,
    split_pairs,
)
from recommender.candidates import source_class
from recommender.contracts import (
    FactSource,
    Floats,
    History,
    InteractionLog,
    Ints,
    TripleTable,
)

SEEDS = 5
FOLDS = 5
LISTENED = "listened_to"
#: Name of a score to its source and settings; a walk without facts shows what the facts add.
SCORES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "popularity": ("popular", {}),
    "item_knn": ("item_knn", {"shrinkage": 20.0}),
    "ease": ("ease", {"regularisation": 600.0}),
    "walk_listening": ("graph", {"follow": 0.8, "steps": 6}),
    "graph": ("graph", {"follow": 0.8, "steps": 6}),
}
#: Classifiers that validation chooses among.
LOGISTIC = (0.01, 0.1, 1.0)
#: Leaves per tree and L2 penalty.
BOOSTING = ((6, 20.0), (12, 1.0), (12, 20.0))


class Classifier(Protocol):
    """What both kinds of classifier offer."""

    def fit(self, features: Floats, labels: Ints) -> Any: ...

    def predict_proba(self, features: Floats) -> Floats: ...


@dataclass(frozen=True, slots=True)
class SeedResult:
    """AUC of every score alone, and AUC and F1 of the classifier with and without the facts."""

    alone: dict[str, float]
    auc: float
    f1: float
    chosen: str
    auc_without_facts: float
    f1_without_facts: float


def measure(folder: Path, seed: int, *, progress: bool = False) -> list[SeedResult]:
    """One result per seed: negatives, split and folds are drawn anew each time."""
    listening = load(folder)
    seeds = range(seed, seed + SEEDS)
    return [
        measure_seed(listening, one)
        for one in tqdm(seeds, desc="Last.FM", unit="seed", disable=not progress)
    ]


def measure_seed(listening: Listening, seed: int) -> SeedResult:
    """Draw, fit on 60 %, choose on 20 %, test on 20 %."""
    train, validation, test = split_pairs(sampled_pairs(listening, seed), seed)
    features = cross_fitted(listening, train, seed)
    tables = all_scores(listening, train)
    columns = [
        features_of(tables, listening, train, pairs, len(train)) for pairs in (validation, test)
    ]
    alone = {
        name: area_under_curve(test.labels, table[test.users, test.artists])
        for name, table in tables.items()
    }
    everything = list(range(features.shape[1]))
    blind = [place for place in everything if place not in _fact_columns()]
    best = _chosen(features, train.labels, columns, (validation.labels, test.labels), everything)
    less = _chosen(features, train.labels, columns, (validation.labels, test.labels), blind)
    return SeedResult(alone, best[1], best[2], best[0], less[1], less[2])


def _fact_columns() -> set[int]:
    names = list(SCORES)
    return {names.index("graph"), len(names) + names.index("graph"), 2 * len(names) + 1}


def cross_fitted(listening: Listening, train: Pairs, seed: int) -> Floats:
    """Features of the training pairs, each from sources fitted on the other folds' pairs."""
    folds = np.random.default_rng(seed + 2_000).integers(0, FOLDS, len(train))
    features: list[Floats] = []
    places = []
    for fold in range(FOLDS):
        held, rest = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        known = train.take(rest)
        tables = all_scores(listening, known)
        features.append(features_of(tables, listening, known, train.take(held), len(train)))
        places.append(held)
    order = np.argsort(np.concatenate(places))
    return np.concatenate(features)[order]


def listened_log(listening: Listening, pairs: Pairs) -> InteractionLog:
    """The listened pairs as a log; without times, so each user's are one basket."""
    chosen = np.flatnonzero(pairs.labels == 1)
    order = chosen[np.lexsort((pairs.artists[chosen], pairs.users[chosen]))]
    count = len(order)
    return InteractionLog(
        pairs.users[order],
        pairs.artists[order],
        np.ones(count, np.float32),
        np.zeros(count, np.int64),
        listening.n_users,
        len(listening.items),
    )


def all_scores(listening: Listening, known: Pairs) -> dict[str, Floats]:
    """Every score of every user and artist, fitted on the known pairs, (n_users, n_artists)."""
    log = listened_log(listening, known)
    histories = [
        History(log.items[start:stop], log.weights[start:stop], log.times[start:stop], 1)
        for start, stop in itertools.pairwise(log.bounds())
    ]
    tables = {}
    for name, (kind, settings) in SCORES.items():
        decay = {} if kind == "popular" else {"history_decay": 1.0}
        source = source_class(kind)(**settings, **decay)
        if isinstance(source, FactSource):
            facts = listening.facts if name == "graph" else _without_facts(listening.facts)
            source.take_facts(with_listening(facts, listening, log))
        source.fit(log, listening.items)
        tables[name] = source.score(histories)
    return tables


def _without_facts(facts: TripleTable) -> TripleTable:
    none = np.zeros(0, np.int32)
    return TripleTable(
        facts.entities, facts.names, facts.products, facts.predicates,
        none, none, none, np.zeros(0, np.float32),
    )  # fmt: skip


def with_listening(facts: TripleTable, listening: Listening, log: InteractionLog) -> TripleTable:
    """The facts, and each user as one more entity who listened to the artists of the log."""
    users = tuple(f"user:{user}" for user in range(listening.n_users))
    places = {product: place for place, product in enumerate(facts.products) if product}
    missing = [item for item in listening.items.ids if item not in places]
    places |= {item: len(facts.entities) + number for number, item in enumerate(missing)}
    artists = np.array([places[item] for item in listening.items.ids], np.int32)
    first = len(facts.entities) + len(missing)
    relation = np.full(len(log), len(facts.predicates), np.int32)
    return TripleTable(
        facts.entities + tuple(f"product:{item}" for item in missing) + users,
        facts.names + tuple(missing) + users,
        facts.products + tuple(missing) + ("",) * len(users),
        (*facts.predicates, LISTENED),
        np.concatenate([facts.subjects, log.shoppers + np.int32(first)]),
        np.concatenate([facts.relations, relation]),
        np.concatenate([facts.objects, artists[log.items]]),
        np.concatenate([facts.confidences, np.ones(len(log), np.float32)]),
    )


def features_of(
    tables: Mapping[str, Floats], listening: Listening, known: Pairs, pairs: Pairs, whole: int
) -> Floats:
    """Scores, their logarithms, the user's listened artists and the artist's facts.

    ``whole`` is how many training pairs there are: the folds know fewer, so their counts are
    raised in proportion.
    """
    listened = np.bincount(known.users[known.labels == 1], minlength=listening.n_users)
    raised = listened * (whole / max(len(known), 1))
    places = {product: place for place, product in enumerate(listening.facts.products) if product}
    ends = np.bincount(
        np.concatenate([listening.facts.subjects, listening.facts.objects]),
        minlength=len(listening.facts.entities),
    )
    degree = np.array([ends[places[i]] if i in places else 0 for i in listening.items.ids])
    scores = [table[pairs.users, pairs.artists] for table in tables.values()]
    columns = [
        *scores,
        *(np.log(score + 1e-6) for score in scores),
        np.log1p(raised[pairs.users]),
        np.log1p(degree[pairs.artists]),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def _chosen(
    features: Floats,
    labels: Ints,
    others: Sequence[Floats],
    answers: Sequence[Ints],
    columns: list[int],
) -> tuple[str, float, float]:
    """The classifier with the best validation AUC: its name, and its test AUC and F1."""
    best: tuple[float, str, float, float] | None = None
    for name, model in classifiers():
        model.fit(features[:, columns], labels)
        ahead, tested = (model.predict_proba(part[:, columns])[:, 1] for part in others)
        validation = area_under_curve(answers[0], ahead)
        if best is None or validation > best[0]:
            threshold = best_threshold(answers[0], ahead)
            auc = area_under_curve(answers[1], tested)
            best = (validation, name, auc, f1_score(answers[1], tested, threshold))
    assert best is not None
    return best[1:]


def classifiers() -> list[tuple[str, Classifier]]:
    """Fresh ones, in the order in which they are tried."""
    logistic = [
        (
            f"logistic regression, C {strength:g}",
            make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2_000)),
        )
        for strength in LOGISTIC
    ]
    boosting = [
        (
            f"gradient boosting, {leaves} leaves, penalty {penalty:g}",
            HistGradientBoostingClassifier(
                learning_rate=0.05,
                max_leaf_nodes=leaves,
                l2_regularization=penalty,
                max_iter=150,
                min_samples_leaf=50,
                early_stopping=False,
                random_state=0,
            ),
        )
        for leaves, penalty in BOOSTING
    ]
    return [*logistic, *boosting]
