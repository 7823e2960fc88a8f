"""What a shopper asks a list of products for, read from an address that may hold anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.search.criteria import Sort

QUERY_LIMIT = 200
VALUE_LIMIT = 120
#: Values of one filter that are looked at; more are an accident or an attack.
VALUES_LIMIT = 40
PRICE_LIMIT = Decimal("99999999")
#: Parameters of attribute filters begin with this, so that no attribute hides another parameter.
ATTRIBUTE_PREFIX = "a."

SORTS: Mapping[Sort, str | Promise] = {
    "relevance": _("Best match"),
    "popular": _("Most popular"),
    "new": _("Newest"),
    "price": _("Price, low to high"),
    "-price": _("Price, high to low"),
}


@dataclass(frozen=True, slots=True)
class ListingQuery:
    """Words, filters, order and page; ``ignored`` names the parameters that made no sense."""

    query: str = ""
    #: Slug of the branch within which is searched.
    category: str = ""
    brands: tuple[str, ...] = ()
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    in_stock: bool = False
    sort: Sort = "relevance"
    page: int = 1
    ignored: tuple[str, ...] = ()

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list down besides the words."""
        return bool(
            self.brands
            or self.category
            or self.attributes
            or self.in_stock
            or self.price_min is not None
            or self.price_max is not None
        )

    def parameters(self) -> list[tuple[str, str]]:
        """The address's parameters without the page, cleaned."""
        pairs = [("q", self.query)] if self.query else []
        if self.category:
            pairs.append(("category", self.category))
        pairs += [("brand", brand) for brand in self.brands]
        for key, values in self.attributes.items():
            pairs += [(ATTRIBUTE_PREFIX + key, value) for value in values]
        if self.price_min is not None:
            pairs.append(("price_min", str(self.price_min)))
        if self.price_max is not None:
            pairs.append(("price_max", str(self.price_max)))
        if self.in_stock:
            pairs.append(("in_stock", "1"))
        if self.sort != "relevance":
            pairs.append(("sort", self.sort))
        return pairs

    def page_base(self) -> str:
        """Query string to which a page number is added."""
        return urlencode([*self.parameters(), ("page", "")])

    def with_option(self, facet: str, value: str) -> str:
        """Query string after choosing a category (none is every category) or a price band."""
        if facet == "category":
            changed = replace(self, category=value)
        else:
            low, _dash, high = value.partition("-")
            changed = replace(
                self,
                price_min=Decimal(low) if low else None,
                price_max=Decimal(high) if high else None,
            )
        return urlencode(changed.parameters())


def listing_query(data: QueryDict) -> ListingQuery:
    """Read what can be read; never raises."""
    ignored: list[str] = []

    def texts(key: str) -> tuple[str, ...]:
        values = [_clean(value)[:VALUE_LIMIT] for value in data.getlist(key)[:VALUES_LIMIT]]
        return tuple(dict.fromkeys(value for value in values if value))

    def amount(key: str) -> Decimal | None:
        text = _clean(data.get(key, ""))
        if not text:
            return None
        try:
            number = Decimal(text.replace(",", "."))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or not 0 <= number <= PRICE_LIMIT:
            ignored.append(key)
            return None
        return number.quantize(Decimal("0.01"))

    wanted = data.get("sort", "") or "relevance"
    sort = next((key for key in SORTS if key == wanted), None)
    if sort is None:
        ignored.append("sort")
    page_text = data.get("page", "") or "1"
    # int() reads a number of any length; a page has at most six digits.
    page_ok = page_text.isascii() and page_text.isdigit() and len(page_text) <= 6
    if not page_ok:
        ignored.append("page")
    price_min, price_max = amount("price_min"), amount("price_max")
    if price_min is not None and price_max is not None and price_min > price_max:
        price_min, price_max = price_max, price_min
    keys = [key for key in data if key.startswith(ATTRIBUTE_PREFIX)][:VALUES_LIMIT]
    return ListingQuery(
        query=" ".join(_clean(data.get("q", "")).split())[:QUERY_LIMIT],
        category=_clean(data.get("category", ""))[:200],
        brands=texts("brand"),
        attributes={
            key.removeprefix(ATTRIBUTE_PREFIX)[:60]: values
            for key in keys
            if (values := texts(key))
        },
        price_min=price_min,
        price_max=price_max,
        in_stock=data.get("in_stock", "") in {"1", "on", "true"},
        sort=sort or "relevance",
        page=max(1, int(page_text)) if page_ok else 1,
        ignored=tuple(ignored),
    )


def _clean(text: str) -> str:
    """Without NUL, which PostgreSQL refuses, and without halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8").strip()
