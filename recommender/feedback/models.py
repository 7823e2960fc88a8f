"""What the classifier made of reviews, and which classifiers there are."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Review
from recommender.registry.served_version import ServedVersion


class OpinionClassifierVersion(ServedVersion):
    """One fine-tuned classifier.

    ``settings`` say what the texts were: their source, number and checksum, the encoder, the seed.
    """

    class Meta(ServedVersion.Meta):
        verbose_name = _("opinion classifier")
        verbose_name_plural = _("opinion classifiers")
        constraints = [
            models.UniqueConstraint(
                fields=["status"],
                condition=models.Q(status="live"),
                name="recommender_one_live_classifier",
            ),
        ]


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


class ExaminationCurve(models.Model):
    """How likely each place of a slate is to be looked at, as the log told it at a full training.

    The newest row is in use. It stays as it is between full trainings, so that what a shopper's
    record weighs changes only with the record.
    """

    #: By scenario, and under "" for all together: ``{"propensities": [...], "normaliser": ...}``.
    curves = models.JSONField(_("curves"))
    slates = models.PositiveIntegerField(_("slates read"))
    shown = models.PositiveIntegerField(_("places in view"))
    taken = models.PositiveIntegerField(_("places taken"))
    estimated_at = models.DateTimeField(_("estimated at"), default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("examination of places")
        verbose_name_plural = _("examination of places")

    def __str__(self) -> str:
        return f"{self.estimated_at:%Y-%m-%d %H:%M}"
