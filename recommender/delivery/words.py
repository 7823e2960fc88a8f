"""Explanations in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _


def explanation_products(explanation: Mapping[str, Any]) -> list[str]:
    """External ids of the products whose titles the words need."""
    named = [
        explanation.get("product"),
        *(step.get("product") for step in explanation.get("path") or ()),
        *((explanation.get("told") or {}).get("titles") or ()),
    ]
    return list(dict.fromkeys(str(product) for product in named if product))


def explanation_words(explanation: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """One sentence for an explanation; ``titles`` names its products by external id.

    A product whose title is not to be had any more is not named, rather than named wrongly.
    """
    return told_text(explanation, titles) or template_words(explanation, titles)


def told_text(explanation: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """The sentence that was written and verified, while its products are called as they were."""
    told = explanation.get("told") or {}
    text = str((told.get("texts") or {}).get(get_language() or "", ""))
    named: Mapping[str, str] = told.get("titles") or {}
    stands = all(titles.get(product) == title for product, title in named.items())
    return text if stands else ""


def template_words(explanation: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """The sentence of the explanation's template."""
    template = explanation.get("template", "")
    title = titles.get(str(explanation.get("product", "")), "")
    if template == "bought-before":
        times = int(explanation.get("times", 1))
        return ngettext(
            "You bought this once before", "You bought this %(times)d times before", times
        ) % {"times": times}
    if template == "shares":
        return _shares(str(explanation.get("by", "")), str(explanation.get("name", "")))
    if template == "graph-path" and title:
        return _linked(explanation, title)
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


def _shares(by: str, name: str) -> str:
    """What the item and the product of the page have in common."""
    if by == "brand":
        return _("Also by %(brand)s") % {"brand": name}
    return _("Also %(category)s") % {"category": name}


def _linked(explanation: Mapping[str, Any], title: str) -> str:
    """The sentence for a walk over facts, by what it leads through."""
    path = list(explanation.get("path") or ())
    if len(path) == 2:
        joined = _JOINED.get(str(path[1].get("predicate", "")))
        if joined is not None:
            return joined() % {"product": title}
    if len(path) == 3 and path[1].get("name"):
        through = _THROUGH.get(str(path[1].get("predicate", "")), _THROUGH["has_attribute"])
        return through() % {"product": title, "name": path[1]["name"]}
    named = _NAMED.get(str(explanation.get("because", "")))
    if named is not None:
        return named() % {"product": title}
    return _("Connected with %(product)s") % {"product": title}


#: One fact between the product and the item.
_JOINED: Mapping[str, Callable[[], str]] = {
    "complements": lambda: _("Goes with %(product)s"),
    "substitutes": lambda: _("Can take the place of %(product)s"),
    "bought_with": lambda: _("Often bought together with %(product)s"),
    "bought_together": lambda: _("Often bought together with %(product)s"),
    "also_bought": lambda: _("Buyers of %(product)s also bought this"),
    "also_viewed": lambda: _("Visitors of %(product)s also looked at this"),
}
#: Two facts that meet in something that both have.
_THROUGH: Mapping[str, Callable[[], str]] = {
    "made_by": lambda: _("Also by %(name)s, like %(product)s"),
    "in_category": lambda: _("Also %(name)s, like %(product)s"),
    "made_of": lambda: _("Made of %(name)s, like %(product)s"),
    "used_for": lambda: _("Used for %(name)s, like %(product)s"),
    "has_attribute": lambda: _("Has “%(name)s” in common with %(product)s"),
}
