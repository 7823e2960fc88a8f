"""What a shopper fills in to order."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class CheckoutForm(forms.Form):
    """Who gets the goods and where."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.Textarea(attrs={"autocomplete": "street-address", "rows": 4}),
    )
    #: The sum that was on the page; see ``order_place``.
    seen_total = forms.DecimalField(widget=forms.HiddenInput, required=False)


class CartForm(forms.Form):
    """One product and how many of it, from a card, the product's page or the cart."""

    product = forms.CharField(max_length=100)
    quantity = forms.IntegerField(required=False)

    def clean_quantity(self) -> int:
        """Cards send no quantity: they mean one."""
        quantity: Any = self.cleaned_data.get("quantity")
        return 1 if quantity is None else int(quantity)
