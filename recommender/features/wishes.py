"""What shoppers want done about their recommendations: forget a deed, show fewer of a kind.

Each wish changes the next slate and holds until it is taken back. A forgotten deed stays in the
shopper's own list of orders, and teaches no model from the next training on.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from catalog.models import Product
from recommender.delivery.outdating import slates_outdate
from recommender.events.models import Event
from recommender.features.models import Wish
from users.models import Shopper


class WishRefusedError(ValueError):
    """The wish cannot be had; the message says why."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """A shopper's wishes: products by external id, categories by path."""

    forgotten: frozenset[str] = frozenset()
    fewer: frozenset[str] = frozenset()


NO_WISHES = Wishes()


@transaction.atomic
def wish_make(*, shopper: Shopper, kind: Wish.Kind | str, product: Product) -> Wish:
    """Keep a wish about a product, or about its category; the same wish again is the same one.

    Raises:
        WishRefusedError: there is no such kind of wish, or the product is in no category.
    """
    if kind not in Wish.Kind.values:
        raise WishRefusedError(_("This action does not exist."))
    about: dict[str, Any] = {"product": product}
    if kind == Wish.Kind.FEWER:
        if product.category is None:
            raise WishRefusedError(_("This product is in no category."))
        about = {"category": product.category}
    wish, _made = Wish.objects.get_or_create(shopper=shopper, kind=kind, **about)
    slates_outdate(shopper=shopper)
    return wish


@transaction.atomic
def wish_withdraw(*, wish: Wish) -> None:
    """Take a wish back; the next slate is scored without it."""
    slates_outdate(shopper=wish.shopper)
    wish.delete()


def wishes_of(shopper: Shopper) -> QuerySet[Wish]:
    """A shopper's wishes, the newest first, with what they are about."""
    return shopper.wishes.select_related("product", "category")


def wish_told(wish: Wish) -> dict[str, str | None]:
    """A wish in plain types: its kind, and the product or the category that it is about."""
    return {
        "kind": wish.kind,
        "product": wish.product.external_id if wish.product else None,
        "category": wish.category.path if wish.category else None,
    }


def wishes_export(shopper: Shopper) -> list[dict[str, str | None]]:
    """A shopper's wishes and since when they hold, for the shopper to keep."""
    return [{**wish_told(wish), "made_at": wish.made_at.isoformat()} for wish in wishes_of(shopper)]


def wishes_read(shoppers: Collection[str]) -> dict[str, Wishes]:
    """The wishes of these shoppers (external ids), in one query; who has none is left out."""
    rows = (
        Wish.objects.filter(shopper__external_id__in=shoppers)
        .order_by()
        .values_list("kind", "shopper__external_id", "product__external_id", "category__path")
    )
    forgotten: dict[str, set[str]] = {}
    fewer: dict[str, set[str]] = {}
    for kind, shopper, product, category in rows:
        if kind == Wish.Kind.FORGET:
            forgotten.setdefault(shopper, set()).add(str(product))
        else:
            fewer.setdefault(shopper, set()).add(str(category))
    return {
        shopper: Wishes(frozenset(forgotten.get(shopper, ())), frozenset(fewer.get(shopper, ())))
        for shopper in forgotten.keys() | fewer.keys()
    }


def without_forgotten(events: QuerySet[Event]) -> QuerySet[Event]:
    """The events that their shoppers have not asked to forget."""
    asked = Wish.objects.filter(
        kind=Wish.Kind.FORGET, shopper=OuterRef("shopper"), product=OuterRef("product")
    )
    return events.filter(~Exists(asked))


def wishes_take_over(*, anonymous: Shopper, account: Shopper) -> None:
    """Hand an anonymous shopper's wishes to the account, but for those that it has itself."""
    have = {(wish.kind, wish.product_id, wish.category_id) for wish in account.wishes.all()}
    for wish in anonymous.wishes.all():
        if (wish.kind, wish.product_id, wish.category_id) not in have:
            wish.shopper = account
            wish.save(update_fields=["shopper"])
