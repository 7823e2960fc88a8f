"""The receipt of an erasure, for whoever has its number."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from users.erasure_receipts import receipt_get, receipt_rows, receipt_state, receipt_told
from users.models import ErasureReceipt


def _found(number: str) -> ErasureReceipt:
    receipt = receipt_get(number)
    if receipt is None:
        raise Http404(_("There is no receipt of this number."))
    return receipt


@never_cache
@require_safe
def erasure_receipt(request: HttpRequest, number: str) -> HttpResponse:
    """What was deleted, and whether the models have forgotten it."""
    receipt = _found(number)
    context = {
        "receipt": receipt,
        "rows": receipt_rows(receipt),
        "is_complete": receipt_state(receipt) == "complete",
    }
    response = render(request, "users/erasure_receipt.html", context)
    # The number is all that protects it; it belongs into no index and no other site's log.
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response


@never_cache
@require_safe
def erasure_receipt_file(request: HttpRequest, number: str) -> HttpResponse:
    """The same as a file."""
    receipt = _found(number)
    response = JsonResponse(receipt_told(receipt), json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="erasure-{receipt.number}.json"'
    response["X-Robots-Tag"] = "noindex"
    return response
