"""What was shown: every slate with the reasons for each of its places."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recommender.contracts import Scenario


class SlateTrace(models.Model):
    """A scored slate as it was delivered; nothing is recomputed when it is looked at later."""

    SCENARIOS = [(scenario.value, scenario.value) for scenario in Scenario]

    trace = models.UUIDField(_("trace"), primary_key=True)
    scenario = models.CharField(_("scenario"), max_length=20, choices=SCENARIOS)
    shopper = models.ForeignKey(
        "users.Shopper",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="slates",
        verbose_name=_("shopper"),
    )
    product = models.ForeignKey(
        "catalog.Product",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("product"),
    )
    model_version = models.CharField(_("model version"), max_length=40)
    #: Per item: product, rank, score, sources, explanation, rules.
    items = models.JSONField(_("items"))
    context = models.JSONField(_("context"), default=dict, blank=True)
    took_ms = models.FloatField(_("milliseconds"), default=0.0)
    scored_at = models.DateTimeField(_("scored at"), default=timezone.now)

    class Meta:
        ordering = ["-scored_at"]
        verbose_name = _("slate")
        verbose_name_plural = _("slates")
        indexes = [models.Index(fields=["-scored_at"])]

    def __str__(self) -> str:
        return f"{self.scenario} {self.trace}"


class SlateCount(models.Model):
    """How many slates were served in a minute, and how: the dashboard's and operators' figures."""

    minute = models.DateTimeField(_("minute"))
    scenario = models.CharField(_("scenario"), max_length=20)
    #: fresh (from cache), scored (the pool answered in time), stale, popular (no slate at all).
    outcome = models.CharField(_("outcome"), max_length=10)
    count = models.PositiveIntegerField(_("slates"), default=0)

    class Meta:
        verbose_name = _("slates served")
        verbose_name_plural = _("slates served")
        constraints = [
            models.UniqueConstraint(
                fields=["minute", "scenario", "outcome"], name="recommender_slate_count_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minute:%H:%M} {self.scenario} {self.outcome}: {self.count}"
