"""A year replayed: a shop that learns every week beside one whose model stays as it began.

Slates come from the pipeline that serves, events go through the door that records them, and every
week ends with a run of the loop; nothing but the clock is made up.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from django.conf import settings
from django.core.management import call_command
from tqdm.auto import tqdm

from catalog.datasets.registry import load_dataset
from catalog.importing import catalogue_rows_import
from catalog.models import Product
from catalog.rows import InteractionRow
from recommender.benchmarks.lifelong_curve import curve_svg
from recommender.benchmarks.report import BenchmarkReport, Table
from recommender.benchmarks.simulate_weeks import (
    ShadowTrial,
    WeekFigures,
    sampled_weeks,
    week_asked,
    week_learnt,
    week_recorded,
)
from recommender.learning.loop import learning_step
from recommender.ranking.model import BlendedModel
from recommender.registry.learning_runs import PLAN_KEY, LearningPlan, LearningRun, learning_plan
from recommender.registry.reason_words import reason_words
from recommender.registry.shadow import Verdict
from recommender.registry.versions import model_folder, model_live

LEARNING, FROZEN, SHADOW = "learning", "frozen", "shadow"


def simulate(
    dataset: str,
    folder: Path | None,
    *,
    first_weeks: int,
    weeks: int | None,
    shoppers: int,
    method: str,
    seed: int,
    command: str,
) -> tuple[BenchmarkReport, str]:
    """Replay the data set in this installation, which must be empty; report and curve.

    Raises:
        ValueError: there are products already, or fewer weeks than asked for.
    """
    call_command("migrate", verbosity=0, interactive=False)
    if Product.objects.exists():
        raise ValueError("--var: there is a shop already; a simulation begins with an empty folder")
    loaded = load_dataset(dataset, folder)
    catalogue_rows_import(loaded.catalogue, reason=f"import of {dataset}")
    replayed = sampled_weeks(list(loaded.log), shoppers, seed)
    if first_weeks >= len(replayed):
        raise ValueError(f"--first-weeks: the data have {len(replayed)} weeks only")
    last = len(replayed) if weeks is None else min(len(replayed), first_weeks + weeks)
    plan = learning_plan()
    LearningPlan.objects.update_or_create(
        pk=PLAN_KEY,
        defaults={
            "every_minutes": plan.every_minutes,
            "minimum_events": plan.minimum_events,
            "method": method,
        },
    )
    for rows in replayed[:first_weeks]:
        week_recorded(rows)
    began = time.monotonic()
    first = learning_step(trigger=LearningRun.Trigger.FIRST)
    if first is None or first.status != LearningRun.Status.PROMOTED:
        raise ValueError(f"the first training failed: {first.error if first else 'nothing due'}")
    trained = time.monotonic() - began
    frozen = _frozen_loaded()
    figures = []
    trial: ShadowTrial | None = None
    with tqdm(range(first_weeks, last), desc="weeks", unit="week") as bar:
        for number in bar:
            one, trial = _week(number + 1, replayed[number], frozen, trial)
            figures.append(one)
            bar.set_postfix_str(
                f"NDCG {one.mean(LEARNING, 1):.4f} / {one.mean(FROZEN, 1):.4f}, {one.status}"
            )
    return _report(dataset, figures, trained, first_weeks, shoppers, seed, command)


def _week(
    number: int, rows: Sequence[InteractionRow], frozen: BlendedModel, trial: ShadowTrial | None
) -> tuple[WeekFigures, ShadowTrial | None]:
    """Ask, record, and learn; a candidate in shadow is judged first, and waited for."""
    models = {LEARNING: _live_loaded(), FROZEN: frozen}
    if trial is not None:
        models[SHADOW] = trial.model
    gains = week_asked(rows, models)
    week_recorded(rows)
    verdict = None
    if trial is not None:
        trial.hits.append(np.stack([gains[LEARNING][:, 0], gains.pop(SHADOW)[:, 0]], axis=1))
        verdict = trial.judged()
        if verdict is Verdict.WAIT:
            return WeekFigures(number, gains, verdict.value), trial
    run = week_learnt()
    told = tuple(reason_words(reason) for reason in run.reasons)
    if verdict is not None:
        told = (verdict.value, *told)
    one = WeekFigures(number, gains, run.status, told, dict(run.seconds))
    if run.status != LearningRun.Status.SHADOW or run.candidate is None:
        return one, None
    return one, ShadowTrial(run.candidate, BlendedModel.load(model_folder(run.candidate)))


def _live_loaded() -> BlendedModel:
    live = model_live()
    assert live is not None
    return BlendedModel.load(model_folder(live))


def _frozen_loaded() -> BlendedModel:
    """The first model from a copy of its files: those of old versions are deleted in time."""
    live = model_live()
    assert live is not None
    copy = Path(settings.VAR_DIR) / "frozen"
    shutil.copytree(model_folder(live), copy)
    return BlendedModel.load(copy)


def _report(
    dataset: str,
    figures: list[WeekFigures],
    trained: float,
    first_weeks: int,
    shoppers: int,
    seed: int,
    command: str,
) -> tuple[BenchmarkReport, str]:
    told: dict[str, float] = {"weeks": len(figures), "first_training_seconds": trained}
    pooled = {
        name: np.concatenate([one.gains[name] for one in figures]) for name in (LEARNING, FROZEN)
    }
    for name, gains in pooled.items():
        told[f"{name}.hit_rate_at_12"], told[f"{name}.ndcg_at_12"] = map(float, gains.mean(axis=0))
    change = pooled[LEARNING][:, 1] - pooled[FROZEN][:, 1]
    told["gain.ndcg_at_12"] = float(change.mean())
    told["gain.ndcg_at_12_error"] = float(change.std(ddof=1) / np.sqrt(len(change)))
    for status in ("promoted", "shadow", "refused"):
        told[f"runs.{status}"] = sum(one.status == status for one in figures)
    told["shadow.passed"] = sum(Verdict.PASSED.value in one.reasons for one in figures)
    ran = [one.seconds for one in figures if one.seconds]
    told["run_seconds"] = float(np.mean([sum(one.values()) for one in ran]))
    told["update_seconds"] = float(np.mean([one["update"] for one in ran]))
    half = len(figures) // 2
    for name, part in (("first_half", figures[:half]), ("second_half", figures[half:])):
        if part:
            gained = np.concatenate([one.gains[LEARNING] - one.gains[FROZEN] for one in part])
            told[f"{name}.gain.ndcg_at_12"] = float(gained[:, 1].mean())
    for one in figures:
        for name in (LEARNING, FROZEN):
            told[f"week_{one.week}.{name}.ndcg_at_12"] = one.mean(name, 1)
            told[f"week_{one.week}.{name}.hit_rate_at_12"] = one.mean(name, 0)
    rows = [
        (
            str(one.week),
            len(one.gains[LEARNING]),
            one.mean(LEARNING, 0),
            one.mean(FROZEN, 0),
            one.mean(LEARNING, 1),
            one.mean(FROZEN, 1),
            one.status,
            "; ".join(one.reasons),
        )
        for one in figures
    ]
    columns = (
        "week", "shoppers", "hit rate, learning", "frozen", "NDCG@12, learning", "frozen",
        "gate", "why",
    )  # fmt: skip
    notes = [
        f"The first {first_weeks} weeks train the first model; then, week by week: home slates of "
        "12 for the week's shoppers before they come, from the live model and from the first one, "
        "then the week's events, then one run of the loop.",
        f"{shoppers} shoppers by chance; asked are those of the week who are known and take "
        "something that they had not bought within 28 days: what a home slate may show.",
        "Hit rate: anything of that on the slate. NDCG: of all that was taken, best first. The "
        "error is that of the paired difference over shoppers and weeks.",
        "A candidate in shadow is asked the same week beside the live one and judged by the "
        "shop's own rule on whom each named something to; until that is decided nothing is learnt.",
        f"NETWORK_SECONDS={settings.NETWORK_SECONDS:g}, text encoder as in the settings.",
    ]
    report = BenchmarkReport(
        "simulate", dataset, seed, command, told,
        [Table("Week by week", columns, rows)], notes,
    )  # fmt: skip
    return report, weeks_curve(
        {name: [(one.week, one.mean(name, 1)) for one in figures] for name in (LEARNING, FROZEN)},
        dataset,
    )


def weeks_curve(ndcg: Mapping[str, Sequence[tuple[int, float]]], dataset: str) -> str:
    """The weeks as an SVG, each with the three before it, since what is bought varies far more
    from week to week than from model to model. The value axis begins where the lines are."""
    lines = {
        name: [
            (week, 100 * float(np.mean([value for _, value in weeks[max(0, n - 3) : n + 1]])))
            for n, (week, _) in enumerate(weeks)
        ]
        for name, weeks in ndcg.items()
    }
    low = int(min(value for line in lines.values() for _, value in line))
    title = f"NDCG@12 (%) of home slates, mean of four weeks ({dataset}); the axis begins at {low}"
    return curve_svg(lines, title, axis="week", low=low, step=1)
