"""Opening an account, taking one's data along, and closing it."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from orders.models import CartLine, Order
from recommender.features.wishes import wishes_export
from users.erasure import shopper_erase
from users.models import ErasureReceipt, User
from users.shoppers import shopper_for_user


@transaction.atomic
def account_open(*, name: str, email: str, password: str) -> User:
    """An account whose user name is its e-mail address, and its shopper."""
    user: User = User.objects.create_user(
        username=email, email=email, password=password, first_name=name
    )
    shopper_for_user(user)
    return user


def account_export(user: User) -> dict[str, Any]:
    """Everything that the shop holds about a person, in plain types for JSON."""
    shopper = shopper_for_user(user)
    return {
        "account": {
            "user_name": user.username,
            "name": user.get_full_name(),
            "email": user.email,
            "joined": user.date_joined.isoformat(),
            "last_login": user.last_login.isoformat() if user.last_login else None,
        },
        "shopper": {
            "external_id": shopper.external_id,
            "name": shopper.display_name,
            "consent": shopper.consent,
            "known_since": shopper.created_at.isoformat(),
        },
        "consent_decisions": [
            {"consent": d.consent, "source": d.source, "decided_at": d.decided_at.isoformat()}
            for d in shopper.consent_decisions.all()
        ],
        "events": [
            {
                "type": kind,
                "product": product,
                "value": value,
                "query": query,
                "time": time.isoformat(),
                "origin": origin,
            }
            for kind, product, value, query, time, origin in shopper.events.order_by(
                "time", "pk"
            ).values_list("type", "product__external_id", "value", "query", "time", "origin")
        ],
        "reviews": [
            {
                "product": review.product.external_id,
                "rating": review.rating,
                "title": review.title,
                "text": review.text,
                "written": review.created_at.isoformat(),
            }
            for review in shopper.reviews.select_related("product")
        ],
        "wishes": wishes_export(shopper),
        "orders": [
            {
                "number": order.number,
                "placed": order.placed_at.isoformat(),
                "status": order.status,
                "name": order.name,
                "email": order.email,
                "address": order.address,
                "total": str(order.total),
                "lines": [
                    {"title": line.title, "price": str(line.price), "quantity": line.quantity}
                    for line in order.lines.all()
                ],
            }
            for order in Order.objects.filter(user=user).prefetch_related("lines")
        ],
        "cart": [
            {"product": line.product.external_id, "quantity": line.quantity}
            for line in CartLine.objects.filter(cart_key=f"user-{user.pk}").select_related(
                "product"
            )
        ],
    }


@transaction.atomic
def account_close(*, user: User) -> ErasureReceipt:
    """Erase an account, its shopper and all that the shopper did; returns the receipt.

    Orders stay for the shop's books, without name, e-mail and address.
    """
    erasure = shopper_erase(shopper=shopper_for_user(user), route=ErasureReceipt.Route.ACCOUNT)
    CartLine.objects.filter(cart_key=f"user-{user.pk}").delete()
    Order.objects.filter(user=user).update(name="", email="", address="", cart_key="")
    user.delete()
    return erasure.receipt
