"""Model versions: what was trained from what, and which one serves."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ModelVersion(models.Model):
    """One trained model with its lineage. Its files never change once it is registered."""

    class Status(models.TextChoices):
        CANDIDATE = "candidate", _("candidate")
        LIVE = "live", _("live")
        RETIRED = "retired", _("retired")
        REFUSED = "refused", _("refused")

    version = models.CharField(_("version"), max_length=40, unique=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.CANDIDATE)
    parent = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="children"
    )
    #: Folder below settings.MODEL_DIR.
    folder = models.CharField(_("folder"), max_length=200)
    checksum = models.CharField(_("SHA-256"), max_length=64)
    #: The newest event that it has learnt from.
    watermark = models.BigIntegerField(_("learnt up to event"))
    settings = models.JSONField(_("settings"), default=dict)
    metrics = models.JSONField(_("metrics"), default=dict)
    seed = models.IntegerField(_("seed"), default=0)
    code_revision = models.CharField(_("code revision"), max_length=40, blank=True)
    created_at = models.DateTimeField(_("trained"), default=timezone.now)
    live_since = models.DateTimeField(_("live since"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("model version")
        verbose_name_plural = _("model versions")
        constraints = [
            models.UniqueConstraint(
                fields=["status"],
                condition=models.Q(status="live"),
                name="recommender_one_live_model",
            ),
        ]

    def __str__(self) -> str:
        return self.version
