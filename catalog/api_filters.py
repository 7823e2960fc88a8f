"""What narrows lists and searches of the REST API."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from catalog.models import Category
from catalog.text_limits import text_problem
from recsite.fields import Fields

QUERY_LIMIT = 200
VALUES_LIMIT = 50
ATTRIBUTES_LIMIT = 20
ATTRIBUTE_PREFIX = "attribute."
SORTS = ["relevance", "price", "-price", "new", "popular"]

FILTERS = [
    OpenApiParameter(
        "category", description="Path of names (`Grocery / Fruit`) or slug; with all below it."
    ),
    OpenApiParameter("brand", many=True, description="Name; repeated, any of them."),
    OpenApiParameter("price_min", OpenApiTypes.DECIMAL),
    OpenApiParameter("price_max", OpenApiTypes.DECIMAL),
    OpenApiParameter("in_stock", OpenApiTypes.BOOL, description="Only what can be bought now."),
]


def query_words(fields: Fields) -> str:
    """The words of a search; they must be given, but may be empty to browse by facets."""
    if not fields.given("q"):
        fields.wrong("q", _("This field is needed."))
    return fields.text("q", limit=QUERY_LIMIT)


def category_named(fields: Fields) -> Category | None:
    """The category that the request names, by path or by slug."""
    name = fields.text("category", limit=600)
    if not name:
        return None
    # A path names its category even where another one has it for a slug.
    found = {c.path == name: c for c in Category.objects.filter(Q(path=name) | Q(slug=name))}
    category = found.get(True) or found.get(False)
    if category is None:
        fields.wrong("category", _("There is no such category."))
    return category


def storable_values(fields: Fields, name: str) -> list[str]:
    """All values of a repeated parameter."""
    values = [value for value in fields.values(name) if value]
    if len(values) > VALUES_LIMIT:
        fields.wrong(name, _("At most %(limit)d values.") % {"limit": VALUES_LIMIT}, VALUES_LIMIT)
        return []
    for value in values:
        if reason := text_problem(value):
            fields.wrong(name, reason)
    return values


def attribute_filters(fields: Fields) -> dict[str, list[str]]:
    """Wanted values by attribute, from parameters such as ``attribute.colour=red``."""
    names = [name for name in fields.source if name.startswith(ATTRIBUTE_PREFIX)]
    if len(names) > ATTRIBUTES_LIMIT:
        fields.wrong(
            "attribute",
            _("At most %(limit)d attributes.") % {"limit": ATTRIBUTES_LIMIT},
            ATTRIBUTES_LIMIT,
        )
        return {}
    wanted: dict[str, list[str]] = {}
    for name in names:
        key = name.removeprefix(ATTRIBUTE_PREFIX)
        if text_problem(key, limit=60) or not key:
            fields.wrong(name[:80].replace("\x00", ""), _("There is no such attribute."))
        elif values := storable_values(fields, name):
            wanted[key] = values
    return wanted
