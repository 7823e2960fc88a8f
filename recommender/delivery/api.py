"""Slates for REST clients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from catalog.text_limits import text_problem
from recommender.contracts import Scenario, SlateRequest
from recommender.delivery.serializers import SlateSerializer, TraceSerializer
from recommender.delivery.slates import slate_trace_get, slates_get
from recommender.delivery.titles import title_book
from recommender.delivery.words import explanation_products, explanation_words
from recsite.api_view import ApiView, json_response
from recsite.fields import Fields
from recsite.schema import problems
from users.models import Scope

COUNT_DEFAULT, COUNT_LIMIT = 12, 100
EXCLUDE_LIMIT = 200
CONTEXT_LIMIT, CONTEXT_TEXT_LIMIT = 10, 100
SCENARIOS: Mapping[str, Scenario] = {scenario.value: scenario for scenario in Scenario}

EXAMPLE = {
    "trace": "3f1c2f0e-7c53-4f0b-9a0e-0a9b8f6f2c11",
    "model_version": "20260131-120000",
    "age_ms": 840,
    "degraded": False,
    "items": [
        {
            "product": "1082185",
            "rank": 1,
            "score": 0.81,
            "sources": {"collaborative": 0.52, "transitions": 0.29},
            "explanation": "Because you bought Bananas",
        }
    ],
}
PARAMETERS = [
    OpenApiParameter(
        "scenario", location="path", enum=list(SCENARIOS), description="Where the slate is shown."
    ),
    OpenApiParameter(
        "shopper", description="External id. Somebody unknown gets what is popular, not an error."
    ),
    OpenApiParameter(
        "product", description="External id; needed for `similar` and `complementary`."
    ),
    OpenApiParameter(
        "count",
        {"type": "integer", "minimum": 1, "maximum": COUNT_LIMIT, "default": COUNT_DEFAULT},
        description="Items wanted.",
    ),
    OpenApiParameter(
        "exclude",
        many=True,
        description=f"External ids not to show, repeated or with commas; at most {EXCLUDE_LIMIT}.",
    ),
    OpenApiParameter(
        "context",
        description=(
            "A free word about the moment, kept in the trace of a slate that is scored for this "
            "request; `context.NAME=WORD` names what the word is about (`context.device=phone`). "
            f"At most {CONTEXT_LIMIT}."
        ),
    ),
]


class SlateView(ApiView):
    """An ordered list of products for one shopper and one place."""

    required_scopes = {"GET": Scope.SLATES_READ}

    @extend_schema(
        operation_id="slate_read",
        tags=["slates"],
        summary="Recommendations",
        parameters=PARAMETERS,
        responses={200: SlateSerializer} | problems(400, 404),
        examples=[OpenApiExample("A slate", value=EXAMPLE, response_only=True, status_codes=[200])],
    )
    def get(self, request: Request, scenario: str) -> HttpResponse:
        """Products for a shopper, in order, each with why it stands there.

        A slate is served from the cache with its age. One that the shopper's own events have
        outdated is scored anew within a deadline; past it, an older or simpler one is served and
        marked `degraded`.
        """
        asked = slate_request(request, scenario)
        served = slates_get([asked])[0]
        slate = served.slate
        titles = title_book.titles(
            product for item in slate.items for product in explanation_products(item.explanation)
        )
        return json_response(
            {
                "trace": slate.trace,
                "model_version": slate.model_version,
                "age_ms": served.age_ms,
                "degraded": slate.degraded,
                "items": [
                    {
                        "product": item.product,
                        "rank": item.rank,
                        "score": item.score,
                        "sources": dict(item.sources),
                        "explanation": explanation_words(item.explanation, titles),
                    }
                    for item in slate.items
                ],
            }
        )


class TraceView(ApiView):
    """A slate that was scored earlier."""

    required_scopes = {"GET": Scope.SLATES_READ}

    @extend_schema(
        operation_id="slate_trace_read",
        tags=["slates"],
        summary="A slate of the past",
        responses={200: TraceSerializer} | problems(404),
    )
    def get(self, request: Request, trace: str) -> HttpResponse:
        """The stored slate: what was shown, in which order, and why. Nothing is recomputed."""
        stored = slate_trace_get(trace)
        if stored is None:
            raise NotFound(_("There is no slate with the trace “%(trace)s”.") % {"trace": trace})
        items: list[dict[str, Any]] = stored.items
        titles = title_book.titles(_explained(item["explanation"] for item in items))
        return json_response(
            {
                "trace": str(stored.trace),
                "scenario": stored.scenario,
                "shopper": stored.shopper.external_id if stored.shopper else None,
                "product": stored.product.external_id if stored.product else None,
                "model_version": stored.model_version,
                "scored_at": stored.scored_at.isoformat(),
                "took_ms": stored.took_ms,
                "context": stored.context,
                "items": [
                    {
                        "product": item["product"],
                        "rank": item["rank"],
                        "score": item["score"],
                        "sources": item["sources"],
                        "explanation": explanation_words(item["explanation"], titles),
                        "rules": item["rules"],
                        "ranker": item.get("ranker", ""),
                        "probability": item.get("probability"),
                    }
                    for item in items
                ],
            }
        )


def _explained(explanations: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for explanation in explanations:
        yield from explanation_products(explanation)


def slate_request(request: Request, scenario: str) -> SlateRequest:
    """The slate that a request asks for.

    Raises:
        NotFound: no such scenario or product.
        Invalid: a parameter is wrong.
    """
    place = SCENARIOS.get(scenario)
    if place is None:
        raise NotFound(
            _("There is no scenario “%(name)s”; there are: %(known)s.")
            % {"name": scenario, "known": ", ".join(SCENARIOS)}
        )
    fields = Fields(request.query_params)
    product = fields.identifier("product", required=place.needs_product)
    shopper = fields.identifier("shopper")
    count = fields.integer("count", low=1, high=COUNT_LIMIT, default=COUNT_DEFAULT)
    exclude = _exclusions(fields, request.query_params.getlist("exclude"))
    context = _context(fields)
    fields.check()
    if product and product not in title_book.titles([product]):
        raise NotFound(_("There is no product “%(id)s”.") % {"id": product})
    if product and not place.needs_product:
        # The slate does not depend on it, but the trace may tell where it was shown.
        context.setdefault("product", product)
        product = ""
    return SlateRequest(place, shopper, product, count, exclude, context)


def _exclusions(fields: Fields, values: list[str]) -> tuple[str, ...]:
    """Excluded ids. One with a comma may be one id or several: whichever exists is left out."""
    ids: dict[str, None] = {}
    for value in values:
        if reason := text_problem(value):
            fields.wrong("exclude", reason)
        ids.update(dict.fromkeys(filter(None, (value, *value.split(",")))))
    if len(ids) > EXCLUDE_LIMIT:
        fields.wrong(
            "exclude", _("At most %(limit)d products.") % {"limit": EXCLUDE_LIMIT}, EXCLUDE_LIMIT
        )
    return tuple(ids)


def _context(fields: Fields) -> dict[str, str]:
    """Words about the moment, by name."""
    names = [n for n in fields.source if n == "context" or n.startswith("context.")]
    if len(names) > CONTEXT_LIMIT:
        fields.wrong(
            "context", _("At most %(limit)d words.") % {"limit": CONTEXT_LIMIT}, CONTEXT_LIMIT
        )
        return {}
    words: dict[str, str] = {}
    for name in names:
        key = name.removeprefix("context.")
        if not key or len(key) > CONTEXT_TEXT_LIMIT or text_problem(key):
            fields.wrong(
                "context",
                _("A name has 1 to %(limit)d characters.") % {"limit": CONTEXT_TEXT_LIMIT},
                CONTEXT_TEXT_LIMIT,
            )
            continue
        words[key] = fields.text(name, limit=CONTEXT_TEXT_LIMIT)
    return words
