"""What live traffic says of models: rankings compared in shadow, and clicks by version and hour."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from recommender.registry.models import ModelVersion


class ShadowRanking(models.Model):
    """What the live model and the one in shadow would show one shopper at one moment.

    Only of shoppers who agreed to be recorded, at most one a day of each, and gone with them.
    """

    version = models.ForeignKey(
        ModelVersion,
        on_delete=models.CASCADE,
        related_name="shadow_rankings",
        verbose_name=_("model version"),
    )
    shopper = models.ForeignKey(
        "users.Shopper",
        on_delete=models.CASCADE,
        related_name="shadow_rankings",
        verbose_name=_("shopper"),
    )
    live_version = models.CharField(_("live model"), max_length=40)
    scored_at = models.DateTimeField(_("scored at"))
    #: External ids of the first products, best first.
    live = models.JSONField(_("shown by the live model"))
    shadow = models.JSONField(_("shown by the model in shadow"))
    #: How many products that the shopper took in the day after count; None before it is over.
    taken = models.PositiveSmallIntegerField(_("taken"), null=True)
    #: Whether one of them is among the first products.
    live_hit = models.BooleanField(_("found by the live model"), default=False)
    shadow_hit = models.BooleanField(_("found by the model in shadow"), default=False)

    class Meta:
        verbose_name = _("ranking in shadow")
        verbose_name_plural = _("rankings in shadow")
        indexes = [
            models.Index(fields=["version", "taken", "scored_at"]),
            models.Index(fields=["scored_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.scored_at:%Y-%m-%d %H:%M}"


class OnlineHour(models.Model):
    """What was shown in personal home slates of one version within an hour, and clicked.

    Kept longer than the slates themselves, so that versions of long ago can still be compared.
    """

    model_version = models.CharField(_("model version"), max_length=40)
    hour = models.DateTimeField(_("hour"))
    #: Products in slates; one that was seen twice in the same slate counts once.
    shown = models.PositiveIntegerField(_("shown"))
    clicked = models.PositiveIntegerField(_("clicked"))

    class Meta:
        ordering = ["hour", "model_version"]
        verbose_name = _("clicks in an hour")
        verbose_name_plural = _("clicks by hour")
        constraints = [
            models.UniqueConstraint(
                fields=["model_version", "hour"], name="recommender_one_online_hour"
            ),
            models.CheckConstraint(
                condition=models.Q(clicked__lte=models.F("shown")),
                name="recommender_clicked_was_shown",
            ),
        ]
        indexes = [models.Index(fields=["hour"])]

    def __str__(self) -> str:
        return f"{self.model_version} {self.hour:%Y-%m-%d %H}: {self.clicked} of {self.shown}"
