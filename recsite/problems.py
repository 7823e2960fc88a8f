"""One error format for everything below /api/: RFC 9457, ``application/problem+json``.

``errors`` names each field that was wrong, what is wrong with it, and the limit where there is
one. Views raise; the REST framework's exception handler and Django's error handlers translate.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    NON_FIELD_ERRORS,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import defaults
from rest_framework import exceptions
from rest_framework.views import set_rollback

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
#: Where the meaning of a problem's type is told; ``type`` is this address and the type's name.
TYPE_ROOT = "/api/problems/"

#: Name of each type by status, with its title and what a client can do about it.
TYPES: Mapping[int, tuple[str, Any, Any]] = {
    400: (
        "invalid",
        gettext_lazy("The request is not valid"),
        gettext_lazy("Correct the fields that “errors” names."),
    ),
    401: (
        "unauthenticated",
        gettext_lazy("A token is needed"),
        gettext_lazy("Send “Authorization: Bearer KEY” with the key of an active token."),
    ),
    403: (
        "forbidden",
        gettext_lazy("The token may not do this"),
        gettext_lazy("Ask for a token with the scope that “detail” names."),
    ),
    404: (
        "not-found",
        gettext_lazy("There is nothing here"),
        gettext_lazy("Check the address; odd characters in an id are percent-encoded."),
    ),
    405: (
        "method-not-allowed",
        gettext_lazy("This method is not offered here"),
        gettext_lazy("The header Allow names the methods that are."),
    ),
    406: (
        "not-acceptable",
        gettext_lazy("No such format is offered"),
        gettext_lazy("Accept application/json."),
    ),
    411: (
        "length-required",
        gettext_lazy("The length of the body is needed"),
        gettext_lazy("Send the body with Content-Length instead of in chunks."),
    ),
    413: (
        "too-large",
        gettext_lazy("The request is too large"),
        gettext_lazy("Send less at once; “errors” names the limit."),
    ),
    415: (
        "unsupported-media-type",
        gettext_lazy("The body has an unknown format"),
        gettext_lazy("Send what the operation asks for, most often application/json."),
    ),
    429: (
        "too-many-requests",
        gettext_lazy("Too many requests"),
        gettext_lazy("Wait for as many seconds as the header Retry-After says."),
    ),
    500: (
        "internal",
        gettext_lazy("The server made a mistake"),
        gettext_lazy("Try again later; what went wrong has been logged."),
    ),
    503: (
        "unavailable",
        gettext_lazy("Not available now"),
        gettext_lazy("Try again later."),
    ),
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field, and the limit that it breaks."""

    field: str
    detail: str
    limit: float | int | None = None

    def __str__(self) -> str:
        return f"{self.field}: {self.detail}" if self.field else self.detail

    def as_json(self) -> dict[str, Any]:
        """The error as one member of ``errors``."""
        body: dict[str, Any] = {"field": self.field, "detail": self.detail}
        if self.limit is not None:
            body["limit"] = self.limit
        return body


class Invalid(exceptions.APIException):
    """400: one or more fields are wrong."""

    status_code = 400

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(" ".join(map(str, errors)))
        self.errors = errors


class TooLarge(exceptions.APIException):
    """413: the field holds more than the limit allows."""

    status_code = 413

    def __init__(self, error: FieldError) -> None:
        super().__init__(str(error))
        self.errors = (error,)


class LengthRequired(exceptions.APIException):
    """411: the body came in chunks, of unknown length."""

    status_code = 411
    default_detail = gettext_lazy("The body needs the header Content-Length.")


