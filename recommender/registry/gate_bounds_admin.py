"""The gate's bounds in the admin: one page, with what each of them means."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from recommender.registry.gate_bounds import KEY, GateBounds, gate_bounds_row
from recsite.admin_pages import SingleRowAdmin


@admin.register(GateBounds)
class GateBoundsAdmin(SingleRowAdmin):
    """What a new model may cost."""

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

    key = KEY

    def row(self) -> GateBounds:
        """The bounds in force."""
        return gate_bounds_row()
