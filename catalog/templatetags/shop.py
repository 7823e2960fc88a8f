"""What templates of the shop need beyond Django: money, stars, icons, pictures, the shop's name."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

from catalog.listing import ATTRIBUTE_PREFIX, ListingQuery
from catalog.models import Category, Product
from catalog.navigation import NavigationEntry, navigation
from catalog.picture_urls import picture_url
from orders.selectors import cart_count as count_of_cart

register = template.Library()

#: How a currency is written where it is the reader's own and where it is a foreign one.
SIGNS: dict[str, tuple[str, str]] = {
    "USD": ("$", "US$"),
    "EUR": ("€", "€"),
    "GBP": ("£", "£"),
    "CNY": ("¥", "CN¥"),
    "JPY": ("¥", "JP¥"),
    "HKD": ("HK$", "HK$"),
    "INR": ("₹", "₹"),
    "KRW": ("₩", "₩"),
}
#: Currencies that a language's readers take the bare sign to mean.
OWN_CURRENCY = {"en": {"USD"}, "zh-hans": {"CNY"}}
WITHOUT_CENTS = frozenset({"JPY", "KRW"})


def money(amount: Decimal | float, *, currency: str, language: str) -> str:
    """An amount in the reader's way of writing it: ``$1,234.50``, ``SEK 12.00``."""
    places = 0 if currency in WITHOUT_CENTS else 2
    # Formatting cuts off, it does not round.
    number = number_format(
        round(abs(Decimal(str(amount))), places),
        decimal_pos=places,
        use_l10n=True,
        force_grouping=True,
    )
    own, foreign = SIGNS.get(currency, (f"{currency}\u00a0", f"{currency}\u00a0"))
    sign = own if currency in OWN_CURRENCY.get(language, set()) else foreign
    return f"{'−' if amount < 0 else ''}{sign}{number}"


@register.filter
def price(amount: Decimal | float | None) -> str:
    """A price in the shop's currency; free things say so, unknown prices say nothing."""
    if amount is None:
        return ""
    if amount == 0:
        return gettext("Free")
    return total(amount)


@register.filter
def total(amount: Decimal | float) -> str:
    """A sum of prices: like ``price``, but zero is a number."""
    return money(amount, currency=settings.CURRENCY, language=get_language() or "en")


@register.simple_tag
def stars(mean: float | None, count: int | None = None) -> SafeString:
    """A row of stars, with the words for those who do not see it; nothing without ratings."""
    if mean is None:
        return SafeString("")
    words = gettext("%(rating)s out of 5 stars") % {"rating": number_format(round(mean, 1), 1)}
    if count is not None:
        words += ", " + ngettext("%(count)d rating", "%(count)d ratings", count) % {"count": count}
    return format_html(
        '<span class="stars" role="img" aria-label="{}" style="--rating:{}"></span>',
        words,
        f"{mean:.2f}",
    )


@register.simple_tag
def icon(name: str) -> SafeString:
    """A small drawing that repeats what words beside it say."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("img/icons.svg"),
        name,
    )


@register.filter
def picture(product: Product) -> str:
    """Address of the product's picture."""
    return picture_url(product)


@register.simple_tag
def shop_name() -> str:
    """What the shop calls itself."""
    return str(settings.SHOP_NAME)


@register.simple_tag(takes_context=True)
def cart_count(context: dict[str, Any]) -> int:
    """How many things lie in the visitor's cart."""
    visitor = getattr(context.get("request"), "visitor", None)
    return count_of_cart(visitor.cart_key) if visitor is not None else 0


@register.simple_tag
def main_categories() -> list[NavigationEntry]:
    """The largest categories, for the header."""
    return navigation()


@register.simple_tag(takes_context=True)
def consent_open(context: dict[str, Any]) -> bool:
    """Whether this visitor has still to be asked about being recorded."""
    visitor = getattr(context.get("request"), "visitor", None)
    return visitor is not None and visitor.consent == "unknown"


@register.filter
def language_tag(code: str) -> str:
    """The language for the ``lang`` attribute: ``zh-hans`` is ``zh-Hans`` in BCP 47."""
    language, _, script = code.partition("-")
    return f"{language}-{script.title()}" if len(script) == 4 else code


@register.filter
def get(mapping: Mapping[Any, Any], key: Any) -> Any:
    """The value of a key that is known only when the template runs."""
    return mapping.get(key)


@register.filter
def leaf(path: str) -> str:
    """The last name of a category's path."""
    return path.rsplit(Category.SEPARATOR, 1)[-1]


@register.filter
def times(amount: Decimal, quantity: int) -> Decimal:
    """A price for so many."""
    return amount * quantity


@register.simple_tag
def option_address(asked: ListingQuery, facet: str, value: str) -> str:
    """Query string of the listing after choosing an option."""
    return asked.with_option(facet, value)


@register.filter
def parameter(facet_key: str) -> str:
    """The parameter under which a facet's choice stands in the address."""
    return facet_key if facet_key == "brand" else ATTRIBUTE_PREFIX + facet_key
