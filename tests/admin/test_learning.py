"""Runs of learning as people look at them, “learn now”, and the plan."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recommender.models import LearningPlan, LearningRun, ModelVersion, Snapshot
from recommender.registry import learning_admin
from recommender.registry.learning_runs import learning_plan
from recommender.registry.reason_words import reason_words
from tests.admin.stock import Stock
from users.models import User

RUNS = "/admin/recommender/learningrun/"
PLAN = "/admin/recommender/learningplan/1/change/"
FIGURES: dict[str, Any] = {
    "probes": {"newest": {"cases": 250, "hr_at_10": 0.5, "ndcg_at_10": 0.25, "ndcg_error": 0.01}},
    "shown": {
        "lists": 250, "most_shown": "p7", "top_share": 0.4, "products": 90, "coverage": 0.9,
        "gini": 0.5,
    },
}  # fmt: skip
WORSE = {**FIGURES, "probes": {"newest": {**FIGURES["probes"]["newest"], "ndcg_at_10": 0.2}}}


def run_make(user: User | None = None, **fields) -> LearningRun:
    live = ModelVersion.objects.create(version="v1", folder="v1", checksum="0", watermark=7)
    made = {
        "trigger": "events",
        "measured": {"events": 1234},
        "status": "refused",
        "step": "done",
        "method": "replay",
        "after": 7,
        "upto": 1241,
        "added": 1100,
        "removed": 3,
        "snapshot": Snapshot.objects.create(watermark=1241, path="s", rows=9, checksum="0"),
        "parent": live,
        "candidate": ModelVersion.objects.create(
            version="v2", folder="v2", checksum="0", watermark=1241, status="refused"
        ),
        "asked_by": user,
        "evaluation": {
            "before": FIGURES,
            "after": WORSE,
            "drift": {"measures": {"groups": [0.4, 0.1], "text": [0.01, 0.2]}},
        },
        "reasons": [
            {"code": "fell", "probe": "newest", "figure": -0.2, "bound": -0.05},
            {"code": "product_surge", "probe": "", "figure": 0.3, "bound": 0.05, "subject": "p7"},
        ],
        "seconds": {"update": 61.5, "evaluate": 2.0},
        "ended_at": timezone.now(),
    }
    return LearningRun.objects.create(**{**made, **fields})


def page_of(client: Client, run: LearningRun) -> str:
    return client.get(f"{RUNS}{run.pk}/change/").content.decode()


def test_a_run_tells_what_it_learnt_and_why_it_was_refused(boss_client: Client) -> None:
    run = run_make()
    page = page_of(boss_client, run)
    for told in (
        "1,234 new events",
        "NDCG@10 on the newest interactions fell by 20.0 %, allowed are 5.0 %",
        "0.2500",
        "0.2000",
        "−20.0 %",
        "“p7” is on 40.0 % of them",
        f'href="/admin/recommender/modelversion/{run.parent.pk}/change/"',
        f'href="/admin/recommender/modelversion/{run.candidate.pk}/change/"',
        f'href="/admin/recommender/snapshot/{run.snapshot.pk}/change/"',
        "61.5 s",
    ):
        assert told in page, told
    assert "/live/" not in page


def test_a_run_is_told_in_chinese_too(boss_client: Client) -> None:
    boss_client.cookies["django_language"] = "zh-hans"
    assert "下降了 20.0 %" in page_of(boss_client, run_make())


def test_promoted_runs_tell_what_the_last_windows_did_to_each_other(boss_client: Client) -> None:
    def told(newest: float, **kept: float) -> dict:
        probes = {name.replace("_", "-"): figure for name, figure in kept.items()}
        figures = {"newest": newest, "segment-few": 0.3, "segment-group-Tea": 0.3, **probes}
        one = {"cases": 250, "hr_at_10": 0.5}
        return {"probes": {name: {**one, "ndcg_at_10": f} for name, f in figures.items()}}

    first = run_make(status="promoted", evaluation={"before": told(0.1), "after": told(0.3)})
    assert "Over the last" not in page_of(boss_client, first)
    candidate = ModelVersion.objects.create(
        version="v3", folder="v3", checksum="0", watermark=9, settings={"items": 1_000}
    )
    run = LearningRun.objects.create(
        trigger="events",
        status="promoted",
        candidate=candidate,
        evaluation={"before": told(0.2), "after": told(0.4, window_1=0.25)},
        ended_at=timezone.now(),
    )
    page = page_of(boss_client, run)
    assert "on earlier windows by −0.0500" in page
    # A random order of a thousand products has 0.0045.
    assert "it stood +0.1955 above chance" in page
    assert "shoppers who had done little" in page
    assert "products of “Tea”" in page


def test_an_open_run_is_looked_at_every_second(boss_client: Client) -> None:
    run = run_make(
        status="running", step="evaluate", progress=0.3, message="before", ended_at=None,
        evaluation={}, reasons=[],
    )  # fmt: skip
    live = f"{RUNS}{run.pk}/live/"
    page = page_of(boss_client, run)
    assert f'hx-get="{live}" hx-trigger="every 1s"' in page
    answer = boss_client.get(live)
    part = answer.content.decode()
    assert "<html" not in part
    assert answer.context["view"]["percent"] == round(100 * 3.3 / 7)
    states = [step.state for step in answer.context["view"]["steps"]]
    assert states == ["done", "done", "done", "now", "waiting", "waiting", "waiting"]
    assert "asking the live model" in part
    LearningRun.objects.filter(pk=run.pk).update(status="promoted", ended_at=timezone.now())
    assert "/live/" not in boss_client.get(live).content.decode()
    assert boss_client.get(f"{RUNS}999999/live/").status_code == 404


def test_a_run_costs_the_same_whatever_it_holds(boss_client: Client, boss: User) -> None:
    bare = LearningRun.objects.create(trigger="hand", status="waiting")
    full = run_make(boss)
    page_of(boss_client, bare)
    counts = []
    for run in (bare, full):
        with CaptureQueriesContext(connection) as queries:
            page_of(boss_client, run)
        counts.append(len(queries))
    # Two more look up the titles of all products that reasons and lists speak of.
    assert counts[1] <= counts[0] + 2
    assert counts[0] <= 10


def test_learn_now_orders_a_run_once(
    merchandiser_client: Client, merchandiser: User, monkeypatch
) -> None:
    ordered: list[str] = []

    def order(task: str) -> bool:
        ordered.append(task)
        return True

    monkeypatch.setattr(learning_admin, "order", order)
    assert merchandiser_client.get(f"{RUNS}now/").status_code == 302
    assert not LearningRun.objects.exists()
    for _ in range(2):
        answer = merchandiser_client.post(f"{RUNS}now/")
        run = LearningRun.objects.get()
        assert answer["Location"] == f"{RUNS}{run.pk}/change/"
    assert (run.status, run.trigger, run.asked_by) == ("waiting", "hand", merchandiser)
    assert ordered == ["recommender.learn"]
    assert "by hand, asked for by mercy" in page_of(merchandiser_client, run)


def test_who_may_not_begin_learning_is_refused(client: Client, db) -> None:
    user = User.objects.create_user("eve", "eve@example.com", "secret-word-3", is_staff=True)
    client.force_login(user)
    assert client.post(f"{RUNS}now/").status_code == 403
    assert client.get(f"{RUNS}1/live/").status_code == 403


def test_the_plan_is_saved_and_what_is_wrong_is_told_at_its_field(
    merchandiser_client: Client,
) -> None:
    sent = {
        "is_on": "on", "method": "distillation", "every_minutes": 30, "minimum_events": 500,
        "events_at_once": 0, "drift_threshold": 0.5, "retrain_days": 14, "shadow_hours": 6,
    }  # fmt: skip
    wrong = {**sent, "every_minutes": 0, "drift_threshold": 1.5, "method": "guessing"}
    answer = merchandiser_client.post(PLAN, wrong)
    assert set(answer.context["adminform"].form.errors) == {
        "every_minutes",
        "drift_threshold",
        "method",
    }
    assert not LearningPlan.objects.exists()
    assert merchandiser_client.post(PLAN, sent).status_code == 302
    plan = learning_plan()
    assert (plan.every_minutes, plan.method, plan.events_at_once) == (30, "distillation", 0)
    assert "Learns every 30 minutes" in merchandiser_client.get(RUNS).content.decode()


@pytest.mark.parametrize("seconds", [10, 300])
def test_until_somebody_saves_it_the_plan_is_what_the_settings_say(db, settings, seconds) -> None:
    settings.LEARNING_INTERVAL_SECONDS = seconds
    settings.LEARNING_MINIMUM_EVENTS = 42
    plan = learning_plan()
    assert (plan.every_minutes, plan.minimum_events) == (max(1, seconds // 60), 42)
    assert not LearningPlan.objects.exists()


def test_the_list_shows_every_outcome(stock: Stock, boss_client: Client) -> None:
    for status in LearningRun.Status.values:
        LearningRun.objects.create(trigger="hand", status=status)
    page = boss_client.get(RUNS).content.decode()
    assert all(str(label) in page for label in LearningRun.Status.labels)


@pytest.mark.parametrize(("figure", "words"), [(0.02, "every bound held"), (-0.13, "no fall is")])
def test_a_fall_that_may_be_chance_is_not_called_a_bound_that_held(figure, words) -> None:
    told = {"code": "held", "probe": "newest", "figure": figure, "bound": -0.05}
    assert reason_words(told).startswith(words)
