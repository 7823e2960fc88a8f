"""What the OpenAPI document says beyond what the views say by themselves."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from recsite.problems import CONTENT_TYPE, TYPE_ROOT, TYPES
from users.tokens import scope_names


class FieldErrorSerializer(serializers.Serializer[Any]):
    """One field that was wrong."""

    field = serializers.CharField(help_text="Name of the field; empty where it is the whole.")
    detail = serializers.CharField(help_text="What is wrong, in the language that was asked for.")
    limit = serializers.FloatField(required=False, help_text="The limit that was broken.")


class ProblemSerializer(serializers.Serializer[Any]):
    """An error, as RFC 9457 has it."""

    type = serializers.CharField(help_text="Address that tells what this type of problem means.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField(help_text="The path that was asked for.")
    errors = FieldErrorSerializer(many=True)  # type: ignore[assignment]


#: What the examples of the document show for each status: detail, field, limit.
EXAMPLES: dict[int, tuple[str, str, int | None]] = {
    400: ("At most 100.", "count", 100),
    401: ("This token is unknown or has been switched off.", "", None),
    403: ("This token lacks the scope “slates:read”.", "", None),
    404: ("There is no product “nothing-of-ours”.", "product", None),
    405: ('Method "PUT" not allowed.', "", None),
    406: ("Could not satisfy the request Accept header.", "", None),
    413: ("At most 1000 events at once.", "events", 1000),
    415: ('Unsupported media type "text/plain" in request.', "", None),
    429: ("Request was throttled. Expected available in 12 seconds.", "", None),
    500: ("Try again later; what went wrong has been logged.", "", None),
}


def problems(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """The error responses of an operation: the given ones and those that any may have."""
    return {
        (status, CONTENT_TYPE): OpenApiResponse(
            ProblemSerializer,
            description=f"{TYPES[status][1]}. {TYPES[status][2]}",
            examples=[_example(status)],
        )
        for status in sorted({*statuses, 401, 403, 406, 429, 500})
    }


def _example(status: int) -> OpenApiExample:
    detail, field, limit = EXAMPLES[status]
    error: dict[str, Any] = {"field": field, "detail": detail}
    if limit is not None:
        error["limit"] = limit
    return OpenApiExample(
        TYPES[status][0],
        value={
            "type": f"{TYPE_ROOT}{TYPES[status][0]}/",
            "title": str(TYPES[status][1]),
            "status": status,
            "detail": f"{field}: {detail}" if field else detail,
            "instance": "/api/v1/",
            "errors": [error] if field else [],
        },
        response_only=True,
        status_codes=[str(status)],
        media_type=CONTENT_TYPE,
    )


class ApiSchema(AutoSchema):
    """Adds to every operation the scope that it needs and the language of its words."""

    LANGUAGE: ClassVar = OpenApiParameter(
        "Accept-Language",
        location=OpenApiParameter.HEADER,
        description="Language of words made by the shop: `en` or `zh-Hans`.",
        examples=[OpenApiExample("Chinese", value="zh-Hans")],
    )

    def get_override_parameters(self) -> list[Any]:
        return [*super().get_override_parameters(), self.LANGUAGE]

    def get_description(self) -> str:  # type: ignore[override]
        words = super().get_description() or ""
        scope = getattr(self.view, "required_scopes", {}).get(self.method)
        if not scope:
            return words
        needed = " and ".join(f"`{name}`" for name in scope_names(scope))
        return f"{words}\n\nNeeds the scope {needed}.".strip()


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How clients prove who they are."""

    target_class = "users.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "The key that `manage.py token_issue` printed.",
        }
