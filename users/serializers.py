"""The shape of profiles, exports and receipts in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from recommender.features.models import Wish
from users.erasure_receipts import HOW
from users.models import Consent, ErasureReceipt


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
    shadow_rankings = serializers.ListField(child=serializers.DictField())
    orders = serializers.ListField(child=serializers.DictField())


class ErasedSerializer(serializers.Serializer[Any]):
    """How many rows were deleted of each kind."""

    events = serializers.IntegerField()
    slates = serializers.IntegerField()
    reviews = serializers.IntegerField()
    consent_decisions = serializers.IntegerField()
    wishes = serializers.IntegerField()
    shadow_rankings = serializers.IntegerField(help_text="Made by a model in shadow.")


class ForgottenPartSerializer(serializers.Serializer[Any]):
    """How one part of the model forgot."""

    part = serializers.CharField()
    how = serializers.ChoiceField(choices=list(HOW))


class ForgottenSerializer(serializers.Serializer[Any]):
    """What became of what the models had learnt."""

    had_learnt = serializers.BooleanField()
    forgotten_at = serializers.DateTimeField(allow_null=True)
    version = serializers.CharField(
        allow_blank=True, help_text="The first live model version that is free of the shopper."
    )
    parts = serializers.ListField(child=ForgottenPartSerializer())
    files = serializers.DictField(child=serializers.IntegerField())


class ErasureSerializer(serializers.Serializer[Any]):
    """The receipt of an erasure; it does not say whose it is."""

    number = serializers.CharField()
    status = serializers.ChoiceField(choices=["waiting", "complete"])
    asked_for = serializers.ChoiceField(choices=ErasureReceipt.Route.values)
    erased_at = serializers.DateTimeField()
    erased = ErasedSerializer()
    models = ForgottenSerializer()


class ReceiptSerializer(ErasureSerializer):
    """The receipt as the client gets it that asked for the erasure."""

    shopper = serializers.CharField(help_text="External id.")
    page = serializers.URLField(help_text="Where the person can read the receipt.")
