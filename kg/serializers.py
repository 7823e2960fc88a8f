"""Entities, facts and walks as REST clients see them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from kg.entities import KEY_LIMIT, NAME_LIMIT
from kg.models import Fact, Kind
from kg.protocol import LONGEST_PATH
from kg.statements import EVIDENCE_LIMIT

KINDS = [kind.value for kind in Kind]
SOURCES = [source.value for source in Fact.Source]
STATUSES = [status.value for status in Fact.Status]
#: What a client may say of where its facts come from.
CLIENT_SOURCES = [
    source.value for source in (Fact.Source.IMPORT, Fact.Source.MERCHANDISER, Fact.Source.MINED)
]


class EntitySerializer(serializers.Serializer[Any]):
    """Something that facts are about."""

    key = serializers.CharField(help_text="`kind:name`; never changes.")
    kind = serializers.ChoiceField(choices=KINDS)
    name = serializers.CharField()
    product = serializers.CharField(
        source="product.external_id",
        allow_null=True,
        default=None,
        help_text="External id, where the entity is a product.",
    )
    known_since = serializers.DateTimeField(source="created_at")


class EntityPageSerializer(serializers.Serializer[Any]):
    """A page of entities."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = EntitySerializer(many=True)


class FactSerializer(serializers.Serializer[Any]):
    """A statement about two entities. Expects subject, predicate and object loaded."""

    id = serializers.IntegerField()
    subject = serializers.CharField(source="subject.key")
    subject_name = serializers.CharField(source="subject.name")
    predicate = serializers.CharField(source="predicate.key")
    object = serializers.CharField(source="object.key")
    object_name = serializers.CharField(source="object.name")
    confidence = serializers.FloatField(min_value=0, max_value=1)
    status = serializers.ChoiceField(choices=STATUSES)
    # Declared in so many words, since serializers have a ``source`` of their own.
    evidence = serializers.CharField(allow_blank=True)
    stated_at = serializers.DateTimeField(source="created_at")
    changed_at = serializers.DateTimeField(source="updated_at")

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["source"] = serializers.ChoiceField(choices=SOURCES)
        return fields


class FactPageSerializer(serializers.Serializer[Any]):
    """A page of facts."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = FactSerializer(many=True)


class FactChangeSerializer(serializers.Serializer[Any]):
    """What may be changed of a fact; what is absent stays."""

    subject = serializers.CharField(required=False, max_length=KEY_LIMIT)
    predicate = serializers.CharField(required=False, max_length=60)
    object = serializers.CharField(required=False, max_length=KEY_LIMIT)
    confidence = serializers.FloatField(required=False, min_value=0, max_value=1)
    status = serializers.ChoiceField(choices=STATUSES, required=False)
    evidence = serializers.CharField(required=False, allow_blank=True, max_length=EVIDENCE_LIMIT)
    replace = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Retract accepted facts that contradict it, instead of being refused.",
    )


class FactWriteSerializer(FactChangeSerializer):
    """A statement. Entities that are not there are made, except products."""

    subject = serializers.CharField(max_length=KEY_LIMIT, help_text="`kind:name`.")
    predicate = serializers.CharField(max_length=60)
    object = serializers.CharField(max_length=KEY_LIMIT, help_text="`kind:name`.")
    subject_name = serializers.CharField(required=False, max_length=NAME_LIMIT)
    object_name = serializers.CharField(required=False, max_length=NAME_LIMIT)
    status = serializers.ChoiceField(choices=STATUSES, required=False, default="proposed")

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["source"] = serializers.ChoiceField(
            choices=CLIENT_SOURCES, required=False, default=Fact.Source.IMPORT.value
        )
        return fields


class EdgeSerializer(serializers.Serializer[Any]):
    """An accepted fact."""

    subject = serializers.CharField()
    predicate = serializers.CharField()
    object = serializers.CharField()
    confidence = serializers.FloatField(min_value=0, max_value=1)


class NodeSerializer(serializers.Serializer[Any]):
    """An entity in the graph."""

    key = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    name = serializers.CharField()


class NeighbourhoodSerializer(serializers.Serializer[Any]):
    """What lies around an entity."""

    centre = serializers.CharField()
    nodes = NodeSerializer(many=True, help_text="Nearest first, the centre among them.")
    edges = EdgeSerializer(many=True, help_text="The facts among the nodes.")
    truncated = serializers.BooleanField(help_text="Whether the limit cut something off.")


class PathSerializer(serializers.Serializer[Any]):
    """A walk along facts, each in either direction."""

    nodes = NodeSerializer(many=True, help_text=f"At most {LONGEST_PATH + 1}, in order.")
    edges = EdgeSerializer(many=True)
    confidence = serializers.FloatField(help_text="Product of the facts' confidences.")


class PathsSerializer(serializers.Serializer[Any]):
    """Walks from what a shopper did to a product, the shortest first."""

    shopper = serializers.CharField()
    product = serializers.CharField()
    paths = PathSerializer(many=True)
