"""How a merchandiser narrows the list of products."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RadioFilter

from catalog.models import Category, Product

#: From how few pieces on a product counts as running out.
LOW_STOCK = 5


class BranchFilter(DropdownFilter):
    """Products of a category or of any category below it."""

    title = _("category")
    parameter_name = "branch"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        rows = list(Category.objects.values_list("slug", "path"))
        rows.sort(key=lambda row: row[1].split(Category.SEPARATOR))
        return [(slug, path) for slug, path in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        slug = self.value()
        if not slug:
            return queryset
        path = Category.objects.filter(slug=slug).values_list("path", flat=True).first()
        if path is None:
            return queryset.none()
        below = Q(category__path__startswith=path + Category.SEPARATOR)
        return queryset.filter(below | Q(category__path=path))


class StockFilter(RadioFilter):
    """Goods by what is left of them; only goods run out."""

    title = _("stock")
    parameter_name = "stock_level"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, Any]]:
        return [
            ("in", _("In stock")),
            ("low", _("Running out (at most %(limit)s left)") % {"limit": LOW_STOCK}),
            ("out", _("Out of stock")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        goods = queryset.filter(kind=Product.Kind.GOODS)
        match self.value():
            case "in":
                return queryset.filter(~Q(kind=Product.Kind.GOODS) | Q(stock__gt=0))
            case "low":
                return goods.filter(stock__gt=0, stock__lte=LOW_STOCK)
            case "out":
                return goods.filter(stock=0)
            case _:
                return queryset
