"""Slates: what was shown to whom, and why each thing stood where it stood."""

from __future__ import annotations

import contextlib
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesRadioFilter,
    FieldTextFilter,
    RangeDateTimeFilter,
)
from unfold.decorators import display

from recommender.delivery.models import SlateTrace
from recommender.delivery.trace_view import trace_view
from recsite.admin_marks import link_to
from recsite.admin_pages import LogAdmin
from users.models import Shopper


@admin.register(SlateTrace)
class SlateTraceAdmin(LogAdmin):
    """Stored slates; nothing is computed again when one is looked at."""

    list_display = (
        "scenario_label",
        "for_shopper",
        "about",
        "model_version",
        "took",
        "scored_at",
    )
    list_filter = (
        ("scenario", ChoicesRadioFilter),
        ("scored_at", RangeDateTimeFilter),
        ("model_version", FieldTextFilter),
    )
    list_filter_submit = True
    list_per_page = 50
    search_fields = ("shopper__external_id",)
    search_help_text = _("Shopper's or product's external id, or the slate's own")
    ordering = ("-scored_at",)
    change_form_template = "admin/slate_trace.html"
    fields = ("trace",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SlateTrace]:
        # The list does not need the places themselves, which are most of a row.
        rows = super().get_queryset(request).select_related("shopper", "product")
        page = request.resolver_match.url_name if request.resolver_match else None
        if page is not None and page.endswith("changelist"):
            rows = rows.defer("items", "context")
        return rows

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        return lookup in {"shopper__id__exact", "product__id__exact"} or bool(
            super().lookup_allowed(lookup, value, request)
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[SlateTrace], search_term: str
    ) -> tuple[QuerySet[SlateTrace], bool]:
        words = search_term.strip()
        if not words:
            return queryset, False
        shoppers = list(Shopper.objects.filter(external_id=words).values_list("pk", flat=True))
        found = Q(shopper__in=shoppers) | Q(product__external_id=words)
        with contextlib.suppress(ValueError):
            found |= Q(pk=UUID(words))
        return queryset.filter(found), False

    @display(description=_("scenario"), ordering="scenario", label=True)
    def scenario_label(self, trace: SlateTrace) -> tuple[str, str]:
        return trace.scenario, trace.get_scenario_display()

    @admin.display(description=_("shopper"))
    def for_shopper(self, trace: SlateTrace) -> str:
        return link_to(trace.shopper) if trace.shopper else str(_("a stranger"))

    @admin.display(description=_("about"))
    def about(self, trace: SlateTrace) -> str:
        return trace.product.title if trace.product else "–"

    @admin.display(description=_("took"), ordering="took_ms")
    def took(self, trace: SlateTrace) -> str:
        return format_html('<span class="rs-figure">{} ms</span>', f"{trace.took_ms:.0f}")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        trace = self.get_object(request, object_id)
        context = {**(extra_context or {})}
        if trace is not None and self.has_view_permission(request, trace):
            context |= {"trace": trace, "view": trace_view(trace)}
        return super().change_view(request, object_id, form_url, context)
