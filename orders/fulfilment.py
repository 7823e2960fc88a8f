"""What happens to an order after it was placed: it is sent, or cancelled."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F, QuerySet

from catalog.models import Product
from orders.models import Order, OrderLine


@transaction.atomic
def orders_send(*, orders: QuerySet[Order]) -> int:
    """Mark placed orders as sent; others stay what they are. Returns how many changed."""
    return orders.order_by().filter(status=Order.Status.PLACED).update(status=Order.Status.SENT)


@transaction.atomic
def orders_cancel(*, orders: QuerySet[Order]) -> int:
    """Cancel placed orders and put their goods back into stock; what was sent stays sent.

    Returns how many changed.
    """
    # The condition on the state holds per row, so that goods come back once only even where two
    # people cancel the same order.
    cancelled = [
        pk
        for pk in orders.order_by("pk")
        .filter(status=Order.Status.PLACED)
        .values_list("pk", flat=True)
        if Order.objects.filter(pk=pk, status=Order.Status.PLACED).update(
            status=Order.Status.CANCELLED
        )
    ]
    lines = OrderLine.objects.filter(
        order__in=cancelled, product__kind=Product.Kind.GOODS
    ).order_by("product_id")
    for product_id, quantity in lines.values_list("product_id", "quantity"):
        Product.objects.filter(pk=product_id).update(stock=F("stock") + quantity)
    return len(cancelled)
