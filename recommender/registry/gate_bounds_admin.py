"""The gate's bounds in the admin: one page, with what each of them means."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from recommender.registry.gate_bounds import KEY, GateBounds, gate_bounds_row


@admin.register(GateBounds)
class GateBoundsAdmin(ModelAdmin):
    """What a new model may cost; there is one row, and its list is the row itself."""

    fieldsets = (
        (
            _("What it may forget"),
            {
                "fields": (
                    ("newest", "old_windows"),
                    ("inactive", "segment"),
                    ("new_items", "old_items"),
                    ("least_cases", "confidence"),
                ),
                "description": _(
                    "A new model and the live one are asked the same questions. One that falls by "
                    "more than a bound, and surely not by chance, is refused."
                ),
            },
        ),
        (
            _("What it may show"),
            {"fields": (("concentration", "products"),)},
        ),
        (
            _("What it may learn from"),
            {"fields": (("window_share", "window_surge"), ("coherence", "drift"))},
        ),
        (
            _("What live traffic decides"),
            {
                "fields": (
                    ("shadow_worse", "rollback_worse"),
                    ("shadow_cases", "rollback_shown"),
                    ("shadow_days", "rollback_errors"),
                ),
                "description": _(
                    "A model in shadow is held against the live one by what shoppers take. The "
                    "live one is held against the one before it by what they click."
                ),
            },
        ),
    )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        page: HttpResponse = self.change_view(request, str(KEY), extra_context=extra_context)
        return page

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> GateBounds | None:
        """The defaults, as long as nobody has saved anything."""
        return gate_bounds_row() if object_id == str(KEY) else None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
