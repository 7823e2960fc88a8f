"""What a shopper asked for, as conditions on products that can be applied one by one.

A facet counts products under all conditions but its own, so that choosing one brand still shows
how many products the others have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Q, QuerySet

from catalog.attributes import attribute_value
from catalog.categories import branch
from catalog.models import AttributeType, Category, Product
from catalog.selectors import active_products

Sort = Literal["relevance", "price", "-price", "new", "popular"]


@dataclass(frozen=True, slots=True)
class Criteria:
    """All conditions of one search; ``matched`` is what the words found, None without words."""

    matched: Q | None = None
    category: Category | None = None
    brands: tuple[str, ...] = ()
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    in_stock: bool = False
    #: Chosen values by attribute.
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: The attributes that are offered as filters, by key.
    facets: Mapping[str, AttributeType] = field(default_factory=dict)

    def products(self, *, without: str = "") -> QuerySet[Product]:
        """Active products that meet every condition but the one named."""
        products = active_products().order_by()
        for name, condition in self._conditions().items():
            if name != without:
                products = products.filter(condition)
        return products

    def _conditions(self) -> dict[str, Q]:
        conditions: dict[str, Q] = {}
        if self.matched is not None:
            conditions["words"] = self.matched
        if self.category is not None:
            conditions["category"] = Q(category__in=branch(self.category).order_by().values("pk"))
        if self.brands:
            conditions["brand"] = Q(brand__name__in=self.brands)
        price = Q()
        if self.price_min is not None:
            price &= Q(price__gte=self.price_min)
        if self.price_max is not None:
            price &= Q(price__lte=self.price_max)
        if price:
            conditions["price"] = price
        if self.in_stock:
            conditions["stock"] = available()
        for key, values in self.attributes.items():
            if key in self.facets and values:
                conditions[attribute_condition(key)] = self._attribute(key, values)
        return conditions

    def _attribute(self, key: str, values: Sequence[str]) -> Q:
        typed: list[Any] = []
        for value in values:
            try:
                typed.append(attribute_value(self.facets[key].kind, value))
            except ValueError:
                continue  # No product has such a value.
        return Q(**{f"attributes__{key}__in": typed}) if typed else Q(pk__in=[])


def attribute_condition(key: str) -> str:
    """The name of an attribute's condition and facet; no other name holds a colon."""
    return f"attribute:{key}"


def available() -> Q:
    """Products that can be bought now: only goods run out."""
    return Q(stock__gt=0) | ~Q(kind=Product.Kind.GOODS)
