"""Windows that nobody honest would make are stopped on their way through the loop."""

from __future__ import annotations

from datetime import timedelta

from recommender.contracts import EventType
from recommender.events.record import EventInput
from recommender.learning.loop import learning_step
from recommender.registry.alert_words import alert_text
from recommender.registry.learning_runs import LearningRun
from recommender.registry.models import Alert
from recommender.registry.versions import model_live
from tests.learning.loop.market import BEGIN, record, week_events

Status, Trigger = LearningRun.Status, LearningRun.Trigger


def refused(learnt: LearningRun) -> LearningRun:
    """Learn, and make sure that the live model stays and that people are told."""
    run = learning_step(trigger=Trigger.EVENTS)
    assert run is not None
    assert (run.status, run.error) == (Status.REFUSED, "")
    assert model_live() == learnt.candidate
    assert run.candidate.status == "refused"
    alert = Alert.objects.get()
    assert (alert.kind, alert.arguments["version"]) == ("candidate-refused", run.version)
    return run


def test_bots_that_click_one_product_are_stopped(learnt):
    record(
        [
            EventInput(
                id=f"bot-{bot}-{click}",
                type=EventType.CLICK,
                shopper=f"bot{bot}",
                product="g2-5",
                time=BEGIN + timedelta(weeks=4, hours=2 * click, seconds=bot),
            )
            for bot in range(80)
            for click in range(4)
        ]
    )
    run = refused(learnt)
    codes = {reason["code"]: reason for reason in run.reasons}
    assert codes["product_surge"]["subject"] == "g2-5"
    assert "“Good 2 5” makes up" in alert_text(Alert.objects.get())
    # It is not tried again by itself; what comes after it is learnt together with it.
    assert learning_step() is None


def test_labels_that_were_shuffled_are_stopped(learnt):
    from recommender.events.models import Event

    Event.objects.filter(pk__gt=learnt.upto).delete()
    record(week_events(3, shuffled=True))
    run = refused(learnt)
    assert "labels_by_chance" in {reason["code"] for reason in run.reasons}
    assert "looks like chance" in alert_text(Alert.objects.get())
