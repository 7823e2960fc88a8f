"""Looking at versions of something trained, and making another one live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from recommender.registry.served_version import DamagedModelError, ServedVersion
from recsite.admin_pages import ReadOnlyAdmin, confirmation_page


def flattened(values: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Nested settings or metrics as (dotted name, readable value)."""
    rows: list[tuple[str, str]] = []
    for key, value in values.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping):
            rows.extend(flattened(value, f"{name}."))
        elif isinstance(value, float):
            rows.append((name, number_format(round(value, 4))))
        elif isinstance(value, list):
            rows.append((name, ", ".join(str(part) for part in value)))
        else:
            rows.append((name, str(value)))
    return rows


def definition_list(values: Mapping[str, Any]) -> str:
    """Settings or metrics as a table of two columns."""
    if not values:
        return "–"
    rows = format_html_join("", "<dt>{}</dt><dd>{}</dd>", flattened(values))
    return format_html('<dl class="rs-attributes">{}</dl>', rows)


class ServedVersionAdmin(ReadOnlyAdmin):
    """What serves, what served, and what was refused."""

    actions_detail = ["make_live"]
    #: What making a version live means, for the page that asks.
    consequence: ClassVar[str | Promise]

    @display(
        description=_("status"),
        ordering="status",
        label={
            "live": "success",
            "candidate": "info",
            "shadow": "warning",
            "retired": "default",
            "refused": "danger",
        },
    )
    def status_label(self, version: ServedVersion) -> tuple[str, str]:
        return version.status, version.get_status_display()

    @admin.display(description=_("metrics"))
    def metrics_shown(self, version: ServedVersion) -> str:
        return definition_list(version.metrics)

    @admin.display(description=_("settings"))
    def settings_shown(self, version: ServedVersion) -> str:
        return definition_list(version.settings)

    def has_activate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Switching versions is a permission of its own, apart from looking at them."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}"))

    def switch(self, request: HttpRequest, version: Any) -> None:
        """Make the version live in the name of whoever asks.

        Raises:
            DamagedModelError: its files are damaged; the version is refused.
        """
        raise NotImplementedError

    @action(
        description=_("Make live…"),
        icon="rocket_launch",
        permissions=["activate"],
        url_path="make-live",
    )
    def make_live(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks, checks the files, and switches; a damaged version is refused."""
        version = self.get_object(request, object_id)
        if version is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        page = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        back = HttpResponseRedirect(reverse(page, args=[version.pk]))
        if version.status == ServedVersion.Status.LIVE:
            self.message_user(request, _t("This version is live already."), messages.INFO)
            return back
        if request.method != "POST":
            return confirmation_page(
                request,
                self,
                action="make_live",
                title=_t("Make %s live") % version.version,
                question=str(self.consequence),
                button=_t("Make live"),
            )
        try:
            self.switch(request, version)
        except DamagedModelError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.log_change(request, version, _t("Made live."))
            self.message_user(request, _t("%s is live now.") % version.version, messages.SUCCESS)
        return back
