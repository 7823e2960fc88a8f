"""What all REST views share: JSON in and out, one order of checks, nothing cached on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any, ClassVar

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.exceptions import MethodNotAllowed, ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from recsite.problems import LengthRequired
from recsite.schema import ApiSchema
from users.models import ApiToken

#: Python refuses to read longer whole numbers, as reading them takes quadratic time.
DIGITS_LIMIT = 400


def _whole_number(digits: str) -> int | float:
    """A whole number, or infinity where it is absurdly long, so that only its field is wrong."""
    return int(digits) if len(digits) <= DIGITS_LIMIT else float("inf")


class JsonBody(JSONParser):
    """JSON as it comes. NaN and infinity pass, since who reads a field refuses them there.

    One bad number must not cost the other events of a batch. The REST framework reads the body
    for this parser through ``HttpRequest.body``, which holds the limit on its size.
    """

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return json.loads(stream.read(), parse_int=_whole_number)
        except RecursionError:
            raise ParseError(_("The JSON is nested too deeply.")) from None
        except ValueError as error:
            raise ParseError(
                _("The body is not valid JSON: %(reason)s") % {"reason": error}
            ) from None


class JsonOnly(DefaultContentNegotiation):
    """Goes by the Accept header alone: ``format`` in a query is no special word."""

    def filter_renderers(self, renderers: Any, format: str) -> list[BaseRenderer]:
        return list(renderers)


class ApiView(APIView):
    """A view of the REST API. ``required_scopes`` names the scope, or scopes, of each method."""

    required_scopes: ClassVar[Mapping[str, str | tuple[str, ...]]] = {}
    parser_classes = [JsonBody]
    content_negotiation_class = JsonOnly
    schema = ApiSchema()

    @property
    def token(self) -> ApiToken:
        """The token that the request came with; there is one, or nobody would have got here."""
        token = self.request.auth
        assert isinstance(token, ApiToken)
        return token

    def check_permissions(self, request: Request) -> None:
        """Say that a method does not exist before saying that it is forbidden."""
        method = str(request.method).lower()
        if method not in self.http_method_names or not hasattr(self, method):
            # Strangers learn nothing of an address but that they need a token.
            if request.auth is None:
                self.permission_denied(request)
            raise MethodNotAllowed(str(request.method))
        super().check_permissions(request)
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower() and not (
            request.META.get("CONTENT_LENGTH")
        ):
            raise LengthRequired

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Answers depend on the token and are often about a person: nobody may keep them."""
        return super().default_response_headers | {"Cache-Control": "no-store"}


def json_response(body: Any, status: int = 200) -> HttpResponse:
    """JSON at once, for answers that need none of the serializers' work."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(
        text.encode("utf-8", "backslashreplace"), status=status, content_type="application/json"
    )
