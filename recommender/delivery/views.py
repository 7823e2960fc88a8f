"""Why something is shown, what the shopper thinks of it, and what they saw of a shelf."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.selectors import product_get
from recommender.contracts import EventType
from recommender.delivery.explaining import PLACES, is_untold
from recommender.delivery.opinions import opinion_withdraw
from recommender.delivery.told import Told, told_now, trace_of, without_fallen_facts
from recommender.delivery.why import Why, why_read
from recommender.events.record import (
    WEB,
    EventInput,
    events_record,
    view_seconds_tell,
    visitor_event,
)
from recommender.features.wishes import WishRefusedError, wish_make, wish_withdraw, wishes_of
from recsite.notices import answer

#: Cards that one page can report at once.
IMPRESSIONS_LIMIT = 200
#: The longest body of such a report.
IMPRESSIONS_BYTES = 64 * 1024
VIEW_ID = re.compile(r"[0-9a-f]{32}")
#: How long after the page, and after each look, the written sentences are looked for.
TOLD_AFTER_SECONDS = (2, 4, 8, 16)
OPINION_KINDS = {"like": EventType.LIKE, "dislike": EventType.DISLIKE, "hide": EventType.HIDE}


def place_of(text: str) -> int | None:
    """A place in a slate from an address, where it is one."""
    if text.isascii() and text.isdigit() and len(text) <= 4 and int(text) >= 1:
        return int(text)
    return None


@require_GET
def why(request: HttpRequest) -> HttpResponse:
    """Why a product stands on a shelf, in words and figures; a dialog, or a page of its own."""
    product = product_get(request.GET.get("product", "").replace("\x00", ""))
    if product is None:
        raise Http404(_("This product is not in the shop."))
    trace = request.GET.get("trace", "")
    found = why_read(
        trace=trace,
        product=product.external_id,
        visitor=request.visitor,  # type: ignore[attr-defined]
    )
    context = {
        "product": product,
        "why": found or Why(_("Popular in the shop right now")),
        "cause": product_get(found.cause) if found and found.cause else None,
        "trace": trace,
        "place": place_of(request.GET.get("place", "")),
    }
    name = "why" if getattr(request, "htmx", False) else "why_page"
    return render(request, f"recommender/{name}.html", context)


@require_GET
def told(request: HttpRequest) -> HttpResponse:
    """Sentences that have been written since a shelf was shown, to be swapped in.

    What is not written yet is asked for a few times more, after longer and longer.
    """
    visitor = request.visitor  # type: ignore[attr-defined]
    trace, attempt = request.GET.get("trace", ""), place_of(request.GET.get("attempt", "")) or 1
    stored = trace_of(trace, visitor)
    if stored is None:
        return HttpResponse()
    items = without_fallen_facts(stored.items[:PLACES])
    sentences = told_now(items)
    waits = attempt < len(TOLD_AFTER_SECONDS) and any(is_untold(i["explanation"]) for i in items)
    context = {
        "cards": [Told(str(stored.pk), *pair) for pair in sentences.items()],
        "again": attempt + 1 if waits and not sentences else 0,
        "seconds": TOLD_AFTER_SECONDS[min(attempt, len(TOLD_AFTER_SECONDS) - 1)],
        "trace": str(stored.pk),
    }
    return render(request, "recommender/told.html", context)


@require_POST
def opinion(request: HttpRequest) -> HttpResponse:
    """Like, not for me, or taking either back."""
    product = product_get(request.POST.get("product", "").replace("\x00", ""))
    if product is None:
        raise Http404(_("This product is not in the shop."))
    kind = request.POST.get("kind", "")
    if kind not in OPINION_KINDS and kind != "undo":
        return answer(request, text=_("This action does not exist."), error=True)
    visitor = request.visitor  # type: ignore[attr-defined]
    said: EventType | None = None
    if not visitor.may_be_recorded:
        text = _("To remember this we need your agreement to personal recommendations.")
        response = answer(
            request, text=text, error=True, context={"toast_privacy": True}, default="privacy"
        )
    elif kind == "undo":
        opinion_withdraw(shopper=visitor.shopper, product=product)
        response = _opinion_answer(request, product, None, _("Taken back."))
    else:
        said = OPINION_KINDS[kind]
        visitor_event(
            request,
            said,
            product=product,
            trace=request.POST.get("trace", ""),
            rank=place_of(request.POST.get("place", "")),
        )
        liked = said is EventType.LIKE
        text = _("Noted: you like it.") if liked else _("You will not see this again.")
        response = _opinion_answer(request, product, said, text)
    rejected = kind in {"dislike", "hide"}
    if getattr(request, "htmx", False) and (rejected or said is not None):
        happened = "shop:rejected" if rejected else "shop:liked"
        # Header values are ASCII; json.dumps escapes everything else.
        response["HX-Trigger"] = json.dumps({happened: {"product": product.external_id}})
    return response


def _opinion_answer(request: HttpRequest, product: Any, said: Any, text: str) -> HttpResponse:
    """The buttons in their new state where the page shows them, and a few words."""
    shows_buttons = request.POST.get("buttons") == "1"
    return answer(
        request,
        text=text,
        fragments=["parts/opinion.html"] if shows_buttons else [],
        context={
            "product": product,
            "opinion": said.value if said else "",
            "trace": request.POST.get("trace", ""),
            "place": request.POST.get("place", ""),
        },
    )


@require_POST
def wish(request: HttpRequest) -> HttpResponse:
    """Forget what was done with a product, show fewer of its kind, or take such a wish back."""
    visitor = request.visitor  # type: ignore[attr-defined]
    if not visitor.may_be_recorded:
        text = _("To remember this we need your agreement to personal recommendations.")
        return answer(
            request, text=text, error=True, context={"toast_privacy": True}, default="privacy"
        )
    if (number := request.POST.get("undo", "")) != "":
        known = wishes_of(visitor.shopper).filter(pk=int(number)) if number.isdecimal() else []
        for one in known:
            wish_withdraw(wish=one)
        return answer(request, text=_("Taken back."), default="account")
    product = product_get(request.POST.get("product", "").replace("\x00", ""))
    if product is None:
        raise Http404(_("This product is not in the shop."))
    try:
        made = wish_make(
            shopper=visitor.shopper, kind=request.POST.get("kind", ""), product=product
        )
    except WishRefusedError as error:
        return answer(request, text=str(error), error=True)
    if made.category is not None:
        text = _("You will see fewer of “%(category)s”.") % {"category": made.category.name}
    else:
        text = _("Forgotten: “%(product)s” counts for nothing any more.") % {
            "product": product.title
        }
    return answer(request, text=text)


@require_POST
def impressions(request: HttpRequest) -> HttpResponse:
    """Which cards came into view, reported once by the page that showed them.

    Bad reports are dropped: the page that sent them has nobody to show an error to.
    """
    visitor = request.visitor  # type: ignore[attr-defined]
    if not visitor.may_be_recorded:
        return HttpResponse(status=204)
    try:
        if len(request.body) > IMPRESSIONS_BYTES:
            return HttpResponse(status=413)
        shown = json.loads(request.body)["shown"]
        rows = [(str(r["trace"]), str(r["product"]), int(r["place"])) for r in shown]
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return HttpResponse(status=400)
    events_record(
        origin=WEB,
        events=[
            EventInput(
                id=uuid.uuid4().hex,
                type=EventType.IMPRESSION,
                shopper=visitor.shopper_id,
                product=product,
                trace=trace,
                rank=place,
            )
            for trace, product, place in rows[:IMPRESSIONS_LIMIT]
        ],
    )
    return HttpResponse(status=204)


@require_POST
def dwell(request: HttpRequest) -> HttpResponse:
    """How long a product's page was looked at, told by the page when it is hidden or left."""
    visitor = request.visitor  # type: ignore[attr-defined]
    if not visitor.may_be_recorded:
        return HttpResponse(status=204)
    view = request.POST.get("view", "")
    try:
        seconds = float(request.POST.get("seconds", ""))
        if not VIEW_ID.fullmatch(view):
            raise ValueError("no id of a view")
        is_known = view_seconds_tell(shopper=visitor.shopper, view=view, seconds=seconds)
    except ValueError:
        return HttpResponse(status=400)
    return HttpResponse(status=204 if is_known else 404)
