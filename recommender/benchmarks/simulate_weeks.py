"""Weeks of baskets replayed: slates before the week, its events, then a run of learning."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from catalog.rows import InteractionRow
from recommender.contracts import Scenario, SlateRequest
from recommender.events.record import BATCH_LIMIT, EventInput, events_record
from recommender.features.shopper_state import ShopperState, shopper_states_read
from recommender.learning.loop import learning_step
from recommender.pipeline import SlateOrder, slates_build
from recommender.policy.eligibility import unavailable_among
from recommender.policy.novelty import DAY, RECENTLY_BOUGHT_DAYS
from recommender.ranking.model import BlendedModel
from recommender.registry.gate_bounds import online_bounds
from recommender.registry.learning_runs import LearningRun
from recommender.registry.models import ModelVersion
from recommender.registry.publishing import publishing
from recommender.registry.shadow import Comparison, Verdict, verdict_of
from recommender.registry.versions import model_activate, model_refuse

#: Places of a home slate that are looked at.
PLACES = 12
WEEK = timedelta(weeks=1)
#: Slates that are built together.
TOGETHER = 50


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """What came of one week: gains of each model by shopper, and what learning made of it."""

    week: int
    #: Hit (0 or 1) and NDCG of each shopper's slate, by model; shape (shoppers, 2).
    gains: Mapping[str, np.ndarray]
    status: str = ""
    reasons: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    def mean(self, model: str, column: int) -> float:
        """The mean hit (0) or NDCG (1) of a model."""
        own = self.gains[model]
        return float(own[:, column].mean()) if len(own) else 0.0


def sampled_weeks(
    rows: Sequence[InteractionRow], shoppers: int, seed: int
) -> list[list[InteractionRow]]:
    """The rows of so many shoppers by chance, week by week from the first day; whole weeks."""
    names = sorted({row.shopper for row in rows})
    dice = np.random.default_rng(seed)
    chosen = set(dice.choice(names, min(shoppers, len(names)), replace=False).tolist())
    first = min(row.time for row in rows)
    weeks: defaultdict[int, list[InteractionRow]] = defaultdict(list)
    for row in rows:
        if row.shopper in chosen:
            weeks[(row.time - first) // WEEK].append(row)
    last = (max(row.time for row in rows) - first) // WEEK
    return [weeks[number] for number in range(last)]


def week_asked(
    rows: Sequence[InteractionRow], models: Mapping[str, BlendedModel]
) -> dict[str, np.ndarray]:
    """Ask every model for the slates of the week's shoppers before they come; see ``gains``.

    A shopper counts who is known and takes something that could be on the slate: in the catalogue
    that both models know, and not bought within the last days.
    """
    moment = min(row.time for row in rows).timestamp()
    taken: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        taken[row.shopper].add(row.product)
    states = shopper_states_read(taken)
    asked = [
        (state, wanted)
        for name, state in sorted(states.items())
        if state.deeds and (wanted := _could_be_shown(state, taken[name], moment))
    ]
    return {
        name: _gains(model, name, asked, moment) for name, model in models.items()
    }  # fmt: skip


def _could_be_shown(state: ShopperState, taken: set[str], moment: float) -> frozenset[str]:
    since = moment - RECENTLY_BOUGHT_DAYS * DAY
    recent = {product for product, bought in state.purchases.items() if bought.last >= since}
    return frozenset(taken - recent)


def _gains(
    model: BlendedModel,
    name: str,
    asked: Sequence[tuple[ShopperState, frozenset[str]]],
    moment: float,
) -> np.ndarray:
    rows = []
    for start in range(0, len(asked), TOGETHER):
        part = asked[start : start + TOGETHER]
        slates = slates_build(
            [
                SlateOrder(SlateRequest(Scenario.HOME, state.external_id), state, PLACES)
                for state, _ in part
            ],
            model=model,
            model_version=name,
            unavailable=unavailable_among,
            scored_at=moment,
        )
        for slate, (_, wanted) in zip(slates, part, strict=True):
            rows.append(list_gains([item.product for item in slate.items], wanted))
    return np.array(rows, np.float64).reshape(-1, 2)


def list_gains(shown: Sequence[str], wanted: frozenset[str]) -> tuple[float, float]:
    """Whether anything on the list was taken, and NDCG: 1 where all that was taken comes first."""
    discounts = 1.0 / np.log2(np.arange(PLACES) + 2.0)
    hits = np.array([product in wanted for product in shown[:PLACES]], bool)
    best = float(discounts[: min(PLACES, len(wanted))].sum())
    return float(hits.any()), float(discounts[: len(hits)][hits].sum()) / best


def week_recorded(rows: Sequence[InteractionRow]) -> int:
    """Put the week on record with its own times; returns how many events were taken."""
    accepted: Counter[str] = Counter()
    for batch in _batches(rows):
        verdicts = events_record(origin="simulation", events=batch, attests_consent=True)
        accepted.update(verdict.status for verdict in verdicts)
    if len(accepted) != 1 or "accepted" not in accepted:
        raise ValueError(f"the shop did not take all events: {dict(accepted)}")
    return accepted["accepted"]


def _batches(rows: Sequence[InteractionRow]) -> Iterator[list[EventInput]]:
    for start in range(0, len(rows), BATCH_LIMIT):
        yield [
            EventInput(row.id, row.type, row.shopper, row.product, row.value, time=row.time)
            for row in rows[start : start + BATCH_LIMIT]
        ]


def week_learnt() -> LearningRun:
    """One run of learning. Raises ValueError where it came to an error."""
    run = learning_step(trigger=LearningRun.Trigger.EVENTS)
    assert run is not None
    if run.error or run.ended_at is None:
        raise ValueError(f"learning failed at its step {run.step}: {run.error}")
    return run


@dataclass(slots=True)
class ShadowTrial:
    """A candidate beside the live model: whom of the week's shoppers each named something to."""

    version: ModelVersion
    model: BlendedModel
    #: Hits of live and shadow for each week; each of shape (shoppers, 2).
    hits: list[np.ndarray] = field(default_factory=list)

    def judged(self) -> Verdict:
        """Decide as the shop does on live traffic: live, refused, or another week of waiting."""
        live, shadow = np.concatenate(self.hits).astype(bool).T
        found = Comparison(
            cases=len(live),
            live_hits=int(live.sum()),
            shadow_hits=int(shadow.sum()),
            only_live=int((live & ~shadow).sum()),
            only_shadow=int((shadow & ~live).sum()),
        )
        verdict = verdict_of(found, days=7 * len(self.hits), bounds=online_bounds())
        if verdict is Verdict.PASSED:
            with publishing():
                model_activate(version=self.version, code=verdict.value, figures=found.figures())
        elif verdict is not Verdict.WAIT:
            model_refuse(version=self.version, code=verdict.value, figures=found.figures())
        return verdict
