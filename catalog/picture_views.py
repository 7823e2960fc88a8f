"""Search by picture on the site: a form that works without JavaScript, and what was found."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from catalog.search_picture import body_is_far_too_long, search_picture_read, too_large
from catalog.selectors import popular_products, products_by_external_id
from recommender.delivery.picture_search import Likeness, PictureAnswer, products_by_picture
from recommender.delivery.shelves import Card, plain_cards
from recommender.features.pictures import picture_packed

#: Names of the two inputs: a file, and on a phone the camera.
INPUTS = ("picture", "photo")
STAND_INS = 12
WORDS = {
    Likeness.SAME: _("Looks the same"),
    Likeness.VERY: _("Looks very similar"),
    Likeness.SIMILAR: _("Looks similar"),
    Likeness.SLIGHT: _("Looks a little similar"),
    Likeness.FAR: _("Little in common"),
}


# Checking the token means reading the whole body, which the second view does once this one has
# looked at its length.
@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def picture_search(request: HttpRequest) -> HttpResponse:
    """Products that look like an uploaded picture."""
    if request.method == "POST":
        if body_is_far_too_long(request.META.get("CONTENT_LENGTH")):
            return _page(request, error=too_large())
        return _found(request)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "catalog/picture_form.html", _form_context())
    return _page(request)


@csrf_protect
def _found(request: HttpRequest) -> HttpResponse:
    files = [request.FILES.get(name) for name in INPUTS]
    file = next((file for file in files if isinstance(file, File)), None)
    try:
        picture = search_picture_read(file)
    except ValidationError as error:
        return _page(request, error=error)
    answer = products_by_picture(picture)
    shown = base64.b64encode(picture_packed(picture)).decode()
    return _page(
        request,
        uploaded=f"data:image/jpeg;base64,{shown}",
        answer=answer,
        cards=_cards(answer),
        any_alike=any(match.likeness is not Likeness.FAR for match in answer.matches),
        is_search=True,
    )


def _cards(answer: PictureAnswer) -> Sequence[Card]:
    """The products found, each with how alike it is; popular ones where nobody answered."""
    if answer.degraded:
        return plain_cards(popular_products(STAND_INS))
    products = products_by_external_id(match.product for match in answer.matches)
    return [
        Card(products[match.product], reason=str(WORDS[match.likeness]))
        for match in answer.matches
        if match.product in products
    ]


def _form_context() -> dict[str, Any]:
    return {"max_bytes": settings.SEARCH_PICTURE_MAX_BYTES, "place": "dialog"}


def _page(
    request: HttpRequest, *, error: ValidationError | None = None, **context: Any
) -> HttpResponse:
    status = 200
    if error is not None:
        context["errors"] = error.messages
        status = 413 if error.code == "too_large" else 422
    context = _form_context() | {"is_page": True, "place": "page"} | context
    response = render(request, "catalog/picture_search.html", context, status=status)
    response["Vary"] = ", ".join(filter(None, [response.get("Vary", ""), "HX-Request"]))
    return response
