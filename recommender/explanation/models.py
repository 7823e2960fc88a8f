"""Sentences that were written about evidence, kept so that equal evidence is told once."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ExplanationSentence(models.Model):
    """What was written about one evidence in one language, and what became of it.

    It holds nothing of any shopper: evidence is a deed, two products and what joins them, and the
    same for everybody to whom it applies.
    """

    class Origin(models.TextChoices):
        GENERATED = "generated", _("written by the model")
        PARAPHRASE = "paraphrase", _("chosen among written ones")

    #: Checksum of what may be told.
    evidence = models.CharField(_("evidence"), max_length=32)
    language = models.CharField(_("language"), max_length=10)
    #: The text that is shown, as it was verified.
    text = models.CharField(_("text"), max_length=500)
    origin = models.CharField(_("origin"), max_length=10, choices=Origin)
    #: What the model wrote, where it was asked.
    written = models.CharField(_("the model wrote"), max_length=1000, blank=True)
    #: Empty where the model's text was accepted or none was asked for.
    refused = models.CharField(_("refused because"), max_length=20, blank=True)
    detail = models.CharField(_("where reading stopped"), max_length=200, blank=True)
    model = models.CharField(_("model"), max_length=120, blank=True)
    prompt_version = models.CharField(_("prompt"), max_length=40, blank=True)
    tokens = models.PositiveIntegerField(_("tokens"), default=0)
    seconds = models.FloatField(_("seconds"), default=0.0)
    made_at = models.DateTimeField(_("written"), default=timezone.now)

    class Meta:
        ordering = ["-made_at"]
        verbose_name = _("sentence of an explanation")
        verbose_name_plural = _("sentences of explanations")
        constraints = [
            models.UniqueConstraint(
                fields=["evidence", "language"], name="recommender_one_sentence_per_evidence"
            ),
        ]
        indexes = [models.Index(fields=["-made_at"])]

    def __str__(self) -> str:
        return self.text
