"""Runs of learning, step by step, and the plan that says when one begins."""

from __future__ import annotations

import math

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recommender.events.models import Snapshot
from recommender.registry.models import ModelVersion
from users.models import User

#: The task that learns, by its name.
LEARN_TASK = "recommender.learn"
#: The one row of ``LearningPlan``.
PLAN_KEY = 1


class Method(models.TextChoices):
    """How a model comes to know what is new."""

    REPLAY = "replay", _("update, with examples of the past mixed in")
    REPLAY_HERDING = "replay_herding", _("update, with typical examples of the past mixed in")
    REPLAY_LOSS = "replay_loss", _("update, with hard examples of the past mixed in")
    DISTILLATION = "distillation", _("update, held to what the model answered before")
    EWC = "ewc", _("update, held by the weights that mattered (EWC)")
    PROXIMAL = "proximal", _("update, held near the weights before")
    ADAPTERS = "adapters", _("update of small adapters on frozen networks")
    FINETUNE = "finetune", _("update on the new interactions alone")
    RETRAIN = "retrain", _("full training on the whole log")


class LearningPlan(models.Model):
    """When learning begins by itself, and how it is done. There is one row at most."""

    is_on = models.BooleanField(
        _("learns by itself"), default=True, help_text=_("Off: only “Learn now” and the commands.")
    )
    every_minutes = models.PositiveIntegerField(
        _("every so many minutes"),
        validators=[MinValueValidator(1), MaxValueValidator(60 * 24 * 31)],
        help_text=_("Where there are enough new events by then."),
    )
    minimum_events = models.PositiveIntegerField(
        _("at least so many new events"),
        validators=[MinValueValidator(1), MaxValueValidator(10_000_000)],
    )
    events_at_once = models.PositiveIntegerField(
        _("at once after so many new events"),
        default=20_000,
        validators=[MaxValueValidator(100_000_000)],
        help_text=_("Without waiting for the minutes to pass. 0: never."),
    )
    drift_threshold = models.FloatField(
        _("at once at this drift"),
        default=0.3,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text=_(
            "How far the kinds of products in new events are from those before, 0 to 1, beyond "
            "chance. 0: never."
        ),
    )
    method = models.CharField(
        _("method"), max_length=16, choices=Method, default=Method.REPLAY.value
    )
    retrain_days = models.PositiveIntegerField(
        _("full training after so many days"),
        default=7,
        validators=[MaxValueValidator(3650)],
        help_text=_("Weights and ranker are chosen anew only then. 0: never."),
    )
    shadow_hours = models.PositiveIntegerField(
        _("hours for a version in shadow"),
        # What came of a ranking is known a day later, so that one day alone tells nothing.
        default=48,
        validators=[MaxValueValidator(24 * 365)],
        help_text=_(
            "So long no other candidate takes its place, unless somebody was erased. What shoppers "
            "took is counted after a day: with less than two there is little to judge by."
        ),
    )

    class Meta:
        verbose_name = _("learning plan")
        verbose_name_plural = _("learning plan")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


def learning_plan() -> LearningPlan:
    """The plan as people have set it, or what the settings say; nothing is written."""
    return LearningPlan.objects.filter(pk=PLAN_KEY).first() or LearningPlan(
        pk=PLAN_KEY,
        every_minutes=max(1, math.ceil(settings.LEARNING_INTERVAL_SECONDS / 60)),
        minimum_events=max(1, settings.LEARNING_MINIMUM_EVENTS),
    )


