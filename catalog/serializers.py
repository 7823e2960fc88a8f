"""Products and reviews as REST clients see them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Media, Product
from catalog.picture_urls import picture_url
from recommender.feedback.classifiers import classifier_live
from recommender.feedback.opinions import LEAST_OPINIONS, opinions_summary


class MediaSerializer(serializers.Serializer[Any]):
    """A picture or a sound of a product."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in Media.Kind])
    url = serializers.SerializerMethodField(help_text="Absolute address.")
    description = serializers.CharField(allow_blank=True)

    def get_url(self, medium: Media) -> str:
        return str(self.context["request"].build_absolute_uri(medium.file.url))


class ProductSerializer(serializers.Serializer[Any]):
    """A product with all that is known of it. Expects brand, category and media loaded."""

    external_id = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(choices=[kind.value for kind in Product.Kind])
    status = serializers.ChoiceField(
        choices=[Product.Status.ACTIVE.value, Product.Status.ARCHIVED.value]
    )
    price = serializers.DecimalField(max_digits=10, decimal_places=2, allow_null=True)
    currency = serializers.SerializerMethodField(help_text="ISO 4217.")
    stock = serializers.IntegerField()
    is_available = serializers.BooleanField(help_text="Whether it can be bought now.")
    brand = serializers.CharField(source="brand.name", allow_null=True, default=None)
    category = serializers.CharField(
        source="category.path",
        allow_null=True,
        default=None,
        help_text="Names from the root, joined by “ / ”.",
    )
    attributes = serializers.DictField()
    rating_mean = serializers.FloatField(allow_null=True)
    rating_count = serializers.IntegerField()
    picture = serializers.SerializerMethodField(
        help_text="Absolute address of its first picture, or of a drawing."
    )
    media = MediaSerializer(many=True)
    url = serializers.SerializerMethodField(help_text="Its page in the shop.")
    published_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    @extend_schema_field(str)
    def get_currency(self, product: Product) -> str:
        return str(settings.CURRENCY)

    def get_picture(self, product: Product) -> str:
        return self._absolute(picture_url(product))

    def get_url(self, product: Product) -> str:
        return self._absolute(product.get_absolute_url())

    def _absolute(self, address: str) -> str:
        return str(self.context["request"].build_absolute_uri(address))


class OpinionSummarySerializer(serializers.Serializer[Any]):
    """What reviews say of a product by their words, whatever their stars."""

    classifier = serializers.CharField(
        allow_null=True, help_text="Version of what reads them; null: none has been trained."
    )
    judged = serializers.IntegerField(help_text="Published reviews that were read.")
    good = serializers.IntegerField(help_text="Of these, how many speak well of it.")
    share_good = serializers.FloatField(
        allow_null=True, help_text=f"null where fewer than {LEAST_OPINIONS} were read."
    )


class ProductDetailSerializer(ProductSerializer):
    """One product with what its reviews say; two further queries."""

    opinions = serializers.SerializerMethodField()

    @extend_schema_field(OpinionSummarySerializer)
    def get_opinions(self, product: Product) -> dict[str, Any]:
        live, summary = classifier_live(), opinions_summary(product)
        return {
            "classifier": live.version if live else None,
            "judged": summary.judged,
            "good": summary.good,
            "share_good": summary.share_good,
        }


class ReviewSerializer(serializers.Serializer[Any]):
    """A published review; its author goes by the name that the shop shows."""

    author = serializers.CharField(source="shopper.display_name", allow_blank=True)
    rating = serializers.IntegerField(min_value=1, max_value=5)
    title = serializers.CharField(allow_blank=True)
    text = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class ReviewWriteSerializer(serializers.Serializer[Any]):
    """A review to be written, or to replace the one that the shopper wrote before."""

    shopper = serializers.CharField(max_length=100, help_text="External id.")
    rating = serializers.IntegerField(min_value=1, max_value=5)
    title = serializers.CharField(max_length=120, required=False, allow_blank=True)
    text = serializers.CharField(max_length=4000, required=False, allow_blank=True)


class FacetOptionSerializer(serializers.Serializer[Any]):
    """One value that narrows the search."""

    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    count = serializers.IntegerField(help_text="Products that would be left.")
    selected = serializers.BooleanField()


class FacetSerializer(serializers.Serializer[Any]):
    """One way to narrow the search."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    options = FacetOptionSerializer(many=True)


class SearchSerializer(serializers.Serializer[Any]):
    """A page of what was found."""

    total = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    facets = FacetSerializer(many=True)
    results = ProductSerializer(many=True)


class ProductPageSerializer(serializers.Serializer[Any]):
    """A page of products."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ProductSerializer(many=True)


class ReviewPageSerializer(serializers.Serializer[Any]):
    """A page of reviews."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ReviewSerializer(many=True)
