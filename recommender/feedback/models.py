"""What the classifier made of reviews, and which classifiers there are."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Review


class OpinionClassifierVersion(models.Model):
    """One fine-tuned classifier with its lineage. Its files never change once it is entered."""

    class Status(models.TextChoices):
        CANDIDATE = "candidate", _("candidate")
        LIVE = "live", _("live")
        RETIRED = "retired", _("retired")
        REFUSED = "refused", _("refused")

    version = models.CharField(_("version"), max_length=40, unique=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.CANDIDATE)
    #: Folder below settings.MODEL_DIR.
    folder = models.CharField(_("folder"), max_length=200)
    checksum = models.CharField(_("SHA-256"), max_length=64)
    #: What the texts were: their source, number and checksum, the encoder, the seed.
    settings = models.JSONField(_("settings"), default=dict)
    metrics = models.JSONField(_("metrics"), default=dict)
    seed = models.IntegerField(_("seed"), default=0)
    created_at = models.DateTimeField(_("trained"), default=timezone.now)
    live_since = models.DateTimeField(_("live since"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("opinion classifier")
        verbose_name_plural = _("opinion classifiers")
        constraints = [
            models.UniqueConstraint(
                fields=["status"],
                condition=models.Q(status="live"),
                name="recommender_one_live_classifier",
            ),
        ]

    def __str__(self) -> str:
        return self.version


class Opinion(models.Model):
    """Whether a review speaks well of its product, as a classifier reads its words."""

    class Sentiment(models.TextChoices):
        GOOD = "good", _("good")
        BAD = "bad", _("bad")

    review = models.OneToOneField(
        Review, on_delete=models.CASCADE, related_name="opinion", verbose_name=_("review")
    )
    sentiment = models.CharField(_("opinion"), max_length=4, choices=Sentiment)
    #: How likely the classifier holds it that the review is good.
    probability_good = models.FloatField(
        _("probability of good"), validators=[MinValueValidator(0), MaxValueValidator(1)]
    )
    classifier = models.ForeignKey(
        OpinionClassifierVersion,
        on_delete=models.CASCADE,
        related_name="opinions",
        verbose_name=_("classifier"),
    )
    judged_at = models.DateTimeField(_("judged"), default=timezone.now)

    class Meta:
        verbose_name = _("opinion")
        verbose_name_plural = _("opinions")
        indexes = [models.Index(fields=["sentiment"])]

    def __str__(self) -> str:
        return f"{self.get_sentiment_display()}: {self.review}"
