"""``/metrics`` for Prometheus: open to this machine, or to whoever knows the token."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from recsite import metrics

LOOPBACK = frozenset({"127.0.0.1", "::1"})


@never_cache
@require_safe
def metrics_page(request: HttpRequest) -> HttpResponse:
    """What was counted. 403 for strangers: figures tell of a business."""
    if not _may_look(request):
        raise PermissionDenied
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)


def _may_look(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        told = request.headers.get("Authorization", "").encode("utf-8", "replace")
        return secrets.compare_digest(told, f"Bearer {settings.METRICS_TOKEN}".encode())
    # What a proxy passes on comes from its address, not from the visitor's.
    passed_on = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not passed_on
