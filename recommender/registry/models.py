"""Model versions: what was trained from what, and which one serves."""

from __future__ import annotations

from django.db import models
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
        ]
