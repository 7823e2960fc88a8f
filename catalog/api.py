"""Products, search and reviews for REST clients."""

from __future__ import annotations

from typing import cast

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api_filters import (
    FILTERS,
    SORTS,
    attribute_filters,
    category_named,
    query_words,
    storable_values,
)
from catalog.categories import branch
from catalog.models import Product
from catalog.search import products_search
from catalog.search.criteria import Sort
from catalog.selectors import product_reviews
from catalog.serializers import (
    ProductDetailSerializer,
    ProductPageSerializer,
    ProductSerializer,
    ReviewPageSerializer,
    ReviewSerializer,
    ReviewWriteSerializer,
    SearchSerializer,
)
from catalog.text_limits import text_problem
from recommender.delivery.meaning import products_by_meaning
from recsite.api_view import ApiView
from recsite.fields import Fields
from recsite.pagination import DEFAULT_LIMIT, HIGHEST_LIMIT, RankCursor, RowCursor
from recsite.schema import problems
from users.models import Scope
from users.reviews import review_submit

PAGE = [
    OpenApiParameter("cursor", description="As `next` or `previous` gave it."),
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": HIGHEST_LIMIT, "default": DEFAULT_LIMIT},
        description="Rows on a page.",
    ),
]


def visible_products() -> QuerySet[Product]:
    """What clients may know of, drafts excluded, with all that the serializer reads."""
    return (
        Product.objects.exclude(status=Product.Status.DRAFT)
        .select_related("brand", "category")
        .prefetch_related("media")
    )


def product_found(external_id: str) -> Product:
    """The product, or a 404 that names it."""
    product = None
    if not text_problem(external_id):
        product = visible_products().filter(external_id=external_id).first()
    if product is None:
        raise NotFound(_("There is no product “%(id)s”.") % {"id": external_id})
    return product


class ProductsView(ApiView):
    """The catalogue, page by page."""

    required_scopes = {"GET": Scope.CATALOGUE_READ}

    @extend_schema(
        operation_id="products_list",
        tags=["catalogue"],
        summary="All products",
        parameters=[
            *FILTERS,
            OpenApiParameter("kind", enum=[kind.value for kind in Product.Kind]),
            OpenApiParameter(
                "status",
                enum=[Product.Status.ACTIVE.value, Product.Status.ARCHIVED.value],
                description="Without it, products of either status.",
            ),
            OpenApiParameter(
                "updated_since",
                OpenApiTypes.DATETIME,
                description="Only products that changed at or after this moment.",
            ),
            *PAGE,
        ],
        responses={200: ProductPageSerializer} | problems(400),
    )
    def get(self, request: Request) -> Response:
        """Products in a fixed order, so that following `next` copies the whole catalogue."""
        products = self._filtered(Fields(request.query_params))
        pages = RowCursor()
        rows = pages.paginate_queryset(products, request, view=self)
        serializer = ProductSerializer(rows, many=True, context={"request": request})
        return pages.get_paginated_response(serializer.data)

    def _filtered(self, fields: Fields) -> QuerySet[Product]:
        category = category_named(fields)
        brands = storable_values(fields, "brand")
        low, high = fields.price("price_min"), fields.price("price_max")
        in_stock = fields.flag("in_stock")
        kind = fields.choice("kind", Product.Kind.values)
        status = fields.choice("status", [Product.Status.ACTIVE, Product.Status.ARCHIVED])
        since = fields.moment("updated_since")
        fields.check()
        products = visible_products()
        if category is not None:
            products = products.filter(category__in=branch(category))
        if brands:
            products = products.filter(brand__name__in=brands)
        if low is not None:
            products = products.filter(price__gte=low)
        if high is not None:
            products = products.filter(price__lte=high)
        if in_stock:
            # Only goods run out.
            products = products.filter(status=Product.Status.ACTIVE).exclude(
                kind=Product.Kind.GOODS, stock=0
            )
        if kind:
            products = products.filter(kind=kind)
        if status:
            products = products.filter(status=status)
        if since is not None:
            products = products.filter(updated_at__gte=since)
        return products


class ProductView(ApiView):
    """One product."""

    required_scopes = {"GET": Scope.CATALOGUE_READ}

    @extend_schema(
        operation_id="product_read",
        tags=["catalogue"],
        summary="One product",
        responses={200: ProductDetailSerializer} | problems(404),
    )
    def get(self, request: Request, external_id: str) -> Response:
        """A product by its external id; odd characters in it, a slash too, are percent-encoded."""
        product = product_found(external_id)
        return Response(ProductDetailSerializer(product, context={"request": request}).data)


