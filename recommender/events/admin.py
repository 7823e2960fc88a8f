"""The event log, to be read; however long it is, a page of it opens at once."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesRadioFilter, RadioFilter
from unfold.decorators import display

from catalog.models import Product
from catalog.picture_urls import picture_url
from recommender.contracts import EventType
from recommender.events.models import Event
from recommender.feedback.rewards import event_reward
from recsite.admin_marks import link_to
from recsite.admin_pages import LogAdmin
from users.models import Shopper

#: Shoppers or products that search words may stand for.
MATCHES = 50
TONES = {
    "purchase": "success",
    "cart": "success",
    "like": "success",
    "rating": "success",
    "review": "success",
    "dislike": "danger",
    "hide": "danger",
    "impression": "default",
}


class ArrivedFilter(RadioFilter):
    """Events by when they arrived, which the index knows."""

    title = _("arrived")
    parameter_name = "arrived"
    SPANS = {
        "hour": timedelta(hours=1),
        "day": timedelta(days=1),
        "week": timedelta(days=7),
        "month": timedelta(days=30),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("hour", _("in the last hour")),
            ("day", _("in the last 24 hours")),
            ("week", _("in the last 7 days")),
            ("month", _("in the last 30 days")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        span = self.SPANS.get(str(self.value()))
        return queryset if span is None else queryset.filter(received_at__gte=timezone.now() - span)


@admin.register(Event)
class EventAdmin(LogAdmin):
    """What shoppers did, newest first."""

    list_display = (
        "of_product",
        "type_label",
        "value",
        "by_shopper",
        "place",
        "origin",
        "time",
    )
    list_filter = (("type", ChoicesRadioFilter), ArrivedFilter)
    list_display_links = ("of_product",)
    list_fullwidth = True
    list_per_page = 50
    # Any search words will do; get_search_results decides where to look.
    search_fields = ("client_id",)
    search_help_text = _("Shopper's or product's external id, a product's title, or a slate")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        ("type", "value"),
        ("of_product_link", "by_shopper"),
        "query",
        ("slate", "rank"),
        "reward",
        ("time", "received_at"),
        ("origin", "client_id"),
    )
    readonly_fields = ("of_product_link", "by_shopper", "slate", "reward")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return super().get_queryset(request).select_related("shopper")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        changelist.result_list = changelist.result_list.select_related(
            "product__brand", "product__category"
        ).prefetch_related("product__media")
        return changelist

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        return lookup in {"shopper__id__exact", "product__id__exact", "trace"} or bool(
            super().lookup_allowed(lookup, value, request)
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Event], search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        """By indexed columns only: the words are first turned into shoppers and products."""
        words = search_term.strip()
        if not words:
            return queryset, False
        shoppers = Shopper.objects.filter(external_id=words).values_list("pk", flat=True)
        products = Product.objects.filter(
            Q(external_id=words) | Q(title__icontains=words)
        ).values_list("pk", flat=True)
        found = Q(shopper__in=list(shoppers)) | Q(product__in=list(products[:MATCHES]))
        with contextlib.suppress(ValueError):
            found |= Q(trace=UUID(words))
        return queryset.filter(found), False

    @display(description=_("product"), header=True)
    def of_product(self, event: Event) -> list[Any]:
        if event.product is None:
            return [f"“{event.query}”" if event.query else "–", ""]
        picture = {"path": picture_url(event.product), "squared": True, "width": 36, "height": 36}
        return [event.product.title, event.product.external_id, "", picture]

    @display(description=_("type"), label=TONES)
    def type_label(self, event: Event) -> tuple[str, str]:
        return event.type, event.get_type_display()

    @admin.display(description=_("shopper"))
    def by_shopper(self, event: Event) -> str:
        return link_to(event.shopper)

    @admin.display(description=_("place"))
    def place(self, event: Event) -> str:
        return "–" if event.rank is None else str(event.rank)

    @admin.display(description=_("product"))
    def of_product_link(self, event: Event) -> str:
        return link_to(event.product)

    @admin.display(description=_("slate"))
    def slate(self, event: Event) -> str:
        # Imported here: the log does not depend on what is delivered from it.
        from recommender.delivery.models import SlateTrace
        from recommender.feedback.attribution import How, rewards_of

        (reward,) = rewards_of([event])
        trace = SlateTrace.objects.filter(pk=reward.trace).first() if reward.trace else None
        shown = link_to(trace) if trace else str(reward.trace or "–")
        if reward.how in (How.IN_VIEW, How.HELD):
            return format_html("{} ({})", shown, _("the newest that showed the product"))
        return shown

    @admin.display(description=_("reward"))
    def reward(self, event: Event) -> str:
        value = event_reward(EventType(event.type), event.value)
        return f"{value:+.2f}" if value else "0"
