"""Orders: what was ordered, and moving them along."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import (
    ChoicesRadioFilter,
    RangeDateFilter,
    RangeNumericFilter,
)
from unfold.decorators import action, display

from orders.fulfilment import orders_cancel, orders_send
from orders.models import Order, OrderLine
from recsite.admin_marks import link_to, thumbnail
from recsite.admin_pages import LogAdmin, confirmation_page


class LineInline(TabularInline):
    """What was ordered, at the price of that day."""

    model = OrderLine
    extra = 0
    can_delete = False
    fields = readonly_fields = ("picture", "product_title", "quantity", "price")
    verbose_name_plural = _("ordered")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        rows = super().get_queryset(request).select_related("product__brand", "product__category")
        return rows.prefetch_related("product__media")

    @admin.display(description="")
    def picture(self, line: OrderLine) -> str:
        return thumbnail(line.product) if line.product else ""

    @admin.display(description=_("product"))
    def product_title(self, line: OrderLine) -> str:
        return link_to(line.product, line.title) if line.product else line.title

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("orders.view_order"))


@admin.register(Order)
class OrderAdmin(LogAdmin):
    """Orders can be sent or cancelled, and otherwise stay as they were placed."""

    list_display = ("number", "status_label", "customer", "lines_shown", "total", "placed_at")
    list_filter = (
        ("status", ChoicesRadioFilter),
        ("placed_at", RangeDateFilter),
        ("total", RangeNumericFilter),
    )
    list_filter_submit = True
    search_fields = ("number", "name", "email", "user__username")
    actions = ["send", "cancel"]
    actions_detail = ["send_this", "cancel_this"]
    inlines = (LineInline,)
    fields = (
        ("number", "status"),
        ("name", "email"),
        ("address", "account"),
        ("total", "placed_at"),
    )
    readonly_fields = ("account",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).select_related("user")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        # Counting the lines of the page that is shown, not of every order there ever was.
        changelist.result_list = changelist.result_list.annotate(n_lines=Count("lines"))
        return changelist

    @display(
        description=_("status"),
        ordering="status",
        label={"placed": "warning", "sent": "success", "cancelled": "danger"},
    )
    def status_label(self, order: Order) -> tuple[str, str]:
        return order.status, order.get_status_display()

    @display(description=_("customer"), header=True, ordering="name")
    def customer(self, order: Order) -> list[str]:
        return [order.name, order.email]

    @admin.display(description=_("products"))
    def lines_shown(self, order: Order) -> str:
        return str(order.n_lines)  # type: ignore[attr-defined]

    @admin.display(description=_("account"))
    def account(self, order: Order) -> str:
        shopper = getattr(order.user, "shopper", None) if order.user else None
        return link_to(shopper, str(order.user)) if shopper else str(order.user or "–")

    def has_fulfil_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Moving an order along is the only change there is."""
        return bool(request.user.has_perm("orders.change_order"))

    def _tell(self, request: HttpRequest, changed: int, selected: int) -> None:
        text = ngettext("%(count)s order changed.", "%(count)s orders changed.", changed)
        text %= {"count": changed}
        if changed < selected:
            text = format_html(
                "{} {}", text, _("Orders that were sent or cancelled before stay as they are.")
            )
        self.message_user(request, text, messages.SUCCESS if changed else messages.WARNING)

    @admin.action(description=_("Mark as sent"), permissions=["fulfil"])
    def send(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        selected = queryset.count()
        self._tell(request, orders_send(orders=queryset), selected)

    @admin.action(description=_("Cancel and restock"), permissions=["fulfil"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        selected = queryset.count()
        self._tell(request, orders_cancel(orders=queryset), selected)

    @action(description=_("Mark as sent…"), icon="local_shipping", permissions=["fulfil"])
    def send_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the order whose page this is, after asking: a link must not change anything."""
        if request.method == "POST":
            self._tell(request, orders_send(orders=Order.objects.filter(pk=object_id)), 1)
            return _back_to(object_id)
        return confirmation_page(
            request,
            self,
            action="send_this",
            title=_t("Mark as sent"),
            question=_t("The order is on its way to the customer, and cannot be cancelled then."),
            button=_t("Mark as sent"),
        )

    @action(description=_("Cancel and restock…"), icon="undo", permissions=["fulfil"])
    def cancel_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Cancel the order whose page this is, after asking."""
        if request.method == "POST":
            self._tell(request, orders_cancel(orders=Order.objects.filter(pk=object_id)), 1)
            return _back_to(object_id)
        return confirmation_page(
            request,
            self,
            action="cancel_this",
            title=_t("Cancel and restock"),
            question=_t("The order is cancelled for good, and its goods go back into stock."),
            button=_t("Cancel the order"),
            is_danger=True,
        )


def _back_to(object_id: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:orders_order_change", args=[object_id]))
