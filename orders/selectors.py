"""Reading carts and orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Prefetch, Q, QuerySet, Sum

from catalog.models import Media, Product
from orders.models import CartLine, Order
from users.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Cart:
    """The lines of a cart and what they come to."""

    lines: Sequence[CartLine]

    @property
    def total(self) -> Decimal:
        """Sum of all lines."""
        return sum((line.total for line in self.lines), Decimal(0))

    @property
    def count(self) -> int:
        """How many things, not how many lines."""
        return sum(line.quantity for line in self.lines)

    @property
    def has_problems(self) -> bool:
        """Whether something in it cannot be ordered as it stands."""
        return any(line_shortage(line) is not None for line in self.lines)


def line_shortage(line: CartLine) -> int | None:
    """How many of the line's product can be had, where that is fewer than wanted."""
    product = line.product
    if product.price is None or product.status != Product.Status.ACTIVE:
        return 0
    if product.kind == Product.Kind.GOODS and product.stock < line.quantity:
        return product.stock
    return None


def cart_get(cart_key: str) -> Cart:
    """A cart with everything that showing it needs, in two queries; empty for an empty key."""
    if not cart_key:
        return Cart([])
    first_image = Media.objects.filter(kind=Media.Kind.IMAGE).order_by("position", "pk")[:1]
    lines = CartLine.objects.filter(cart_key=cart_key).select_related(
        "product__brand", "product__category"
    )
    return Cart(
        list(lines.prefetch_related(Prefetch("product__media", first_image, "first_images")))
    )


def cart_count(cart_key: str) -> int:
    """How many things lie in a cart."""
    if not cart_key:
        return 0
    return CartLine.objects.filter(cart_key=cart_key).aggregate(n=Sum("quantity"))["n"] or 0


def order_for_visitor(*, number: str, visitor: Visitor) -> Order | None:
    """An order of this visitor; nothing for somebody else's or one that does not exist."""
    user = getattr(visitor.request, "user", None)
    mine = Q(user=user) if user is not None and user.is_authenticated else Q(pk=None)
    if visitor.cart_key:
        mine |= Q(cart_key=visitor.cart_key)
    return Order.objects.filter(mine, number=number).prefetch_related("lines__product").first()


def orders_of_user(user_id: int) -> QuerySet[Order]:
    """An account's orders, newest first."""
    return Order.objects.filter(user_id=user_id).prefetch_related("lines__product")
