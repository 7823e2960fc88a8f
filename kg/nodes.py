"""The graph's nodes and relationships as django-neomodel classes: what the projection contains.

Merchandisers edit the relational record, so none of this is registered with the admin.
"""

from __future__ import annotations

from typing import ClassVar

from django_neomodel import DjangoNode
from neomodel import FloatProperty, RelationshipTo, StringProperty, StructuredRel


class FactRelationship(StructuredRel):  # type: ignore[misc]
    """An accepted fact; the predicate is a property, so that one type serves every vocabulary."""

    predicate = StringProperty(required=True)
    confidence = FloatProperty(default=1.0)


class EntityNode(DjangoNode):  # type: ignore[misc]
    """An entity; ``key`` is the identity that both databases share."""

    __label__ = "Entity"

    key = StringProperty(unique_index=True, required=True)
    kind = StringProperty(index=True, required=True)
    name = StringProperty(required=True)
    facts = RelationshipTo("kg.nodes.EntityNode", "FACT", model=FactRelationship)

    class Meta:
        app_label: ClassVar[str] = "kg"
