"""Opinion classifiers: what each was fine-tuned on, how good it is, and going back to another."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from recommender.feedback.classifiers import classifier_activate
from recommender.feedback.models import OpinionClassifierVersion
from recommender.registry.admin import definition_list
from recommender.registry.versions import DamagedModelError
from recsite.admin_pages import ReadOnlyAdmin, confirmation_page


@admin.register(OpinionClassifierVersion)
class OpinionClassifierAdmin(ReadOnlyAdmin):
    """What reads the reviews now, what read them before, and what was refused."""

    list_display = ("version", "status_label", "headline", "texts", "created_at", "live_since")
    list_before_template = "recommender/admin/classifiers.html"
    actions_detail = ["make_live"]
    fields = (
        ("version", "status"),
        ("created_at", "live_since"),
        "metrics_shown",
        "settings_shown",
        ("folder", "seed"),
        "checksum",
    )
    readonly_fields = ("metrics_shown", "settings_shown")

    @display(
        description=_("status"),
        ordering="status",
        label={"live": "success", "candidate": "info", "retired": "default", "refused": "danger"},
    )
    def status_label(self, version: OpinionClassifierVersion) -> tuple[str, str]:
        return version.status, version.get_status_display()

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

    @admin.display(description=_("metrics"))
    def metrics_shown(self, version: OpinionClassifierVersion) -> str:
        return definition_list(version.metrics)

    @admin.display(description=_("settings"))
    def settings_shown(self, version: OpinionClassifierVersion) -> str:
        return definition_list(version.settings)

    def has_activate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Switching is a permission of its own, apart from looking."""
        return bool(request.user.has_perm("recommender.change_opinionclassifierversion"))

    @action(
        description=_("Make live…"),
        icon="rocket_launch",
        permissions=["activate"],
        url_path="make-live",
    )
    def make_live(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks, checks the files, and switches; a damaged classifier is refused."""
        version = self.get_object(request, object_id)
        if version is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        back = HttpResponseRedirect(
            reverse("admin:recommender_opinionclassifierversion_change", args=[version.pk])
        )
        if version.status == OpinionClassifierVersion.Status.LIVE:
            self.message_user(request, _t("This version is live already."), messages.INFO)
            return back
        if request.method != "POST":
            return confirmation_page(
                request,
                self,
                action="make_live",
                title=_t("Make %s live") % version.version,
                question=_t(
                    "All reviews are then read anew by this classifier, the newest first; until "
                    "it comes to a review, the opinion that it has stays."
                ),
                button=_t("Make live"),
            )
        try:
            classifier_activate(version=version)
        except DamagedModelError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.log_change(request, version, _t("Made live."))
            self.message_user(request, _t("%s is live now.") % version.version, messages.SUCCESS)
        return back
