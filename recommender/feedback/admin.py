"""Opinion classifiers: what each was fine-tuned on, how good it is, and going back to another."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from recommender.feedback.classifiers import classifier_activate
from recommender.feedback.models import OpinionClassifierVersion
from recommender.registry.served_version_admin import ServedVersionAdmin


@admin.register(OpinionClassifierVersion)
class OpinionClassifierAdmin(ServedVersionAdmin):
    """What reads the reviews now, what read them before, and what was refused."""

    list_display = ("version", "status_label", "headline", "texts", "created_at", "live_since")
    list_before_template = "recommender/admin/classifiers.html"
    consequence = _(
        "All reviews are then read anew by this classifier, the newest first; until it comes to a "
        "review, the opinion that it has stays."
    )
    fields = (
        ("version", "status"),
        ("created_at", "live_since"),
        "metrics_shown",
        "settings_shown",
        ("folder", "seed"),
        "checksum",
    )
    readonly_fields = ("metrics_shown", "settings_shown")

    def switch(self, request: HttpRequest, version: OpinionClassifierVersion) -> None:
        """Make the version live."""
        classifier_activate(version=version)

    @admin.display(description=_("on the test part"))
    def headline(self, version: OpinionClassifierVersion) -> str:
        test = version.metrics.get("test", {})
        if "accuracy" not in test:
            return "–"
        return format_html(
            '<span class="rs-metric"><b>{}</b> {}</span> '
            '<span class="rs-metric"><b>{}</b> {}</span>',
            number_format(test["accuracy"], 3),
            _t("accuracy"),
            number_format(test["f1_macro"], 3),
            _t("F1 macro"),
        )

    @admin.display(description=_("texts"))
    def texts(self, version: OpinionClassifierVersion) -> str:
        counts = version.settings.get("texts", {})
        total = sum(counts.values()) if isinstance(counts, dict) else 0
        source = version.settings.get("source", "")
        return f"{number_format(total)} · {source}" if total else "–"