class SearchView(ApiView):
    """Search by words and by meaning."""

    required_scopes = {"GET": Scope.CATALOGUE_READ}

    @extend_schema(
        operation_id="products_search",
        tags=["catalogue"],
        summary="Search",
        parameters=[
            OpenApiParameter("q", required=True, description="Words, at most 200 characters."),
            *FILTERS,
            OpenApiParameter(
                "attribute.KEY",
                many=True,
                description="Only products whose attribute KEY has (one of) the value(s).",
            ),
            OpenApiParameter("sort", enum=SORTS, default="relevance"),
            OpenApiParameter(
                "meaning",
                OpenApiTypes.BOOL,
                description="Whether products near in meaning are found too.",
                default=True,
            ),
            *PAGE,
        ],
        responses={200: SearchSerializer} | problems(400),
    )
    def get(self, request: Request) -> Response:
        """Products found by words and by meaning, with facets that narrow the search."""
        fields = Fields(request.query_params)
        query = query_words(fields)
        category = category_named(fields)
        brands = storable_values(fields, "brand")
        low, high = fields.price("price_min"), fields.price("price_max")
        in_stock = fields.flag("in_stock")
        sort = cast(Sort, fields.choice("sort", SORTS, default="relevance"))
        by_meaning = fields.flag("meaning", default=True)
        attributes = attribute_filters(fields)
        fields.check()
        cursor = RankCursor(request)
        found = products_search(
            query=query,
            category=category,
            brands=brands,
            price_min=low,
            price_max=high,
            in_stock=in_stock,
            attributes=attributes,
            sort=sort,
            meaning=products_by_meaning(query) if by_meaning and query else (),
        )
        ranking = found.products.prefetch_related(None).prefetch_related("media")
        serializer = ProductSerializer(
            cursor.page(ranking), many=True, context={"request": request}
        )
        return Response(
            {
                "total": found.total,
                **cursor.links(found.total),
                "facets": [
                    {
                        "key": facet.key,
                        "label": str(facet.label),
                        "options": [
                            {
                                "value": str(option.value),
                                "label": str(option.label),
                                "count": option.count,
                                "selected": option.selected,
                            }
                            for option in facet.options
                        ],
                    }
                    for facet in found.facets
                ],
                "results": serializer.data,
            }
        )


class NewestFirst(RowCursor):
    """Reviews, the newest first."""

    ordering = ("-created_at", "-pk")


class ReviewsView(ApiView):
    """What shoppers say of a product."""

    required_scopes = {"GET": Scope.CATALOGUE_READ, "POST": Scope.REVIEWS_WRITE}

    @extend_schema(
        operation_id="reviews_list",
        tags=["reviews"],
        summary="Reviews of a product",
        parameters=PAGE,
        responses={200: ReviewPageSerializer} | problems(400, 404),
    )
    def get(self, request: Request, external_id: str) -> Response:
        """Published reviews, the newest first."""
        pages = NewestFirst()
        reviews = product_reviews(product_found(external_id))
        rows = pages.paginate_queryset(reviews, request, view=self)
        return pages.get_paginated_response(ReviewSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="review_write",
        tags=["reviews"],
        summary="Write a review",
        request=ReviewWriteSerializer,
        responses={200: ReviewSerializer, 201: ReviewSerializer} | problems(400, 404, 413, 415),
        examples=[
            OpenApiExample(
                "Four stars",
                value={"shopper": "2375", "rating": 4, "title": "Fresh", "text": "Ripe in a day."},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, external_id: str) -> HttpResponse:
        """Write a shopper's review (201), or rewrite the one there is (200).

        Where the shopper has agreed to being recorded, the event `review` is recorded too.
        """
        fields = Fields(request.data)
        shopper = fields.identifier("shopper", required=True)
        rating = fields.integer("rating", low=1, high=5, required=True)
        title = fields.text("title", limit=120)
        text = fields.text("text", limit=4000)
        fields.check()
        review, made = review_submit(
            token=self.token,
            shopper_id=shopper,
            product=product_found(external_id),
            rating=rating,
            title=title,
            text=text,
        )
        return Response(ReviewSerializer(review).data, status=201 if made else 200)
