"""Facts for REST clients: read, state, change, retract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api import PAGE
from kg.entities import KEY_LIMIT, NAME_LIMIT, entity_make
from kg.facts import fact_change, fact_find, fact_retract, fact_state
from kg.models import Entity, Fact, Kind
from kg.selectors import facts_visible
from kg.serializers import (
    CLIENT_SOURCES,
    SOURCES,
    STATUSES,
    FactChangeSerializer,
    FactPageSerializer,
    FactSerializer,
    FactWriteSerializer,
)
from kg.statement_writer import unsaved_entity
from kg.statements import EVIDENCE_LIMIT, FactRefusedError
from recsite.api_view import ApiView
from recsite.fields import Fields
from recsite.pagination import RowCursor
from recsite.problems import FieldError, Invalid
from recsite.schema import problems
from users.models import Scope

PREDICATE_LIMIT = 60


@contextmanager
def refusals() -> Iterator[None]:
    """Translates what the services refuse into a problem that names the field."""
    try:
        yield
    except FactRefusedError as error:
        limit = 1 if error.field == "confidence" else None
        raise Invalid(FieldError(error.field, error.reason, limit)) from error


def _number(fields: Fields, name: str, default: Any) -> Any:
    """A number as it came: the services say what is wrong with it."""
    return fields.source.get(name) if fields.given(name) else default


class FactsView(ApiView):
    """The record of facts."""

    required_scopes = {"GET": Scope.GRAPH_READ, "POST": Scope.GRAPH_WRITE}

    @extend_schema(
        operation_id="facts_list",
        tags=["graph"],
        summary="Facts",
        parameters=[
            OpenApiParameter("subject", description="Key of an entity."),
            OpenApiParameter("predicate", description="Key of a predicate."),
            OpenApiParameter("object", description="Key of an entity."),
            OpenApiParameter("status", enum=STATUSES, description="Without it, of any status."),
            OpenApiParameter("source", enum=SOURCES),
            *PAGE,
        ],
        responses={200: FactPageSerializer} | problems(400),
    )
    def get(self, request: Request) -> Response:
        """Facts in a fixed order; following `next` copies them all."""
        fields = Fields(request.query_params)
        sides = {
            "subject__key": fields.identifier("subject", limit=KEY_LIMIT),
            "predicate__key": fields.identifier("predicate", limit=PREDICATE_LIMIT),
            "object__key": fields.identifier("object", limit=KEY_LIMIT),
            "status": fields.choice("status", STATUSES),
            "source": fields.choice("source", SOURCES),
        }
        fields.check()
        facts = facts_visible().filter(**{name: value for name, value in sides.items() if value})
        pages = RowCursor()
        rows = pages.paginate_queryset(facts, request, view=self)
        return pages.get_paginated_response(FactSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="fact_state",
        tags=["graph"],
        summary="State a fact",
        request=FactWriteSerializer,
        responses={200: FactSerializer, 201: FactSerializer} | problems(400, 413, 415),
        examples=[
            OpenApiExample(
                "A material",
                value={
                    "subject": "product:1082185",
                    "predicate": "made_of",
                    "object": "material:oats",
                    "confidence": 0.9,
                    "evidence": "Ingredients: water, oats (11 %).",
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """State a fact that is new (201), or one that is known (200).

        It waits as a proposal unless its `status` says that it is accepted. What breaks the
        vocabulary or contradicts accepted facts is refused, with the reason.
        """
        fields = Fields(request.data)
        subject = fields.identifier("subject", limit=KEY_LIMIT, required=True)
        predicate = fields.identifier("predicate", limit=PREDICATE_LIMIT, required=True)
        object = fields.identifier("object", limit=KEY_LIMIT, required=True)
        names = {
            name: fields.text(name, limit=NAME_LIMIT) for name in ("subject_name", "object_name")
        }
        status = fields.choice("status", STATUSES, default=Fact.Status.PROPOSED)
        source = fields.choice("source", CLIENT_SOURCES, default=Fact.Source.IMPORT)
        evidence = fields.text("evidence", limit=EVIDENCE_LIMIT)
        replace = fields.flag("replace")
        fields.check()
        with refusals(), transaction.atomic():
            one = _entity(subject, names["subject_name"], "subject")
            two = _entity(object, names["object_name"], "object")
            known = fact_find(subject=one, predicate=predicate, object=two)
            fact = fact_state(
                subject=one,
                predicate=predicate,
                object=two,
                source=source,
                status=status,
                confidence=_number(fields, "confidence", 1.0),
                evidence=evidence,
                replace=replace,
                reason=_reason(self),
            )
        return Response(FactSerializer(fact).data, status=200 if known else 201)


class FactView(ApiView):
    """One fact."""

    required_scopes = {
        "GET": Scope.GRAPH_READ,
        "PATCH": Scope.GRAPH_WRITE,
        "DELETE": Scope.GRAPH_WRITE,
    }

    @extend_schema(
        operation_id="fact_read",
        tags=["graph"],
        summary="One fact",
        responses={200: FactSerializer} | problems(404),
    )
    def get(self, request: Request, id: int) -> Response:
        """A fact by its number."""
        return Response(FactSerializer(_fact(id)).data)

    @extend_schema(
        operation_id="fact_change",
        tags=["graph"],
        summary="Change a fact",
        request=FactChangeSerializer,
        responses={200: FactSerializer} | problems(400, 404, 413, 415),
        examples=[
            OpenApiExample("Accept", value={"status": "accepted"}, request_only=True),
            OpenApiExample(
                "Correct", value={"object": "material:spelt", "replace": True}, request_only=True
            ),
        ],
    )
    def patch(self, request: Request, id: int) -> Response:
        """Change what is given and keep the rest; what it would become is checked as if stated."""
        fields = Fields(request.data)
        changes: dict[str, Any] = {}
        for name, limit in (
            ("subject", KEY_LIMIT),
            ("predicate", PREDICATE_LIMIT),
            ("object", KEY_LIMIT),
        ):
            if fields.given(name):
                changes[name] = fields.identifier(name, limit=limit, required=True)
        if fields.given("status"):
            changes["status"] = fields.choice("status", STATUSES, required=True)
        if fields.given("evidence"):
            changes["evidence"] = fields.text("evidence", limit=EVIDENCE_LIMIT)
        if fields.given("confidence"):
            changes["confidence"] = _number(fields, "confidence", None)
            if changes["confidence"] is None:
                fields.wrong("confidence", _("A confidence is a number from 0 to 1."), 1)
        replace = fields.flag("replace")
        if not changes:
            fields.wrong("", _("There is nothing to change."))
        fields.check()
        with refusals(), transaction.atomic():
            fact = fact_change(fact=_fact(id), replace=replace, reason=_reason(self), **changes)
        return Response(FactSerializer(fact).data)

    @extend_schema(
        operation_id="fact_retract",
        tags=["graph"],
        summary="Retract a fact",
        request=None,
        responses={204: None} | problems(404),
    )
    def delete(self, request: Request, id: int) -> HttpResponse:
        """Take a fact out of the record; its history stays."""
        with transaction.atomic():
            fact_retract(fact=_fact(id), reason=_reason(self))
        return HttpResponse(status=204)


def _fact(id: int) -> Fact:
    fact = facts_visible().filter(pk=id).first()
    if fact is None:
        raise NotFound(_("There is no fact %d.") % id)
    return fact


def _entity(key: str, name: str, field: str) -> Entity:
    """The entity with a key; made where it is missing, unless it would be a product."""
    wanted = unsaved_entity(key, name, field=field)
    known = Entity.objects.filter(key=key).first()
    if known is not None:
        return known
    if wanted.kind == Kind.PRODUCT:
        raise FactRefusedError(field, _("There is no product “%s”.") % key.partition(":")[2])
    return entity_make(kind=wanted.kind, name=wanted.name, key=key)


def _reason(view: ApiView) -> str:
    return f"REST: {view.token.name}"
