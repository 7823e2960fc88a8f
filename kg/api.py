"""The knowledge graph for REST clients: entities, what lies around them, walks to a product."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api import PAGE, product_found
from kg.bulk import entities_by_key
from kg.entities import KEY_LIMIT, NAME_LIMIT, product_key
from kg.models import Entity, Predicate
from kg.protocol import LONGEST_PATH, WIDEST_NEIGHBOURHOOD, KnowledgeGraph
from kg.selectors import entities_find, entity_by_key, shopper_history_keys
from kg.serializers import (
    KINDS,
    EntityPageSerializer,
    EntitySerializer,
    NeighbourhoodSerializer,
    PathsSerializer,
)
from recsite.api_view import ApiView, json_response
from recsite.fields import Fields
from recsite.pagination import RowCursor
from recsite.schema import problems
from users.models import Scope, Shopper

NEIGHBOURS_LIMIT = 500
PATHS_LIMIT = 20
PREDICATES = OpenApiParameter(
    "predicates", description="Keys of predicates to follow, divided by commas; without it, all."
)


def graph() -> KnowledgeGraph:
    """The configured graph; loaded when it is asked, since its driver takes a while."""
    from kg.backends import graph as configured

    return configured()


def entity_shown(key: str) -> Entity:
    """The entity, or a 404 that names it."""
    entity = entity_by_key(key)
    if entity is None:
        raise NotFound(_("There is no entity “%s”.") % key[:KEY_LIMIT])
    return entity


def predicate_keys(fields: Fields) -> list[str]:
    """The predicates that a query names; unknown ones are wrong."""
    text = fields.text("predicates", limit=1_000)
    keys = [key for part in text.split(",") if (key := part.strip())]
    known = set(Predicate.objects.values_list("key", flat=True)) if keys else set()
    for key in keys:
        if key not in known:
            fields.wrong("predicates", _("“%s” is not in the vocabulary.") % key[:60])
    return keys


class EntitiesView(ApiView):
    """Entities of the graph."""

    required_scopes = {"GET": Scope.GRAPH_READ}

    @extend_schema(
        operation_id="entities_list",
        tags=["graph"],
        summary="Find entities",
        parameters=[
            OpenApiParameter("q", description="Words that the name holds."),
            OpenApiParameter("kind", enum=KINDS),
            *PAGE,
        ],
        responses={200: EntityPageSerializer} | problems(400),
    )
    def get(self, request: Request) -> Response:
        """Entities in a fixed order; following `next` finds them all."""
        fields = Fields(request.query_params)
        query = fields.text("q", limit=NAME_LIMIT)
        kind = fields.choice("kind", KINDS)
        fields.check()
        pages = RowCursor()
        rows = pages.paginate_queryset(entities_find(query=query, kind=kind), request, view=self)
        return pages.get_paginated_response(EntitySerializer(rows, many=True).data)


class EntityView(ApiView):
    """One entity."""

    required_scopes = {"GET": Scope.GRAPH_READ}

    @extend_schema(
        operation_id="entity_read",
        tags=["graph"],
        summary="One entity",
        responses={200: EntitySerializer} | problems(404),
    )
    def get(self, request: Request, key: str) -> Response:
        """An entity by its key, percent-encoded."""
        return Response(EntitySerializer(entity_shown(key)).data)


class NeighbourhoodView(ApiView):
    """What lies around an entity."""

    required_scopes = {"GET": Scope.GRAPH_READ}

    @extend_schema(
        operation_id="neighbourhood_read",
        tags=["graph"],
        summary="Neighbourhood",
        parameters=[
            OpenApiParameter(
                "hops",
                {"type": "integer", "minimum": 1, "maximum": WIDEST_NEIGHBOURHOOD, "default": 1},
                description="How many facts away.",
            ),
            PREDICATES,
            OpenApiParameter(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": NEIGHBOURS_LIMIT, "default": 100},
                description="Entities at most.",
            ),
        ],
        responses={200: NeighbourhoodSerializer} | problems(400, 404),
    )
    def get(self, request: Request, key: str) -> HttpResponse:
        """Entities within some facts of one, nearest first, and the accepted facts among them."""
        fields = Fields(request.query_params)
        hops = fields.integer("hops", low=1, high=WIDEST_NEIGHBOURHOOD, default=1)
        limit = fields.integer("limit", low=1, high=NEIGHBOURS_LIMIT, default=100)
        predicates = predicate_keys(fields)
        fields.check()
        entity = entity_shown(key)
        try:
            found = graph().neighbours(entity.key, hops=hops, predicates=predicates, limit=limit)
        except KeyError:
            # The graph database has not heard of it yet.
            raise NotFound(_("“%s” is not in the graph yet.") % entity.key) from None
        return json_response(
            {
                "centre": found.centre,
                "nodes": [asdict(node) for node in found.nodes],
                "edges": [edge._asdict() for edge in found.edges],
                "truncated": found.truncated,
            }
        )


class PathsView(ApiView):
    """Walks between what a shopper did and a product."""

    # The walks begin at what the shopper did, which is part of the profile.
    required_scopes = {"GET": (Scope.GRAPH_READ, Scope.PROFILE_READ)}

    @extend_schema(
        operation_id="paths_read",
        tags=["graph"],
        summary="Paths to a product",
        parameters=[
            OpenApiParameter("shopper", required=True, description="External id."),
            OpenApiParameter("product", required=True, description="External id."),
            OpenApiParameter(
                "hops",
                {"type": "integer", "minimum": 1, "maximum": LONGEST_PATH, "default": 3},
                description="Facts on a walk at most.",
            ),
            PREDICATES,
            OpenApiParameter(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": PATHS_LIMIT, "default": 5},
                description="Walks at most.",
            ),
        ],
        responses={200: PathsSerializer} | problems(400, 404),
    )
    def get(self, request: Request) -> HttpResponse:
        """How the graph joins a shopper's history with a product, the shortest walks first.

        A shopper who is unknown has no history, and so no walks.
        """
        fields = Fields(request.query_params)
        shopper_id = fields.identifier("shopper", required=True)
        product_id = fields.identifier("product", required=True)
        hops = fields.integer("hops", low=1, high=LONGEST_PATH, default=3)
        limit = fields.integer("limit", low=1, high=PATHS_LIMIT, default=5)
        predicates = predicate_keys(fields)
        fields.check()
        product = product_found(product_id)
        shopper = Shopper.objects.filter(external_id=shopper_id).first()
        starts = shopper_history_keys(shopper, without=product.external_id)
        found = (
            graph().paths(
                starts,
                product_key(product.external_id),
                hops=hops,
                predicates=predicates,
                limit=limit,
            )
            if starts
            else []
        )
        nodes = _nodes(key for path in found for key in path.keys)
        paths = [
            {
                "nodes": [nodes[key] for key in path.keys],
                "edges": [edge._asdict() for edge in path.edges],
                "confidence": path.confidence,
            }
            for path in found
        ]
        return json_response({"shopper": shopper_id, "product": product_id, "paths": paths})


def _nodes(keys: Iterable[str]) -> dict[str, dict[str, str]]:
    """Key, kind and name of each entity; one that is retracted meanwhile goes by its key."""
    wanted = set(keys)
    nodes = {
        key: {"key": key, "kind": key.partition(":")[0], "name": key.partition(":")[2]}
        for key in wanted
    }
    for key, entity in entities_by_key(wanted).items():
        nodes[key] = {"key": key, "kind": entity.kind, "name": entity.name}
    return nodes