class LearningRun(models.Model):
    """One run: a window of events, what was made of it, and what became of that.

    The row says which step the run is at; results of steps lie in the run's folder until it ends.
    """

    class Trigger(models.TextChoices):
        FIRST = "first", _("there was no model")
        EVENTS = "events", _("enough new events")
        DRIFT = "drift", _("new events differ from those before")
        ERASURE = "erasure", _("somebody was erased")
        RETRAIN = "retrain", _("a full training was due")
        HAND = "hand", _("by hand")

    class Step(models.TextChoices):
        WINDOW = "window", _("window")
        SNAPSHOT = "snapshot", _("snapshot")
        UPDATE = "update", _("update")
        EVALUATE = "evaluate", _("evaluation")
        GATE = "gate", _("gate")
        PUBLISH = "publish", _("publication")
        #: What follows from the outcome; that itself stands already.
        AFTER = "after", _("tidying up")
        DONE = "done", _("done")

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        PROMOTED = "promoted", _("live")
        SHADOW = "shadow", _("in shadow")
        REFUSED = "refused", _("refused")
        OVERTAKEN = "overtaken", _("overtaken")
        NOTHING = "nothing", _("nothing new")
        FAILED = "failed", _("failed")

    trigger = models.CharField(_("begun because"), max_length=10, choices=Trigger)
    #: What the trigger was measured at: events, minutes, drift, days.
    measured = models.JSONField(_("measured"), default=dict, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked for by"),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    step = models.CharField(_("step"), max_length=10, choices=Step, default=Step.WINDOW)
    #: 0..1 of the step, and what it is at.
    progress = models.FloatField(_("progress"), default=0.0)
    message = models.CharField(_("at"), max_length=200, blank=True)
    method = models.CharField(_("method"), max_length=16, choices=Method, blank=True)
    #: Why another method was taken than the plan's.
    method_reason = models.CharField(_("reason for the method"), max_length=300, blank=True)

    after = models.BigIntegerField(_("after event"), default=0)
    upto = models.BigIntegerField(_("up to event"), null=True, blank=True)
    #: Interactions that the model did not know, and those that it is to forget.
    added = models.PositiveIntegerField(_("new interactions"), null=True, blank=True)
    removed = models.PositiveIntegerField(_("interactions to forget"), null=True, blank=True)
    snapshot = models.ForeignKey(
        Snapshot,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="runs",
        verbose_name=_("snapshot"),
    )
    parent = models.ForeignKey(
        ModelVersion,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="runs_from",
        verbose_name=_("learns on from"),
    )
    candidate = models.ForeignKey(
        ModelVersion,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="runs_to",
        verbose_name=_("candidate"),
    )
    #: Name of the version that the run makes, fixed when it begins.
    version = models.CharField(_("version"), max_length=40, blank=True)
    #: Figures of the live model and of the candidate on the same probes, and of the drift.
    evaluation = models.JSONField(_("evaluation"), default=dict, blank=True)
    decision = models.CharField(_("decision"), max_length=10, blank=True)
    reasons = models.JSONField(_("reasons"), default=list, blank=True)
    #: Beginnings of the step at hand; a step that ends sets it back.
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    #: How often the run was taken up again after its process had ended.
    resumed = models.PositiveSmallIntegerField(_("taken up again"), default=0)
    error = models.TextField(_("error"), blank=True)
    #: Seconds that each step took.
    seconds = models.JSONField(_("seconds"), default=dict, blank=True)
    made_at = models.DateTimeField(_("asked for"), default=timezone.now)
    began_at = models.DateTimeField(_("begun"), null=True, blank=True)
    updated_at = models.DateTimeField(_("last sign"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("learning run")
        verbose_name_plural = _("learning runs")
        constraints = [
            models.UniqueConstraint(
                fields=["status"],
                condition=models.Q(status__in=["waiting", "running"]),
                name="recommender_one_open_run_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.status in OPEN


#: Of a run that has not come to its end.
OPEN = (LearningRun.Status.WAITING, LearningRun.Status.RUNNING)
#: Steps in their order, without the end.
STEPS = tuple(step for step in LearningRun.Step if step != LearningRun.Step.DONE)


def learning_run_order(*, asked_by: User) -> tuple[LearningRun, bool]:
    """A run by hand for the next process that learns, and whether it is a new one.

    One that runs or waits already is given instead.
    """
    running = LearningRun.objects.filter(status=LearningRun.Status.RUNNING).first()
    if running is not None:
        return running, False
    return LearningRun.objects.get_or_create(
        status=LearningRun.Status.WAITING,
        defaults={"trigger": LearningRun.Trigger.HAND, "asked_by": asked_by},
    )
