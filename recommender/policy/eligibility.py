"""Which products may be shown at all: the one rule for pool, web and REST."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from catalog.models import Product

#: What can be bought now: on sale, and in stock where it is something that runs out.
BUYABLE = Q(status=Product.Status.ACTIVE) & ~Q(kind=Product.Kind.GOODS, stock=0)


def unavailable_among(external_ids: Collection[str]) -> frozenset[str]:
    """Those of the products that cannot be bought now; one query, none for nothing."""
    if not external_ids:
        return frozenset()
    return frozenset(
        Product.objects.filter(external_id__in=external_ids)
        .exclude(BUYABLE)
        .order_by()
        .values_list("external_id", flat=True)
    )
