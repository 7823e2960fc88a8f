"""Sentences of explanations: what the model wrote, what was refused and why, what is shown."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesRadioFilter, FieldTextFilter
from unfold.decorators import display

from recommender.explanation.models import ExplanationSentence
from recsite.admin_pages import LogAdmin


@admin.register(ExplanationSentence)
class ExplanationSentenceAdmin(LogAdmin):
    """To be read; the pool writes them, and the verifier decides."""

    list_display = ("text", "origin_label", "refused", "language", "model", "tokens", "took")
    list_filter = (
        ("origin", ChoicesRadioFilter),
        ("refused", FieldTextFilter),
        ("language", FieldTextFilter),
    )
    list_filter_submit = True
    list_per_page = 50
    search_fields = ("text", "written")
    search_help_text = _("Words of the shown or of the written sentence")
    ordering = ("-made_at",)
    fields = (
        "text",
        ("origin", "language"),
        "written",
        ("refused", "detail"),
        ("model", "prompt_version"),
        ("tokens", "seconds"),
        "made_at",
        "evidence",
    )

    @display(
        description=_("origin"),
        ordering="origin",
        label={"generated": "success", "paraphrase": "info"},
    )
    def origin_label(self, sentence: ExplanationSentence) -> tuple[str, str]:
        return sentence.origin, sentence.get_origin_display()

    @admin.display(description=_("took"), ordering="seconds")
    def took(self, sentence: ExplanationSentence) -> str:
        return f"{sentence.seconds:.2f} s" if sentence.tokens else "–"
