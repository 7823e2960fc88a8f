"""Model versions: what was trained from what, which one serves, and what people are told."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recommender.registry.served_version import ServedVersion


class ModelVersion(ServedVersion):
    """One trained model with its lineage."""

    parent = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="children"
    )
    #: The newest event that it has learnt from.
    watermark = models.BigIntegerField(_("learnt up to event"))
    code_revision = models.CharField(_("code revision"), max_length=40, blank=True)

    class Meta(ServedVersion.Meta):
        verbose_name = _("model version")
        verbose_name_plural = _("model versions")
        constraints = [
            models.UniqueConstraint(
                fields=["status"],
                condition=models.Q(status="live"),
                name="recommender_one_live_model",
            ),
            models.UniqueConstraint(
                fields=["status"],
                condition=models.Q(status="shadow"),
                name="recommender_one_shadow_model",
            ),
        ]


class VersionDecision(models.Model):
    """Why a version became what it is: one row for each change of its status."""

    version = models.ForeignKey(
        ModelVersion,
        on_delete=models.CASCADE,
        related_name="decisions",
        verbose_name=_("model version"),
    )
    status = models.CharField(_("status"), max_length=10, choices=ServedVersion.Status)
    #: Names the words in ``decision_words``; ``figures`` fill them in.
    code = models.CharField(_("reason"), max_length=40)
    figures = models.JSONField(_("figures"), default=dict)
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)
    #: None where no person decided.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )

    class Meta:
        ordering = ["decided_at", "pk"]
        verbose_name = _("decision about a model")
        verbose_name_plural = _("decisions about models")

    def __str__(self) -> str:
        return f"{self.version} {self.status}: {self.code}"


class Alert(models.Model):
    """Something that a person is to look at. Its words are made when it is read."""

    class Severity(models.IntegerChoices):
        NOTE = 1, _("note")
        WARNING = 2, _("warning")
        SERIOUS = 3, _("serious")

    #: Names the words in ``alert_words``; ``arguments`` fill them in.
    kind = models.CharField(_("kind"), max_length=40)
    arguments = models.JSONField(_("arguments"), default=dict)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity)
    #: A page of this site where one sees more.
    link = models.CharField(_("page"), max_length=300, blank=True)
    #: What tells it from others of its kind, so that it is raised once while it is open.
    about = models.CharField(max_length=100, editable=False)
    times = models.PositiveIntegerField(_("times"), default=1)
    raised_at = models.DateTimeField(_("first raised"), default=timezone.now)
    last_at = models.DateTimeField(_("last raised"), default=timezone.now)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("done by"),
    )

    class Meta:
        ordering = ["-last_at", "-pk"]
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "about"],
                condition=models.Q(done_at=None),
                name="recommender_one_open_alert",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.raised_at:%Y-%m-%d %H:%M}"
