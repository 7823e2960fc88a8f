"""What can be done to many products at once; what cannot be undone by a click asks first."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget

from catalog.merchandising import (
    products_change_price,
    products_set_category,
    products_set_status,
)
from catalog.models import Category, Product
from catalog.selectors import product_cards
from recsite.admin_marks import thumbnail
from recsite.admin_pages import confirmation_page, selected_ids

#: Products shown on a confirmation page.
SHOWN = 8


class PercentForm(forms.Form):
    """By how much prices change."""

    percent = forms.DecimalField(
        label=_("Change in percent"),
        help_text=_("10 raises a price of 5.00 to 5.50; −10 lowers it to 4.50."),
        min_value=Decimal("-90"),
        max_value=Decimal("900"),
        max_digits=6,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"autofocus": True, "data-rs-percent": ""}),
        error_messages={
            "min_value": _("A price can be lowered by 90 percent at most."),
            "max_value": _("A price can be raised by 900 percent at most."),
        },
    )

    def clean_percent(self) -> Decimal:
        percent = Decimal(self.cleaned_data["percent"])
        if percent == 0:
            raise forms.ValidationError(_("Zero percent changes nothing."))
        return percent


class CategoryForm(forms.Form):
    """Where products move to."""

    category = forms.ModelChoiceField(
        label=_("Category"),
        queryset=Category.objects.order_by("path"),
        widget=UnfoldAdminSelectWidget(),
    )


class ProductActions(admin.ModelAdmin[Product]):
    """Bulk actions of the product list."""

    actions = ["activate", "archive", "set_category", "change_price"]

    def _tell(self, request: HttpRequest, changed: int) -> None:
        text = ngettext("%(count)s product changed.", "%(count)s products changed.", changed)
        level = messages.SUCCESS if changed else messages.INFO
        self.message_user(request, text % {"count": changed}, level)

    @admin.action(description=_("Show in the shop (activate)"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        changed = products_set_status(
            products=queryset, status=Product.Status.ACTIVE, user=_user(request)
        )
        self._tell(request, changed)

    @admin.action(description=_("Take out of the shop (archive)"), permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        changed = products_set_status(
            products=queryset, status=Product.Status.ARCHIVED, user=_user(request)
        )
        self._tell(request, changed)

    @admin.action(description=_("Move to a category…"), permissions=["change"])
    def set_category(
        self, request: HttpRequest, queryset: QuerySet[Product]
    ) -> HttpResponse | None:
        form = CategoryForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            changed = products_set_category(
                products=queryset, category=form.cleaned_data["category"], user=_user(request)
            )
            self._tell(request, changed)
            return None
        return self._ask(
            request,
            queryset,
            action="set_category",
            title=_t("Move to a category"),
            form=form,
            button=_t("Move"),
        )

    @admin.action(description=_("Change prices by percent…"), permissions=["change"])
    def change_price(
        self, request: HttpRequest, queryset: QuerySet[Product]
    ) -> HttpResponse | None:
        form = PercentForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            try:
                changed = products_change_price(
                    products=queryset,
                    percent=form.cleaned_data["percent"],
                    user=_user(request),
                )
            except ValueError:
                form.add_error("percent", _("A price would become higher than can be stored."))
            else:
                self._tell(request, changed)
                return None
        return self._ask(
            request,
            queryset,
            action="change_price",
            title=_t("Change prices by percent"),
            form=form,
            button=_t("Change prices"),
        )

    def _ask(
        self,
        request: HttpRequest,
        queryset: QuerySet[Product],
        *,
        action: str,
        title: str,
        form: forms.Form,
        button: str,
    ) -> HttpResponse:
        total = queryset.count()
        rows = [
            {"picture": thumbnail(p), "title": p.title, "note": p.category or "", "price": p.price}
            for p in product_cards(queryset)[:SHOWN]
        ]
        question = ngettext(
            "%(count)s product is selected.", "%(count)s products are selected.", total
        )
        return confirmation_page(
            request,
            self,
            action=action,
            title=title,
            question=question % {"count": total},
            form=form,
            rows=rows,
            total=total,
            button=button,
            keep=selected_ids(request),
        )


def _user(request: HttpRequest) -> Any:
    """Who does it, for the history; the admin lets nobody in who is not logged in."""
    return request.user
