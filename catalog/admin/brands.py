"""Brands, and making one of several that mean the same."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminRadioSelectWidget

from catalog.merchandising import brand_save, brands_merge
from catalog.models import Brand
from recsite.admin_pages import confirmation_page, selected_ids

#: More than this is a slip of the mouse, and no list to choose from.
MERGE_LIMIT = 50


class MergeForm(forms.Form):
    """Which of the chosen brands stays."""

    keep = forms.ModelChoiceField(
        label=_("Brand that stays"),
        queryset=Brand.objects.none(),
        empty_label=None,
        widget=UnfoldAdminRadioSelectWidget(),
    )

    def __init__(self, brands: QuerySet[Brand], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField[Brand], self.fields["keep"]).queryset = brands


@admin.register(Brand)
class BrandAdmin(ModelAdmin):
    """Brands with how many products each has."""

    list_display = ("name", "products_shown")
    search_fields = ("name",)
    list_per_page = 100
    actions = ["merge"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Brand]:
        return super().get_queryset(request).annotate(n_products=Count("products"))

    @admin.display(description=_("products"), ordering="n_products")
    def products_shown(self, brand: Brand) -> str:
        address = reverse("admin:catalog_product_changelist") + f"?brand__id__exact={brand.pk}"
        return format_html(
            '<a class="rs-link" href="{}">{}</a>',
            address,
            brand.n_products,  # type: ignore[attr-defined]
        )

    def save_model(self, request: HttpRequest, obj: Brand, form: Any, change: bool) -> None:
        brand_save(brand=obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.action(description=_("Merge into one…"), permissions=["change", "delete"])
    def merge(self, request: HttpRequest, queryset: QuerySet[Brand]) -> HttpResponse | None:
        total = queryset.count()
        if not 2 <= total <= MERGE_LIMIT:
            self.message_user(
                request,
                _t("Choose between 2 and %(limit)s brands to merge.") % {"limit": MERGE_LIMIT},
                messages.ERROR,
            )
            return None
        form = MergeForm(queryset, request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            keep = form.cleaned_data["keep"]
            moved = brands_merge(brands=queryset, keep=keep, user=cast(Any, request.user))
            self.message_user(
                request,
                _t("%(brands)s brands are now “%(keep)s”; %(products)s products changed.")
                % {"brands": total, "keep": keep.name, "products": moved},
                messages.SUCCESS,
            )
            return None
        if not form.is_bound:
            largest = max(queryset, key=lambda b: b.n_products)  # type: ignore[attr-defined]
            form = MergeForm(queryset, initial={"keep": largest})
        rows = [{"title": b.name, "note": _t("%s products") % b.n_products} for b in queryset]  # type: ignore[attr-defined]
        return confirmation_page(
            request,
            self,
            action="merge",
            title=_t("Merge brands"),
            question=_t("Products of the other brands move to the one that stays; the others go."),
            form=form,
            rows=rows,
            total=total,
            button=_t("Merge"),
            is_danger=True,
            keep=selected_ids(request),
        )
