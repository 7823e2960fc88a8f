"""Explanations in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def explanation_products(explanation: Mapping[str, Any]) -> list[str]:
    """External ids of the products whose titles the words need."""
    product = explanation.get("product")
    return [str(product)] if product else []


def explanation_words(explanation: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """One sentence for an explanation; ``titles`` names its products by external id.

    A product whose title is not to be had any more is not named, rather than named wrongly.
    """
    template = explanation.get("template", "")
    title = titles.get(str(explanation.get("product", "")), "")
    if template == "bought-before":
        times = int(explanation.get("times", 1))
        return ngettext(
            "You bought this once before", "You bought this %(times)d times before", times
        ) % {"times": times}
    if title:
        named = _NAMED.get(template)
        if named is not None:
            return named() % {"product": title}
    if template == "popular":
        return _("Popular in the shop right now")
    if template == "":
        return ""
    return _("Chosen from what you viewed and bought")


# gettext needs to see each sentence as a literal, so each is a small function.
_NAMED = {
    "because-bought": lambda: _("Because you bought %(product)s"),
    "because-liked": lambda: _("Because you like %(product)s"),
    "because-rated": lambda: _("Because you rated %(product)s"),
    "because-in-cart": lambda: _("Because you put %(product)s into your cart"),
    "because-viewed": lambda: _("Because you looked at %(product)s"),
    "taken-with": lambda: _("Often taken together with %(product)s"),
    "similar-to": lambda: _("Similar to %(product)s"),
    "same-shoppers": lambda: _("Liked by people who chose %(product)s"),
}
