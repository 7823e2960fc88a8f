"""A window goes through the loop, whatever happens on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings

from catalog.models import Product
from recommender.events.models import Event, Snapshot
from recommender.events.snapshots import snapshots_prune
from recommender.learning.growth import model_grow
from recommender.learning.loop import learning_step, publish_step
from recommender.learning.loop import run as run_module
from recommender.learning.loop.run_folder import probes_folder, runs_root
from recommender.registry.decision_words import decision_words
from recommender.registry.learning_runs import STEPS, LearningPlan, LearningRun, learning_run_order
from recommender.registry.models import Alert, ModelVersion
from recommender.registry.versions import model_live
from tests.learning.loop.against_record import learnt_is_record, live_loaded
from tests.learning.loop.market import record, week_events
from users.models import Shopper, User

Status, Step, Trigger = LearningRun.Status, LearningRun.Step, LearningRun.Trigger


class KilledError(BaseException):
    """Stands for a process that is gone: nothing that the loop catches."""


def learn(trigger: str = Trigger.EVENTS) -> LearningRun:
    run = learning_step(trigger=trigger)
    assert run is not None
    run.refresh_from_db()
    return run


def test_the_first_model_learns_the_whole_record(market):
    run = learn(Trigger.FIRST)
    assert (run.status, run.step, run.method) == (Status.PROMOTED, Step.DONE, "retrain")
    assert run.reasons == [{"code": "first"}]
    assert (run.after, run.upto, run.parent) == (0, Event.objects.latest("pk").pk, None)
    assert run.candidate == model_live()
    learnt_is_record()


def test_a_window_is_learnt_judged_and_published(learnt):
    run = learn()
    assert (run.status, run.error, run.decision) == (Status.PROMOTED, "", "promote")
    assert (run.method, run.parent) == ("replay", learnt.candidate)
    assert (run.after, run.upto) == (learnt.upto, Event.objects.latest("pk").pk)
    newest = run.evaluation["after"]["probes"]["newest"]["cases"]
    assert newest >= 20
    assert (run.added, run.removed) == (360 - newest, 0)
    live = model_live()
    assert live == run.candidate
    assert (live.watermark, live.parent, live.settings["kind"]) == (
        run.upto,
        learnt.candidate,
        "update",
    )
    assert set(run.seconds) == set(STEPS)
    learnt_is_record()
    # What the window was asked is kept for later runs; nothing else of the run is left.
    assert [path.name for path in probes_folder().glob("*")] == [f"{run.upto:012d}.parquet"]
    assert list(runs_root().iterdir()) == []
    record(week_events(4))
    assert "window-1" in learn().evaluation["before"]["probes"]


def test_where_nothing_is_new_nothing_is_made(market):
    learn(Trigger.FIRST)
    run = learn(Trigger.HAND)
    assert (run.status, run.step, ModelVersion.objects.count()) == (Status.NOTHING, Step.UPDATE, 1)


def test_a_late_event_and_a_withdrawn_one_are_taken_in(learnt):
    gone = Shopper.objects.get(external_id="s7")
    gone.delete()
    record([e for e in week_events(1, seed=5) if e.shopper == "s8"])
    run = learn()
    assert run.removed == 9
    learnt_is_record()


@pytest.mark.parametrize("step", list(STEPS))
def test_a_step_that_was_done_but_not_marked_changes_nothing_when_done_again(
    learnt, monkeypatch, step
):
    done = run_module.STEPS[step]
    calls: list[int] = []

    def killed_after(run: LearningRun, journal: Any) -> dict[str, Any]:
        fields = done(run, journal)
        calls.append(run.pk)
        if len(calls) == 1:
            raise KilledError
        return fields

    monkeypatch.setitem(run_module.STEPS, step, killed_after)
    with pytest.raises(KilledError):
        learn()
    assert model_live() is not None
    run = learning_step()
    assert run is not None
    run.refresh_from_db()
    # Where the version went live, the same transaction has marked the step.
    assert calls == [run.pk] if step == Step.PUBLISH else [run.pk] * 2
    assert (run.status, run.step, run.resumed) == (Status.PROMOTED, Step.DONE, 1)
    assert LearningRun.objects.count() == 2
    assert list(ModelVersion.objects.values_list("status", flat=True)) == ["live", "retired"]
    kept = {path.name for path in settings.SNAPSHOT_DIR.iterdir()}
    assert kept == set(Snapshot.objects.values_list("path", flat=True))
    assert list(runs_root().iterdir()) == []
    learnt_is_record()


def test_a_step_that_fails_three_times_fails_the_run_and_the_next_one_learns_it(
    learnt, monkeypatch
):
    with monkeypatch.context() as broken:
        broken.setitem(run_module.STEPS, Step.UPDATE, lambda *_: 1 / 0)
        for attempt in (1, 2, 3):
            run = learn()
            assert run.attempts == attempt
    assert (run.status, run.step) == (Status.FAILED, Step.UPDATE)
    assert run.error == "ZeroDivisionError: division by zero"
    alert = Alert.objects.get()
    assert (alert.kind, alert.arguments["step"]) == ("learning-failed", "update")
    assert alert.link == f"/admin/recommender/learningrun/{run.pk}/change/"
    assert model_live() == learnt.candidate
    again = learn()
    assert (again.status, again.after) == (Status.PROMOTED, learnt.upto)
    learnt_is_record()


def test_a_candidate_that_cannot_be_published_is_kept_out(learnt, monkeypatch):
    monkeypatch.setattr(publish_step, "model_activate", lambda **_: 1 / 0)
    for _ in range(3):
        run = learn()
    assert (run.status, run.step, run.resumed) == (Status.FAILED, Step.PUBLISH, 2)
    candidate = ModelVersion.objects.get(version=run.version)
    assert candidate.status == "refused"
    assert decision_words(candidate.decisions.get()).startswith("the run of learning #")
    assert model_live() == learnt.candidate


def test_a_snapshot_that_an_erasure_took_is_written_anew(learnt, monkeypatch):
    done = run_module.STEPS[Step.EVALUATE]

    def erased_before(run: LearningRun, journal: Any) -> dict[str, Any]:
        if Shopper.objects.filter(external_id="s3").exists():
            Shopper.objects.get(external_id="s3").delete()
            snapshots_prune(keep=0)
            run.refresh_from_db()
        return done(run, journal)

    monkeypatch.setitem(run_module.STEPS, Step.EVALUATE, erased_before)
    run = learn()
    assert run.status == Status.PROMOTED
    learnt_is_record()


def test_what_another_model_has_overtaken_is_not_published(learnt, monkeypatch):
    done = run_module.STEPS[Step.GATE]

    def other_after(run: LearningRun, journal: Any) -> dict[str, Any]:
        fields = done(run, journal)
        ModelVersion.objects.filter(status="live").update(status="retired")
        ModelVersion.objects.create(
            version="other", folder="other", checksum="0", watermark=1, status="live"
        )
        return fields

    monkeypatch.setitem(run_module.STEPS, Step.GATE, other_after)
    run = learn()
    assert (run.status, run.message, run.candidate) == (Status.OVERTAKEN, "other", None)
    assert model_live().version == "other"


def test_a_product_that_came_meanwhile_is_known(learnt, monkeypatch):
    done = run_module.STEPS[Step.GATE]

    def grown_after(run: LearningRun, journal: Any) -> dict[str, Any]:
        fields = done(run, journal)
        Product.objects.create(external_id="new", title="New", price=1, stock=1)
        assert model_grow() is not None
        return fields

    with monkeypatch.context() as meanwhile:
        meanwhile.setitem(run_module.STEPS, Step.GATE, grown_after)
        run = learn()
    assert (run.status, run.candidate) == (Status.PROMOTED, model_live())
    assert live_loaded()[0].items.ids[-1] == "new"
    learnt_is_record()
    Product.objects.create(external_id="newer", title="Newer", price=1, stock=1)
    record([replace(event, product="newer") for event in week_events(4)[:9]])
    assert learn(Trigger.HAND).method == "replay"
    learnt_is_record()


def test_who_was_erased_is_forgotten_without_learning_what_is_new(learnt):
    Shopper.objects.get(external_id="s3").delete()
    run = learn(Trigger.ERASURE)
    assert (run.status, run.added, run.removed) == (Status.PROMOTED, 0, 9)
    assert run.reasons == [{"code": "only_forgets"}]
    # The window is still to be learnt.
    assert model_live().watermark == learnt.upto
    _model, known = live_loaded()
    assert len(known.log) == 1080 - 9
    assert learn().status == Status.PROMOTED
    learnt_is_record()


def test_a_full_training_goes_through_the_same_gate(learnt):
    LearningPlan.objects.create(pk=1, every_minutes=5, minimum_events=1, method="retrain")
    run = learn()
    assert (run.status, run.method, run.decision) == (Status.PROMOTED, "retrain", "promote")
    assert model_live().settings["kind"] == "training"
    learnt_is_record()


def test_what_somebody_asked_for_is_done_next(learnt):
    boss = User.objects.create_user("boss", "boss@example.com", "secret-word-1")
    asked, is_new = learning_run_order(asked_by=boss)
    assert is_new
    assert learning_run_order(asked_by=boss) == (asked, False)
    run = learning_step()
    assert run is not None
    assert (run.pk, run.trigger, run.status) == (asked.pk, Trigger.HAND, Status.PROMOTED)
