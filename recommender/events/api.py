"""Events from REST clients."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from recommender.contracts import EventType
from recommender.events.envelope import envelope_events, event_read
from recommender.events.record import BATCH_LIMIT, EventInput, Verdict, events_record
from recsite.api_view import ApiView, json_response
from recsite.schema import problems
from users.models import Scope


class EventSerializer(serializers.Serializer[Any]):
    """Something that a shopper did or was shown."""

    id = serializers.CharField(
        max_length=100, help_text="The client's own id; sending an event twice records it once."
    )
    shopper = serializers.CharField(max_length=100, help_text="External id.")
    type = serializers.ChoiceField(choices=[kind.value for kind in EventType])
    product = serializers.CharField(
        max_length=100, required=False, help_text="External id; needed for all but `search`."
    )
    value = serializers.FloatField(
        required=False,
        allow_null=True,
        help_text="Quantity of a purchase or cart, stars of a rating (1 to 5), seconds of a view.",
    )
    time = serializers.DateTimeField(
        required=False, allow_null=True, help_text="When it happened; now, where it is left out."
    )
    query = serializers.CharField(
        max_length=200, required=False, help_text="The words of a `search`."
    )
    trace = serializers.UUIDField(
        required=False, help_text="The slate in which the product was shown."
    )
    rank = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, help_text="At which place of the slate."
    )


class EventsSerializer(serializers.Serializer[Any]):
    """A batch of events."""

    events = serializers.ListField(child=EventSerializer(), max_length=BATCH_LIMIT)


class VerdictSerializer(serializers.Serializer[Any]):
    """What became of one event."""

    id = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=["accepted", "duplicate", "refused"])
    field = serializers.CharField(allow_blank=True, help_text="The field that was wrong.")
    detail = serializers.CharField(allow_blank=True)


class VerdictsSerializer(serializers.Serializer[Any]):
    """What became of a batch; the verdicts are in the order of the events."""

    accepted = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    refused = serializers.IntegerField()
    verdicts = VerdictSerializer(many=True)


class EventsView(ApiView):
    """The event log's door."""

    required_scopes = {"POST": Scope.EVENTS_WRITE}

    @extend_schema(
        operation_id="events_record",
        tags=["events"],
        summary="Record events",
        request=EventsSerializer,
        responses={200: VerdictsSerializer} | problems(400, 413, 415),
        examples=[
            OpenApiExample(
                "A batch",
                value={
                    "events": [
                        {
                            "id": "order-7-line-1",
                            "shopper": "2375",
                            "product": "1082185",
                            "type": "purchase",
                            "value": 2,
                            "time": "2026-01-31T12:00:00Z",
                        },
                        {
                            "id": "order-7-line-2",
                            "shopper": "2375",
                            "product": "nothing-of-ours",
                            "type": "purchase",
                        },
                    ]
                },
                request_only=True,
            ),
            OpenApiExample(
                "Verdicts",
                value={
                    "accepted": 1,
                    "duplicate": 0,
                    "refused": 1,
                    "verdicts": [
                        {"id": "order-7-line-1", "status": "accepted", "field": "", "detail": ""},
                        {
                            "id": "order-7-line-2",
                            "status": "refused",
                            "field": "product",
                            "detail": "This product is not in the catalogue.",
                        },
                    ],
                },
                response_only=True,
                status_codes=[200],
            ),
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        """Record up to 1,000 events and learn of each what became of it.

        An event that is refused harms no other. Nothing is recorded of a shopper who has not
        agreed to it; a client that asks its shoppers itself has a token that attests so.
        """
        read = [event_read(raw) for raw in envelope_events(request.data)]
        events = [event for event in read if isinstance(event, EventInput)]
        judged = iter(
            events_record(
                origin=self.token.name,
                events=events,
                attests_consent=self.token.attests_consent,
            )
        )
        verdicts = [next(judged) if isinstance(one, EventInput) else one for one in read]
        return json_response(_answer(verdicts))


def _answer(verdicts: list[Verdict]) -> dict[str, Any]:
    counts = Counter(verdict.status for verdict in verdicts)
    return {
        "accepted": counts["accepted"],
        "duplicate": counts["duplicate"],
        "refused": counts["refused"],
        "verdicts": [
            {"id": v.id, "status": v.status, "field": v.field, "detail": v.reason} for v in verdicts
        ],
    }
