"""The catalogue's search: by words, by meaning and by conditions, with facets to narrow it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, CharField, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat, StrIndex

from catalog.models import AttributeType, Category, Product
from catalog.search.criteria import Criteria, Sort
from catalog.search.facets import Facet, facets_count
from catalog.search.fusion import reciprocal_rank_fusion
from catalog.search.index import text_index
from catalog.search.words import words_read
from catalog.selectors import product_cards

#: Matches that are ordered by relevance; the rest follow by popularity.
RANKED_LIMIT = 500
#: Products near in meaning that are considered.
MEANING_LIMIT = 100


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Products in order, not yet read; how many there are; and how to narrow them."""

    products: QuerySet[Product]
    total: int
    facets: list[Facet]
    #: True where no product holds all the words, and those that hold some are shown.
    any_word: bool = False


def products_search(
    *,
    query: str = "",
    category: Category | None = None,
    brands: Sequence[str] = (),
    price_min: Decimal | None = None,
    price_max: Decimal | None = None,
    in_stock: bool = False,
    attributes: Mapping[str, Sequence[str]] | None = None,
    sort: Sort = "relevance",
    meaning: Sequence[str] = (),
) -> SearchResult:
    """Active products that match, in a fixed number of queries whatever is asked.

    ``query`` may be anything at all; its last word counts as a beginning. ``brands`` are names;
    ``attributes`` maps keys of facet attributes to values as text, and others are passed over.
    ``meaning`` holds external ids near to the query, nearest first: they join the matches, and
    relevance is the fusion of both rankings. Without words, relevance is popularity.
    """
    words = words_read(query)
    index = text_index()
    ranked: list[int] = []
    matched: Q | None = None
    any_word = False
    if words:
        ranked = index.best(words, limit=RANKED_LIMIT)
        if not ranked and len(words.forms) > 1:
            ranked = index.best(words, limit=RANKED_LIMIT, any_word=True)
            any_word = bool(ranked)
        near = _primary_keys(meaning[:MEANING_LIMIT])
        matched = Q(pk__in=index.matching(words, any_word=any_word))
        if near:
            matched |= Q(pk__in=near)
            ranked = reciprocal_rank_fusion(ranked, near)
    elif query.strip():
        # Nothing but punctuation: only its meaning can match.
        ranked = _primary_keys(meaning[:MEANING_LIMIT])
        matched = Q(pk__in=ranked)
    criteria = Criteria(
        matched=matched,
        category=category,
        brands=tuple(brands),
        price_min=price_min,
        price_max=price_max,
        in_stock=in_stock,
        attributes=attributes or {},
        facets={a.key: a for a in AttributeType.objects.filter(is_facet=True)},
    )
    products = criteria.products()
    return SearchResult(
        products=_ordered(product_cards(products), sort, ranked),
        total=products.count(),
        facets=facets_count(criteria),
        any_word=any_word,
    )


def _primary_keys(external_ids: Sequence[str]) -> list[int]:
    """Primary keys in the same order; unknown ids are left out."""
    if not external_ids:
        return []
    known = dict(
        Product.objects.filter(external_id__in=external_ids)
        .order_by()
        .values_list("external_id", "pk")
    )
    return [known[external_id] for external_id in external_ids if external_id in known]


def _ordered(products: QuerySet[Product], sort: Sort, ranked: Sequence[int]) -> QuerySet[Product]:
    """The last key of every order is the primary key, so that pages never overlap."""
    match sort:
        case "price":
            return products.order_by(F("price").asc(nulls_last=True), "-popularity", "pk")
        case "-price":
            return products.order_by(F("price").desc(nulls_last=True), "-popularity", "pk")
        case "new":
            return products.order_by("-published_at", "-pk")
        case "relevance" if ranked:
            # The place of ",12," in ",7,12,3,": an order that the database can sort by without a
            # join, in one parameter however many products are ranked.
            places = f",{','.join(map(str, ranked))},"
            own = Concat(Value(","), Cast("pk", CharField()), Value(","))
            place = StrIndex(Value(places), own)
            return products.alias(place=place).order_by(
                Case(When(place=0, then=1), default=0, output_field=IntegerField()),
                "place",
                "-popularity",
                "pk",
            )
        case _:
            return products.order_by("-popularity", "pk")
