"""What lies around an entity, as the picture and the list beside it are drawn from."""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from catalog.text_limits import text_problem
from kg.admin.pictures import pictures
from kg.admin.words import entity_address, kinds_words, percent, predicate_words
from kg.backends import graph
from kg.models import Entity, Predicate

#: More nodes than these cannot be told apart in a picture.
NODE_LIMITS = {1: 60, 2: 60}


def neighbourhood_view(request: HttpRequest) -> JsonResponse:
    """Answer ``?key=&hops=1|2&predicate=…`` (repeatable); wrong values get 400 and a reason."""
    key = request.GET.get("key", "")
    hops = request.GET.get("hops", "1")
    wanted = request.GET.getlist("predicate")
    if hops not in {"1", "2"}:
        return JsonResponse({"error": _("One hop or two can be shown.")}, status=400)
    predicates = {predicate.key: predicate for predicate in Predicate.objects.all()}
    strange = [name for name in wanted if name not in predicates]
    if strange:
        reason = _("There is no predicate “%s”.") % strange[0][:60]
        return JsonResponse({"error": reason}, status=400)
    entity = None if text_problem(key, limit=255) else Entity.objects.filter(key=key).first()
    if entity is None:
        return JsonResponse({"error": _("There is no such entity.")}, status=404)
    return JsonResponse(_neighbourhood(entity, int(hops), wanted, predicates))


def _neighbourhood(
    centre: Entity, hops: int, wanted: list[str], predicates: dict[str, Predicate]
) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        found = graph().neighbours(
            centre.key, hops=hops, predicates=wanted, limit=NODE_LIMITS[hops]
        )
        edges, nodes, truncated = found.edges, found.nodes, found.truncated
    except KeyError:
        # The record knows the entity; a graph database may not have heard of it yet.
        edges, nodes, truncated = (), (), False
    took_ms = 1000 * (time.perf_counter() - began)
    keys = [centre.key, *(node.key for node in nodes if node.key != centre.key)]
    known = {entity.key: entity for entity in Entity.objects.filter(key__in=keys)}
    images = pictures(known.values())
    shown = [known[key] for key in keys if key in known]
    return {
        "centre": centre.key,
        "nodes": [
            {
                "key": entity.key,
                "kind": entity.kind,
                "kind_label": kinds_words([entity.kind]),
                "name": entity.name,
                "picture": images.get(entity.product_id or 0, ""),
                "page": entity_address(entity),
            }
            for entity in shown
        ],
        "edges": [
            {
                "subject": edge.subject,
                "predicate": edge.predicate,
                "object": edge.object,
                "label": _label(predicates.get(edge.predicate), edge.predicate),
                "back": _label(predicates.get(edge.predicate), edge.predicate, backwards=True),
                "confidence": edge.confidence,
                "certainty": percent(edge.confidence),
            }
            for edge in edges
            if edge.subject in known and edge.object in known
        ],
        "truncated": truncated,
        "limit": NODE_LIMITS[hops],
        "took_ms": round(took_ms, 1),
    }


def _label(predicate: Predicate | None, key: str, *, backwards: bool = False) -> str:
    return key if predicate is None else predicate_words(predicate, backwards=backwards)
