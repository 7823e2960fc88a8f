"""The addresses below /api/ that belong to no application: the document, its page, the errors."""

from __future__ import annotations

from typing import Any

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponsePermanentRedirect,
)
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.permissions import AllowAny

from recsite.api_view import json_response
from recsite.problems import TYPE_ROOT, TYPES, problem


@extend_schema(exclude=True)
class SchemaView(SpectacularAPIView):
    """The OpenAPI document; open, so that a client can be built before there is a token."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []


@extend_schema(exclude=True)
class DocsView(SpectacularSwaggerView):
    """The OpenAPI document as a page, with nothing fetched from elsewhere."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []
    url_name = "api-schema"


def problem_type(request: HttpRequest, name: str) -> HttpResponse:
    """What a problem's ``type`` means; its address is the type."""
    for status, (known, title, advice) in TYPES.items():
        if known == name:
            return json_response(
                {
                    "type": f"{TYPE_ROOT}{known}/",
                    "title": str(title),
                    "status": status,
                    "advice": str(advice),
                }
            )
    return problem(404, _("There is no such type of problem."), instance=request.path)


@csrf_exempt
def not_found(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    """Every other address below /api/.

    Where only the slash at the end is missing, 308 sends the client there with its method and
    its body; Django's own redirect would turn a POST into a GET.
    """
    if not request.path.endswith("/"):
        try:
            match = resolve(f"{request.path_info}/")
        except Resolver404:
            match = None
        if match is not None and match.func is not not_found:
            path = request.get_full_path(force_append_slash=True)
            return HttpResponsePermanentRedirect(path, preserve_request=True)
    return problem(404, _("There is no such address."), instance=request.path)
