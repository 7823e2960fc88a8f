"""Search by picture for REST clients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api import visible_products
from catalog.models import Product
from catalog.search_picture import body_is_far_too_long, search_picture_read, too_large
from catalog.serializers import ProductSerializer
from recommender.delivery.picture_search import (
    Likeness,
    PictureAnswer,
    PictureMatch,
    products_by_picture,
)
from recsite.api_view import ApiView
from recsite.fields import Fields
from recsite.problems import FieldError, Invalid, TooLarge
from recsite.schema import problems
from users.models import Scope

DEFAULT_LIMIT = 24
HIGHEST_LIMIT = 100


class PictureMatchSerializer(serializers.Serializer[Any]):
    """A product and how alike it looks."""

    similarity = serializers.FloatField(
        help_text="Cosine of the vectors, at most 1; comparable within one encoder only."
    )
    likeness = serializers.ChoiceField(
        choices=[word.value for word in Likeness], help_text="The same in a word."
    )
    product = ProductSerializer()


class PictureSearchSerializer(serializers.Serializer[Any]):
    """What looks most like the picture."""

    degraded = serializers.BooleanField(
        help_text="True where the workers did not answer in time: the results are empty then."
    )
    results = PictureMatchSerializer(many=True)


class PictureSearchView(ApiView):
    """Search by picture."""

    required_scopes: ClassVar = {"POST": Scope.CATALOGUE_READ}
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="products_search_by_picture",
        tags=["catalogue"],
        summary="Search by picture",
        request={
            "multipart/form-data": inline_serializer(
                "PictureSearchRequest",
                {
                    "picture": serializers.FileField(
                        help_text="JPEG, PNG, WebP or GIF; at most SEARCH_PICTURE_MAX_BYTES."
                    ),
                    "limit": serializers.IntegerField(
                        required=False,
                        min_value=1,
                        max_value=HIGHEST_LIMIT,
                        default=DEFAULT_LIMIT,
                        help_text="Products wanted.",
                    ),
                },
            )
        },
        responses={200: PictureSearchSerializer} | problems(400, 413, 415),
    )
    def post(self, request: Request) -> Response:
        """Active products that look like the picture, the most alike first.

        The picture is compared and then forgotten: it is neither stored nor recorded.
        """
        if body_is_far_too_long(request.META.get("CONTENT_LENGTH")):
            raise TooLarge(_field_error(too_large()))
        fields = Fields(request.data)
        limit = fields.integer("limit", low=1, high=HIGHEST_LIMIT, default=DEFAULT_LIMIT)
        given = request.FILES.get("picture")
        try:
            picture = search_picture_read(given if isinstance(given, File) else None)
        except ValidationError as error:
            if error.code == "too_large":
                raise TooLarge(_field_error(error)) from None
            fields.wrong("picture", " ".join(error.messages))
            raise Invalid(*fields.errors) from None
        fields.check()
        answer = products_by_picture(picture, limit=limit)
        results = [
            {
                "similarity": round(match.similarity, 4),
                "likeness": match.likeness.value,
                "product": ProductSerializer(product, context={"request": request}).data,
            }
            for match, product in _products(answer)
        ]
        return Response({"degraded": answer.degraded, "results": results})


def _products(answer: PictureAnswer) -> Iterator[tuple[PictureMatch, Product]]:
    """Each match with its product; one that has just left the shop is passed over."""
    wanted = [match.product for match in answer.matches]
    found = {p.external_id: p for p in visible_products().filter(external_id__in=wanted)}
    for match in answer.matches:
        if match.product in found:
            yield match, found[match.product]


def _field_error(error: ValidationError) -> FieldError:
    return FieldError("picture", " ".join(error.messages), settings.SEARCH_PICTURE_MAX_BYTES)
