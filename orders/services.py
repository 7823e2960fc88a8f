"""Writing carts and orders. Nothing is paid here."""

from __future__ import annotations

import secrets
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Product
from orders.models import CartLine, Order, OrderLine
from users.models import User

#: The most of one product in a cart.
QUANTITY_LIMIT = 99
#: The most different products in a cart.
LINES_LIMIT = 200
#: Letters and digits that are not mistaken for each other when read aloud.
NUMBER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class OrderError(Exception):
    """What was asked for cannot be had; the text says why, for the shopper to read."""


def _wanted(quantity: int) -> int:
    if not 1 <= quantity <= QUANTITY_LIMIT:
        raise OrderError(
            _("You can order 1 to %(limit)d of a product.") % {"limit": QUANTITY_LIMIT}
        )
    return quantity


def _check(product: Product, quantity: int) -> None:
    """Refuse what is not for sale or not there in that number."""
    if product.status != Product.Status.ACTIVE or product.price is None:
        raise OrderError(_("“%(product)s” is not for sale.") % {"product": product.title})
    if product.kind != Product.Kind.GOODS or product.stock >= quantity:
        return
    if product.stock == 0:
        raise OrderError(_("“%(product)s” is sold out.") % {"product": product.title})
    raise OrderError(
        ngettext(
            "Only %(count)d of “%(product)s” is left.",
            "Only %(count)d of “%(product)s” are left.",
            product.stock,
        )
        % {"count": product.stock, "product": product.title}
    )


@transaction.atomic
def cart_add(*, cart_key: str, product: Product, quantity: int = 1) -> CartLine:
    """Put more of a product into a cart.

    Raises:
        OrderError: the quantity is out of range, or there is not as much in stock.
    """
    _wanted(quantity)
    line = CartLine.objects.select_for_update().filter(cart_key=cart_key, product=product).first()
    held = line.quantity if line else 0
    _check(product, _wanted(held + quantity))
    if line is None:
        if CartLine.objects.filter(cart_key=cart_key).count() >= LINES_LIMIT:
            raise OrderError(
                _("A cart holds at most %(limit)d different products.") % {"limit": LINES_LIMIT}
            )
        line, _made = CartLine.objects.get_or_create(
            cart_key=cart_key, product=product, defaults={"quantity": quantity}
        )
        return line
    line.quantity = held + quantity
    line.save(update_fields=["quantity"])
    return line


@transaction.atomic
def cart_set(*, cart_key: str, product: Product, quantity: int) -> None:
    """Have exactly so many of a product in a cart; none takes the line out.

    Raises:
        OrderError: as for ``cart_add``; the cart stays as it was.
    """
    lines = CartLine.objects.filter(cart_key=cart_key, product=product)
    if quantity == 0:
        lines.delete()
        return
    _check(product, _wanted(quantity))
    lines.update(quantity=quantity)


@transaction.atomic
def cart_merge(*, from_key: str, to_key: str) -> None:
    """Pour one cart into another, as at log-in; equal products add up to the limit."""
    if not from_key or from_key == to_key:
        return
    held = {line.product_id: line for line in CartLine.objects.filter(cart_key=to_key)}
    for line in CartLine.objects.select_for_update().filter(cart_key=from_key):
        known = held.get(line.product_id)
        if known is None:
            line.cart_key = to_key
            line.save(update_fields=["cart_key"])
        else:
            known.quantity = min(known.quantity + line.quantity, QUANTITY_LIMIT)
            known.save(update_fields=["quantity"])
            line.delete()


def orders_claim(*, from_key: str, user: User) -> None:
    """Orders placed before log-in belong to the account from then on."""
    if from_key:
        Order.objects.filter(cart_key=from_key, user=None).update(user=user)


def _number() -> str:
    return "R" + "".join(secrets.choice(NUMBER_ALPHABET) for _digit in range(9))


@transaction.atomic
def order_place(
    *,
    cart_key: str,
    user: User | None,
    name: str,
    email: str,
    address: str,
    expected_total: Decimal | None = None,
) -> Order:
    """Turn a cart into an order and take its goods out of stock: all of it or nothing.

    ``expected_total`` is the sum that the shopper saw; another sum is not ordered unseen.

    Raises:
        OrderError: the cart is empty, something in it is not to be had, or prices changed.
    """
    lines = list(CartLine.objects.filter(cart_key=cart_key).order_by("product_id"))
    if not lines:
        raise OrderError(_("Your cart is empty."))
    # Always in the order of the key, so that two orders never wait for each other.
    products = {
        p.pk: p
        for p in Product.objects.select_for_update()
        .filter(pk__in=[line.product_id for line in lines])
        .order_by("pk")
    }
    total = Decimal(0)
    for line in lines:
        product = products[line.product_id]
        _check(product, _wanted(line.quantity))
        total += (product.price or Decimal(0)) * line.quantity
    if expected_total is not None and total != expected_total:
        raise OrderError(_("A price has changed since you saw it. Please look at the new sum."))
    for line in lines:
        _take(products[line.product_id], line.quantity)
    order = Order.objects.create(
        number=_number(),
        user=user,
        cart_key=cart_key,
        name=name,
        email=email,
        address=address,
        total=total,
    )
    OrderLine.objects.bulk_create(
        [
            OrderLine(
                order=order,
                product=products[line.product_id],
                title=products[line.product_id].title,
                price=products[line.product_id].price or Decimal(0),
                quantity=line.quantity,
            )
            for line in sorted(lines, key=lambda line: line.pk)
        ]
    )
    CartLine.objects.filter(pk__in=[line.pk for line in lines]).delete()
    return order


def _take(product: Product, quantity: int) -> None:
    """Take goods out of stock; the condition holds even where the database cannot lock rows."""
    if product.kind != Product.Kind.GOODS:
        return
    taken = Product.objects.filter(pk=product.pk, stock__gte=quantity).update(
        stock=F("stock") - quantity
    )
    if not taken:
        product.refresh_from_db(fields=["stock"])
        _check(product, quantity)
