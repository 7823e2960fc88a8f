"""The shape of slates in the OpenAPI document. Answers are built without them, for speed."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from recommender.contracts import Scenario


class SlateItemSerializer(serializers.Serializer[Any]):
    """One place of a slate."""

    product = serializers.CharField(help_text="External id.")
    rank = serializers.IntegerField(min_value=1)
    score = serializers.FloatField()
    sources = serializers.DictField(
        child=serializers.FloatField(),
        help_text="What each source that proposed the product added to its score.",
    )
    explanation = serializers.CharField(
        allow_blank=True, help_text="Why it is shown, as a sentence in the language asked for."
    )


class SlateSerializer(serializers.Serializer[Any]):
    """A slate as it is handed out."""

    trace = serializers.UUIDField(help_text="Send it with events about what was shown.")
    model_version = serializers.CharField()
    age_ms = serializers.IntegerField(help_text="How long ago it was scored.")
    degraded = serializers.BooleanField(
        help_text="The pool did not answer in time; something older or simpler is shown."
    )
    items = SlateItemSerializer(many=True)


class TracedItemSerializer(SlateItemSerializer):
    """One place of a stored slate, with the rules that moved it."""

    rules = serializers.ListField(child=serializers.CharField())
    ranker = serializers.CharField(
        allow_blank=True, help_text="Which ranker gave the score; empty for the plain sum."
    )
    probability = serializers.FloatField(
        allow_null=True, help_text="How likely the shopper takes the product, as calibrated."
    )


class TraceSerializer(serializers.Serializer[Any]):
    """A slate as it was scored, with all that led to it; nothing is computed anew."""

    trace = serializers.UUIDField()
    scenario = serializers.ChoiceField(choices=[scenario.value for scenario in Scenario])
    shopper = serializers.CharField(allow_null=True)
    product = serializers.CharField(allow_null=True)
    model_version = serializers.CharField()
    scored_at = serializers.DateTimeField()
    took_ms = serializers.FloatField()
    context = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]
    items = TracedItemSerializer(many=True)