def problem(
    status: int,
    detail: str,
    *,
    instance: str,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """A problem document. ``instance`` is the path that was asked for."""
    known = TYPES.get(status) or TYPES[500 if status >= 500 else 400]
    body = {
        "type": f"{TYPE_ROOT}{known[0]}/",
        "title": str(known[1]),
        "status": status,
        "detail": detail,
        "instance": instance,
        "errors": [error.as_json() for error in errors],
    }
    return HttpResponse(
        json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace"),
        status=status,
        content_type=CONTENT_TYPE,
        headers=dict(headers or {}),
    )


def problem_response(exc: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """The REST framework's exception handler: every exception becomes a problem document."""
    request = context.get("request")
    instance = str(getattr(request, "path", ""))
    set_rollback()
    if isinstance(exc, Http404):
        exc = exceptions.NotFound(str(exc) or None)
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied(str(exc) or None)
    elif isinstance(exc, RequestDataTooBig):
        exc = TooLarge(body_too_large())
    elif isinstance(exc, ValidationError):
        exc = Invalid(*_service_errors(exc))
    elif isinstance(exc, UnreadablePostError):
        exc = exceptions.ParseError(_("The body broke off."))
    elif isinstance(exc, SuspiciousOperation):
        exc = exceptions.ParseError(_("The request is malformed."))
    if isinstance(exc, exceptions.APIException):
        errors = getattr(exc, "errors", None)
        if errors is None:
            errors = tuple(field_errors(exc.detail)) if _has_fields(exc) else ()
        return problem(
            exc.status_code,
            _words(exc, errors),
            instance=instance,
            errors=errors,
            headers=_headers(exc),
        )
    logger.error("%s failed", instance, exc_info=exc)
    # Error trackers and Django's test client listen to this, as for any other view.
    http_request = getattr(request, "_request", None)
    got_request_exception.send(sender=type(context.get("view")), request=http_request)
    return problem(500, str(TYPES[500][2]), instance=instance)


def body_too_large() -> FieldError:
    """The limit on the whole body, in bytes."""
    limit = int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)
    return FieldError("", _("The body may have at most %(limit)d bytes.") % {"limit": limit}, limit)


def field_errors(detail: Any, prefix: str = "") -> Iterator[FieldError]:
    """Flatten the nested lists and dictionaries of a ``ValidationError``."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else str(name)
            yield from field_errors(inner, ".".join(filter(None, (prefix, own))))
    elif isinstance(detail, list | tuple):
        for place, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from field_errors(inner, f"{prefix}[{place}]" if nested else prefix)
    else:
        yield FieldError(prefix, str(detail))


def _service_errors(error: ValidationError) -> Iterator[FieldError]:
    """What a service found wrong, with the limit where Django's validators know it."""
    by_field = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
    for field, errors in by_field.items():
        for one in errors:
            limit = (one.params or {}).get("limit_value")
            name = "" if field == NON_FIELD_ERRORS else field
            yield FieldError(
                name, " ".join(one.messages), limit if isinstance(limit, int | float) else None
            )


def _has_fields(exc: exceptions.APIException) -> bool:
    return isinstance(exc.detail, Mapping | list)


def _words(exc: exceptions.APIException, errors: Iterable[FieldError]) -> str:
    if _has_fields(exc):
        return " ".join(map(str, errors))
    return str(exc.detail)


def _headers(exc: exceptions.APIException) -> dict[str, str]:
    headers: dict[str, str] = {}
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
    return headers


# --- outside of the REST framework's views --------------------------------------------------------


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's ``handler400``: a problem document below /api/, the page elsewhere."""
    if not _is_api(request):
        return defaults.bad_request(request, exception)
    if isinstance(exception, RequestDataTooBig):
        error = body_too_large()
        return problem(413, error.detail, instance=request.path, errors=[error])
    return problem(400, _("The request is malformed."), instance=request.path)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's ``handler404``: a problem document below /api/, the page elsewhere."""
    if not _is_api(request):
        return defaults.page_not_found(request, exception)
    return problem(404, _("There is no such address."), instance=request.path)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's ``handler403``: a problem document below /api/, the page elsewhere."""
    if not _is_api(request):
        return defaults.permission_denied(request, exception)
    return problem(403, _("You may not do this."), instance=request.path)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Django's ``handler500``: a problem document below /api/, the page elsewhere."""
    if not _is_api(request):
        return defaults.server_error(request)
    return problem(500, str(TYPES[500][2]), instance=request.path)
