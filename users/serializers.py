"""The shape of profiles, exports and receipts in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from recommender.features.models import Wish
from users.models import Consent


class FavouriteSerializer(serializers.Serializer[Any]):
    """A category or brand and how often the shopper chose it."""

    name = serializers.CharField()
    count = serializers.IntegerField()


class WishSerializer(serializers.Serializer[Any]):
    """A wish about a product, or about its category."""

    kind = serializers.ChoiceField(choices=Wish.Kind.choices)
    product = serializers.CharField(help_text="External id.")


class KeptWishSerializer(serializers.Serializer[Any]):
    """A wish that holds; of product and category it has one."""

    kind = serializers.ChoiceField(choices=Wish.Kind.choices)
    product = serializers.CharField(allow_null=True, help_text="External id.")
    category = serializers.CharField(allow_null=True, help_text="Path.")


class ProfileSerializer(serializers.Serializer[Any]):
    """A shopper and what the shop has concluded from what they did."""

    shopper = serializers.CharField(help_text="External id.")
    display_name = serializers.CharField(allow_blank=True)
    consent = serializers.ChoiceField(choices=[choice.value for choice in Consent])
    known_since = serializers.DateTimeField()
    favourite_categories = FavouriteSerializer(many=True)
    favourite_brands = FavouriteSerializer(many=True)
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text="Recorded events by type."
    )
    likes = serializers.ListField(child=serializers.CharField(), help_text="External ids.")
    hidden = serializers.ListField(
        child=serializers.CharField(), help_text="External ids that are not shown any more."
    )
    wishes = serializers.ListField(child=KeptWishSerializer())


class ProfileChangeSerializer(serializers.Serializer[Any]):
    """What a client may change of a shopper; what is left out stays."""

    consent = serializers.ChoiceField(
        choices=[Consent.GRANTED.value, Consent.WITHDRAWN.value], required=False
    )
    display_name = serializers.CharField(max_length=100, required=False, allow_blank=True)


class ExportSerializer(serializers.Serializer[Any]):
    """Everything that the shop knows of a shopper."""

    shopper = serializers.DictField()
    consent_decisions = serializers.ListField(child=serializers.DictField())
    events = serializers.ListField(child=serializers.DictField())
    reviews = serializers.ListField(child=serializers.DictField())
    slates = serializers.ListField(child=serializers.DictField())
    orders = serializers.ListField(child=serializers.DictField())


class ErasedSerializer(serializers.Serializer[Any]):
    """How many rows were deleted of each kind."""

    events = serializers.IntegerField()
    slates = serializers.IntegerField()
    reviews = serializers.IntegerField()
    consent_decisions = serializers.IntegerField()


class ReceiptSerializer(serializers.Serializer[Any]):
    """The receipt of an erasure."""

    shopper = serializers.CharField()
    erased_at = serializers.DateTimeField()
    erased = ErasedSerializer()
