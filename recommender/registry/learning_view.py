"""A run of learning as its page shows it: steps, figures before and after, decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import number_format

from catalog.models import Product
from recommender.learning.lifelong.transfer import transfer_of
from recommender.registry.learning_runs import STEPS, LearningRun
from recommender.registry.learning_words import (
    STEP_WORDS,
    at_words,
    method_words,
    trigger_words,
)
from recommender.registry.reason_words import MEASURES, probe_words, reason_words

Status, Step = LearningRun.Status, LearningRun.Step

#: A run whose process gave no sign for so long is said to be silent.
SILENT = timedelta(seconds=60)
#: Windows over which transfer is told: as many as keep their questions.
WINDOWS = 10
TONES = {
    Status.PROMOTED: "good",
    Status.SHADOW: "fine",
    Status.REFUSED: "poor",
    Status.FAILED: "poor",
    Status.OVERTAKEN: "weak",
}


@dataclass(frozen=True, slots=True)
class StepView:
    """One step: ``state`` is done, now, failed, waiting or left (the run ended before it)."""

    name: str
    words: str
    state: str
    seconds: str = ""
    at: str = ""
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class ProbeView:
    """What both models reached on one probe."""

    name: str
    cases: int
    before: str
    after: str
    change: str
    tone: str
    hits_before: str
    hits_after: str


def run_view(run: LearningRun) -> dict[str, Any]:
    """All that the page shows; the run comes with parent, candidate, snapshot and who asked."""
    evaluation = run.evaluation or {}
    steps = step_views(run)
    done = sum(1 for step in steps if step.state == "done")
    share = done / len(steps) + (run.progress / len(steps) if run.is_open else 0.0)
    return {
        "trigger": trigger_words(run),
        "method": method_words(run),
        "steps": steps,
        "percent": round(100 * share),
        "tone": TONES.get(Status(run.status), "plain"),
        "is_silent": run.status == Status.RUNNING and timezone.now() - run.updated_at > SILENT,
        "took": _seconds(sum(run.seconds.values())) if run.seconds else "",
        "probes": probe_views(evaluation),
        "shown": _shown(evaluation),
        "drift": _drift(evaluation),
        "transfer": _transfer(run),
        "reasons": [reason_words(reason) for reason in subjects_named(run.reasons)],
    }


def subjects_named(reasons: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The reasons with the titles of the products that they speak of, in one query."""
    titles = _titles(reason["subject"] for reason in reasons if reason.get("subject"))
    return [
        {**reason, "subject": titles.get(reason["subject"], reason["subject"])}
        if reason.get("subject")
        else dict(reason)
        for reason in reasons
    ]


def step_views(run: LearningRun) -> list[StepView]:
    """The steps in their order."""
    order = [step.value for step in STEPS]
    here = order.index(run.step) if run.step in order else len(order)
    views = []
    for place, step in enumerate(STEPS):
        state, at, percent = "done", "", None
        if place > here:
            state = "left" if run.ended_at else "waiting"
        elif place == here:
            state = _state_here(run)
            if state == "now":
                at = at_words(run.message)
                percent = round(100 * run.progress) if run.progress else None
        took = run.seconds.get(step.value)
        views.append(
            StepView(
                name=str(step.label),
                words=str(STEP_WORDS[step]),
                state=state,
                seconds="" if took is None else _seconds(took),
                at=at,
                percent=percent,
            )
        )
    return views


def _state_here(run: LearningRun) -> str:
    if run.ended_at is None:
        return "now" if run.status != Status.WAITING else "waiting"
    return "failed" if run.error else "left"


def _decimals(figure: float, digits: int) -> str:
    """Rounded: the formats of a language only cut off."""
    return str(number_format(round(figure, digits), digits))


def _seconds(took: float) -> str:
    return f"{_decimals(took / 60, 1)} min" if took >= 120 else f"{_decimals(took, 1)} s"


def probe_views(evaluation: dict[str, Any]) -> list[ProbeView]:
    """Both models on each probe, in the order in which they were asked."""
    before = evaluation.get("before", {}).get("probes", {})
    after = evaluation.get("after", {}).get("probes", {})
    views = []
    for name, was in before.items():
        if (became := after.get(name)) is None:
            continue
        old, new = was["ndcg_at_10"], became["ndcg_at_10"]
        change = new / old - 1 if old else 0.0
        views.append(
            ProbeView(
                name=probe_words(name),
                cases=was["cases"],
                before=_decimals(old, 4),
                after=_decimals(new, 4),
                change=f"{'+' if change >= 0 else '−'}{_decimals(abs(100 * change), 1)} %",
                tone="good" if change > 0 else "poor" if change < 0 else "plain",
                hits_before=_decimals(was["hr_at_10"], 3),
                hits_after=_decimals(became["hr_at_10"], 3),
            )
        )
    return views


def _shown(evaluation: dict[str, Any]) -> list[dict[str, str]]:
    """How both models spread what they show."""
    told = {name: evaluation.get(name, {}).get("shown") for name in ("before", "after")}
    titles = _titles(shown["most_shown"] for shown in told.values() if shown)
    return [
        {
            "name": name,
            "products": number_format(shown["products"], force_grouping=True),
            "coverage": _decimals(100 * shown["coverage"], 1),
            "top_share": _decimals(100 * shown["top_share"], 1),
            "most_shown": titles.get(shown["most_shown"], shown["most_shown"]),
        }
        for name, shown in told.items()
        if shown
    ]


def _titles(ids: Iterable[str]) -> dict[str, str]:
    """Titles of products by external id; those that are gone are left out."""
    rows = Product.objects.filter(external_id__in=set(ids)).order_by()
    return dict(rows.values_list("external_id", "title"))


def _drift(evaluation: dict[str, Any]) -> list[dict[str, Any]]:
    """Each measure of drift, and whether chance would bring as much."""
    measures = evaluation.get("drift", {}).get("measures", {})
    return [
        {
            "name": str(MEASURES.get(name, name)),
            "figure": _decimals(figure, 3),
            "percent": round(100 * min(1.0, figure)),
            "beyond": figure > chance,
        }
        for name, (figure, chance) in measures.items()
    ]


def _transfer(run: LearningRun) -> dict[str, str] | None:
    """What learning the last windows, up to this run's, did to each other; None for other runs."""
    if run.status != Status.PROMOTED or run.candidate is None or not run.evaluation:
        return None
    earlier = LearningRun.objects.filter(status=Status.PROMOTED, pk__lte=run.pk).exclude(
        evaluation={}
    )
    told = list(earlier.order_by("-pk").values_list("evaluation", flat=True)[: WINDOWS + 1])
    if len(told) < 2:
        return None
    found = transfer_of(told[::-1], n_items=run.candidate.settings["items"])
    return {
        "windows": number_format(len(told)),
        "backward": f"{'+' if found.backward >= 0 else '−'}{_decimals(abs(found.backward), 4)}",
        "forward": f"{'+' if found.forward >= 0 else '−'}{_decimals(abs(found.forward), 4)}",
    }
