"""Products in the admin: the list, the form, bulk actions, import and export, history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportModelAdmin
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesRadioFilter,
    RangeNumericFilter,
)
from unfold.contrib.import_export.forms import ExportForm, ImportForm
from unfold.decorators import display

from catalog.admin.attribute_fields import field_name, shown
from catalog.admin.exchange import EXPORT_FORMATS, IMPORT_FORMATS, ProductResource
from catalog.admin.filters import LOW_STOCK, BranchFilter, StockFilter
from catalog.admin.product_actions import ProductActions
from catalog.admin.product_form import product_form
from catalog.admin.product_media import MediaInline, files_add, media_formset_save
from catalog.models import AttributeType, Category, Media, Product
from catalog.picture_urls import picture_url
from catalog.selectors import product_cards
from catalog.services import product_save
from recsite.admin_marks import stars, thumbnail


@admin.register(Product)
class ProductAdmin(ProductActions, SimpleHistoryAdmin, ImportExportModelAdmin, ModelAdmin):
    """Where a merchandiser spends the day."""

    import_form_class = ImportForm
    export_form_class = ExportForm
    resource_classes = [ProductResource]
    export_formats = EXPORT_FORMATS
    import_formats = IMPORT_FORMATS

    list_display = (
        "product",
        "status_label",
        "price_shown",
        "stock_shown",
        "place",
        "rating",
        "changed",
    )
    list_filter = (
        ("status", ChoicesRadioFilter),
        BranchFilter,
        ("brand", AutocompleteSelectFilter),
        StockFilter,
        ("price", RangeNumericFilter),
        ("kind", ChoicesRadioFilter),
    )
    list_filter_submit = True
    list_per_page = 50
    list_fullwidth = True
    search_fields = ("title", "external_id", "brand__name")
    search_help_text = _("Title, external id or brand")
    ordering = ("-popularity", "title")
    autocomplete_fields = ("brand", "category")
    readonly_fields = ("picture", "figures", "other_attributes", "attributes_shown")
    inlines = (MediaInline,)
    save_on_top = False
    warn_unsaved_form = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return super().get_queryset(request).select_related("brand", "category")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        # Only the page that is shown; the form of one product needs the long texts.
        changelist.result_list = product_cards(changelist.result_list).defer("description")
        return changelist

    # --- the list ---------------------------------------------------------------------------

    @display(description=_("product"), header=True, ordering="title")
    def product(self, product: Product) -> list[Any]:
        note = " · ".join(filter(None, [str(product.brand or ""), product.external_id]))
        picture = {"path": picture_url(product), "squared": True, "width": 44, "height": 44}
        return [product.title, note, "", picture]

    @display(
        description=_("status"),
        ordering="status",
        label={"active": "success", "draft": "warning", "archived": "default"},
    )
    def status_label(self, product: Product) -> tuple[str, str]:
        return product.status, product.get_status_display()

    @admin.display(description=_("price"), ordering="price")
    def price_shown(self, product: Product) -> str:
        if product.price is None:
            return "–"
        return format_html('<span class="rs-figure">{}</span>', f"{product.price:,.2f}")

    @admin.display(description=_("in stock"), ordering="stock")
    def stock_shown(self, product: Product) -> str:
        if product.kind != Product.Kind.GOODS:
            return "–"
        tone = "rs-out" if product.stock == 0 else "rs-low" if product.stock <= LOW_STOCK else ""
        return format_html('<span class="rs-figure {}">{}</span>', tone, f"{product.stock:,}")

    @display(description=_("category"), header=True, ordering="category__path")
    def place(self, product: Product) -> list[str]:
        if product.category is None:
            return ["–", ""]
        above, _separator, name = product.category.path.rpartition(Category.SEPARATOR)
        return [name, above]

    @admin.display(description=_("changed"), ordering="updated_at")
    def changed(self, product: Product) -> str:
        return date_format(localtime(product.updated_at), "j M Y")

    @admin.display(description=_("rating"), ordering="rating_mean")
    def rating(self, product: Product) -> str:
        if not product.rating_count:
            return "–"
        return format_html("{} ({})", stars(product.rating_mean), product.rating_count)

    # --- the form ---------------------------------------------------------------------------

    def _types(self, request: HttpRequest) -> Sequence[AttributeType]:
        """The attribute types, asked for once per request."""
        kept: list[AttributeType] | None = getattr(request, "attribute_types", None)
        if kept is None:
            kept = list(AttributeType.objects.all())
            request.attribute_types = kept  # type: ignore[attr-defined]
        return kept

    def get_form(
        self, request: HttpRequest, obj: Product | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = product_form(self._types(request))
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Product | None = None) -> list[Any]:
        sale = _("Sale (prices in %(currency)s)") % {"currency": settings.CURRENCY}
        head: list[Any] = ["title", "external_id", ("brand", "category"), "description"]
        sold: list[Any] = [("status", "kind"), ("price", "stock"), "published_at"]
        if obj is not None:
            head.insert(0, ("picture", "figures"))
        types = self._types(request)
        if not self.has_change_permission(request, obj):
            described: list[Any] = ["attributes_shown"]
        else:
            names = [field_name(attribute) for attribute in types]
            described = [tuple(names[i : i + 2]) for i in range(0, len(names), 2)]
            if obj is not None and self._other(obj, types):
                described.append("other_attributes")
        sets: list[Any] = [(None, {"fields": head}), (sale, {"fields": sold})]
        if described:
            sets.append((_("Attributes"), {"fields": described}))
        if self.has_change_permission(request, obj):
            sets.append((_("Add pictures and sounds"), {"fields": ["new_files"]}))
        return sets

    @staticmethod
    def _other(product: Product, types: Sequence[AttributeType]) -> dict[str, Any]:
        known = {attribute.key for attribute in types}
        return {k: v for k, v in (product.attributes or {}).items() if k not in known}

    @admin.display(description=_("picture"))
    def picture(self, product: Product) -> str:
        return thumbnail(product, 112)

    @admin.display(description=_("in the shop"))
    def figures(self, product: Product) -> str:
        events = reverse("admin:recommender_event_changelist") + f"?q={product.external_id}"
        reviews = reverse("admin:catalog_review_changelist") + f"?product__id__exact={product.pk}"
        return format_html(
            '<div class="rs-facts"><span>{} ({})</span>'
            '<a class="rs-link" href="{}">{}</a><a class="rs-link" href="{}">{}</a></div>',
            stars(product.rating_mean),
            product.rating_count,
            reviews,
            _("Reviews"),
            events,
            _("What shoppers did with it"),
        )

    @admin.display(description=_("attributes without a type"))
    def other_attributes(self, product: Product) -> str:
        types = list(AttributeType.objects.all())
        return _definition_list(self._other(product, types))

    @admin.display(description=_("attributes"))
    def attributes_shown(self, product: Product) -> str:
        return _definition_list(product.attributes or {})

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        obj._history_user = request.user  # type: ignore[attr-defined]
        product_save(product=obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is Media:
            media_formset_save(formset)
        else:
            super().save_formset(request, form, formset, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        files_add(form.instance, form.cleaned_data.get("new_files") or [])

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        """A product that shoppers dealt with stays, since the log speaks of it; archive it."""
        allowed = bool(super().has_delete_permission(request, obj))
        return allowed and (obj is None or not obj.events.exists())

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))


def _definition_list(values: dict[str, Any]) -> str:
    if not values:
        return "–"
    rows = format_html_join(
        "", "<dt>{}</dt><dd>{}</dd>", ((key, shown(value)) for key, value in values.items())
    )
    return format_html('<dl class="rs-attributes">{}</dl>', rows)
