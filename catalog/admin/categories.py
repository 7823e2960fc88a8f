"""The category tree: how many products each branch holds, moving and renaming."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from catalog.categories import category_save
from catalog.models import Category, Product


class _TriedError(Exception):
    """Undoes what was tried."""


class CategoryForm(forms.ModelForm[Category]):
    """Asks ``category_save`` whether the change is possible before it is made."""

    class Meta:
        model = Category
        fields = ("name", "parent")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        tried = Category(pk=self.instance.pk, name=cleaned["name"], parent=cleaned.get("parent"))
        if not self.instance.pk:
            tried = Category(name=cleaned["name"], parent=cleaned.get("parent"))
        try:
            with transaction.atomic():
                category_save(category=tried)
                raise _TriedError
        except _TriedError:
            pass
        except ValidationError as error:
            self.add_error(None, error)
        return cleaned


class TreeList(ChangeList):
    """Categories as a tree, each with ``own_count`` and ``branch_count`` of products.

    Sorted by the names from the root, since a plain order of paths would put "Baby & Kids"
    between "Baby" and what lies below it. One query counts for all.
    """

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        own = Counter[str]()
        whole = Counter[str]()
        counted = (
            Product.objects.exclude(category=None)
            .order_by()
            .values_list("category__path")
            .annotate(number=Count("pk"))
        )
        for path, number in counted:
            names = path.split(Category.SEPARATOR)
            own[path] += number
            for end in range(1, len(names) + 1):
                whole[Category.SEPARATOR.join(names[:end])] += number
        rows: list[Category] = list(self.result_list)  # type: ignore[has-type]
        rows.sort(key=lambda category: category.path.split(Category.SEPARATOR))
        for category in rows:
            category.own_count = own[category.path]  # type: ignore[attr-defined]
            category.branch_count = whole[category.path]  # type: ignore[attr-defined]
        self.result_list = rows


@admin.register(Category)
class CategoryAdmin(ModelAdmin):
    """The tree in one list."""

    form = CategoryForm
    list_display = ("tree", "own", "branch")
    list_display_links = ("tree",)
    search_fields = ("path",)
    list_per_page = 1000
    ordering = ("path",)
    sortable_by = ()
    autocomplete_fields = ("parent",)
    fields = ("name", "parent", "products_below")
    readonly_fields = ("products_below",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TreeList

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.display(description=_("category"))
    def tree(self, category: Category) -> str:
        return format_html(
            '<span class="rs-tree" style="--depth:{}"><span class="material-symbols-outlined">'
            "{}</span>{}</span>",
            category.depth,
            "folder" if category.depth == 0 else "subdirectory_arrow_right",
            category.name,
        )

    @admin.display(description=_("products here"))
    def own(self, category: Category) -> str:
        return str(category.own_count or "–")  # type: ignore[attr-defined]

    @admin.display(description=_("products in the branch"))
    def branch(self, category: Category) -> str:
        return _products_link(category, category.branch_count)  # type: ignore[attr-defined]

    @admin.display(description=_("products"))
    def products_below(self, category: Category) -> str:
        if not category.pk:
            return "–"
        inside = Product.objects.filter(category__path=category.path)
        below = Product.objects.filter(
            category__path__startswith=category.path + Category.SEPARATOR
        )
        return _products_link(category, inside.count() + below.count())

    def save_model(self, request: HttpRequest, obj: Category, form: Any, change: bool) -> None:
        category_save(category=obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only an empty leaf can go: products would lose their place."""
        allowed = bool(super().has_delete_permission(request, obj))
        if not allowed or not isinstance(obj, Category):
            return allowed
        return not obj.children.exists() and not obj.products.exists()


def _products_link(category: Category, count: int) -> str:
    address = reverse("admin:catalog_product_changelist") + f"?branch={category.slug}"
    return format_html('<a class="rs-link rs-figure" href="{}">{}</a>', address, f"{count:,}")
