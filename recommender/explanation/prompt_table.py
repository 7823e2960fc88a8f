"""Prompt templates as people edit them: every saving is a version, one of them writes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PromptTemplateVersion(models.Model):
    """One version of a prompt in one language. Texts of a version never change."""

    class Name(models.TextChoices):
        EXPLANATION = "explanation", _("explanation of a recommendation")

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        LIVE = "live", _("live")

    name = models.CharField(_("prompt"), max_length=20, choices=Name, default=Name.EXPLANATION)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    version = models.PositiveIntegerField(_("version"), editable=False)
    system = models.TextField(
        _("what the model is to do"),
        max_length=2000,
        help_text=_("It stands before everything else and names no places."),
    )
    user = models.TextField(
        _("what it is asked"),
        max_length=4000,
        help_text=_("{item} stands for the product's name, {facts} for its facts, a line each."),
    )
    status = models.CharField(
        _("status"), max_length=5, choices=Status, default=Status.DRAFT, editable=False
    )
    #: None for what came with the shop.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("author"),
    )
    made_at = models.DateTimeField(_("saved"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["name", "language", "-version"]
        verbose_name = _("prompt template")
        verbose_name_plural = _("prompt templates")
        constraints = [
            models.UniqueConstraint(
                fields=["name", "language", "version"], name="recommender_one_prompt_per_version"
            ),
            models.UniqueConstraint(
                fields=["name", "language"],
                condition=models.Q(status="live"),
                name="recommender_one_live_prompt",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_name_display()} {self.code}"

    @property
    def code(self) -> str:
        """What is kept with every text that came of it."""
        return f"{self.language}-{self.version}"
