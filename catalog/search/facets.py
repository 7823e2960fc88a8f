"""How many products each choice would leave: counted by the database, one query per facet.

All attributes together cost one query, so that the number of queries does not depend on the
catalogue, on how many attributes it has, or on what was chosen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from catalog.models import AttributeType, Category
from catalog.search.criteria import Criteria, attribute_condition, available
from catalog.search.index import text_index

#: The most options of a facet, the largest first; chosen ones are always among them.
OPTION_LIMIT = 20
#: Where price bands begin, in the shop's currency.
PRICE_EDGES = (0, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a facet."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A way to narrow a search. ``key`` is category, brand, price, stock, or an attribute's."""

    key: str
    label: str
    options: list[Option]


def facets_count(criteria: Criteria) -> list[Facet]:
    """The facets that offer a choice; their values are what ``products_search`` takes.

    Categories by slug, brands by name, price bands as "10-20" (the last "1000-"), stock as "1".
    """
    facets = [
        _categories(criteria),
        _brands(criteria),
        _prices(criteria),
        _stock(criteria),
        *_attributes(criteria),
    ]
    return [facet for facet in facets if facet.options]


def _categories(criteria: Criteria) -> Facet:
    """The categories directly below the chosen one, or the roots."""
    chosen = criteria.category
    depth = chosen.depth + 1 if chosen else 0
    counts: Counter[str] = Counter()
    rows = criteria.products().values_list("category__path").annotate(count=Count("pk"))
    for path, count in rows:
        names = (path or "").split(Category.SEPARATOR)
        if path and len(names) > depth:
            counts[Category.SEPARATOR.join(names[: depth + 1])] += count
    top = dict(counts.most_common(OPTION_LIMIT))
    options = [
        Option(category.slug, category.name, top[category.path], False)
        for category in Category.objects.filter(path__in=list(top))
    ]
    options.sort(key=lambda option: (-option.count, option.label))
    return Facet("category", _("Category"), options)


def _brands(criteria: Criteria) -> Facet:
    rows = (
        criteria.products(without="brand")
        .filter(brand__isnull=False)
        .values_list("brand__name")
        .annotate(count=Count("pk"))
    )
    return Facet("brand", _("Brand"), _options(dict(rows), set(criteria.brands)))


def _options(
    counts: dict[str, int], selected: set[str], labels: dict[str, str] | None = None
) -> list[Option]:
    """The largest counts and whatever is selected, largest first and then by label."""
    options = [
        Option(value, (labels or {}).get(value, value), count, value in selected)
        for value, count in {**dict.fromkeys(selected, 0), **counts}.items()
    ]
    options.sort(key=lambda option: (-option.count, option.label))
    return [o for place, o in enumerate(options) if place < OPTION_LIMIT or o.selected]


def _prices(criteria: Criteria) -> Facet:
    bands = list(zip(PRICE_EDGES, (*PRICE_EDGES[1:], None), strict=True))
    counts = criteria.products(without="price").aggregate(
        **{
            f"from_{low}": Count(
                "pk", filter=Q(price__gte=low) & (Q(price__lt=high) if high else Q())
            )
            for low, high in bands
        }
    )
    options = []
    for low, high in bands:
        chosen = criteria.price_min == low and criteria.price_max == _last(high)
        if counts[f"from_{low}"] or chosen:
            value = f"{low}-{_last(high) if high else ''}"
            options.append(Option(value, _band(low, high), counts[f"from_{low}"], chosen))
    return Facet("price", _("Price"), options)


def _last(high: int | None) -> Decimal | None:
    """The highest price of a band that ends before ``high``."""
    return None if high is None else high - Decimal("0.01")


def _band(low: int, high: int | None) -> str:
    currency = settings.CURRENCY
    if high is None:
        return _("%(currency)s %(low)d and more") % {"currency": currency, "low": low}
    if low == 0:
        return _("Below %(currency)s %(high)d") % {"currency": currency, "high": high}
    return _("%(currency)s %(low)d to %(high)d") % {
        "currency": currency,
        "low": low,
        "high": high,
    }


def _stock(criteria: Criteria) -> Facet:
    count = criteria.products(without="stock").filter(available()).count()
    options = [Option("1", _("In stock"), count, criteria.in_stock)]
    return Facet("stock", _("Availability"), options if count or criteria.in_stock else [])


def _attributes(criteria: Criteria) -> list[Facet]:
    """One facet per attribute: those without a choice share a count, the chosen have their own."""
    if not criteria.facets:
        return []
    chosen = [key for key in criteria.facets if criteria.attributes.get(key)]
    others = [key for key in criteria.facets if key not in chosen]
    parts = [("", others)] if others else []
    parts += [(attribute_condition(key), [key]) for key in chosen]
    statements: list[str] = []
    parameters: list[Any] = []
    for without, keys in parts:
        try:
            products, product_parameters = (
                criteria.products(without=without).values("pk").query.sql_with_params()
            )
        except EmptyResultSet:
            continue  # A condition that nothing can meet: there is nothing to count.
        marks = ", ".join(["%s"] * len(keys))
        statements.append(
            f"SELECT r.key, r.value, COUNT(*) FROM ({text_index().attribute_rows}) r "
            f"WHERE r.key IN ({marks}) AND r.id IN ({products}) GROUP BY r.key, r.value"
        )
        parameters += [*keys, *product_parameters]
    counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    if statements:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(statements), parameters)
            for key, value, count in cursor.fetchall():
                counts[key][value] = count
    return [
        _attribute_facet(attribute, counts[key], set(criteria.attributes.get(key, ())))
        for key, attribute in criteria.facets.items()
    ]


def _attribute_facet(attribute: AttributeType, counts: dict[str, int], selected: set[str]) -> Facet:
    values = {*counts, *selected}
    if attribute.kind == AttributeType.Kind.BOOLEAN:
        labels = {"true": _("Yes"), "false": _("No")}
    elif attribute.unit:
        labels = {value: f"{value} {attribute.unit}" for value in values}
    else:
        labels = {}
    return Facet(attribute.key, attribute.label, _options(counts, selected, labels))
