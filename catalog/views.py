"""Pages of the shop window; what they show is read elsewhere."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from catalog import pictures
from catalog.forms import ReviewForm
from catalog.listing import SORTS, ListingQuery, listing_query
from catalog.models import Category, Product
from catalog.navigation import navigation
from catalog.picture_urls import BRAND_LIMIT, SEED_LIMIT, SIZE_LIMIT
from catalog.product_page import product_for_page, product_page
from catalog.search import products_search
from catalog.selectors import category_breadcrumbs, category_children, category_get
from catalog.services import review_write
from recommender.contracts import EventType
from recommender.delivery.meaning import products_by_meaning
from recommender.delivery.shelves import home_shelves, plain_cards
from recommender.delivery.views import place_of
from recommender.events.record import visitor_event
from users.shoppers import shopper_for_user

PAGE_LENGTH = 24
SUGGESTIONS = 8
DRAFT_KEY = "review_draft"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Shelves for whoever is known, a welcome for whoever is not."""
    visitor = request.visitor  # type: ignore[attr-defined]
    shelves = home_shelves(visitor)
    context: dict[str, Any] = {"shelves": shelves, "categories": navigation()}
    if not visitor.may_be_recorded:
        context["hero_cards"] = shelves[0].cards[:6] if shelves else []
    return render(request, "catalog/home.html", context)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Products by words and filters."""
    asked = listing_query(request.GET)
    if asked.query and asked.page == 1 and not request.htmx:  # type: ignore[attr-defined]
        visitor_event(request, EventType.SEARCH, query=asked.query)
    within = category_get(asked.category) if asked.category else None
    context = {"heading": asked.query, "action": reverse("search"), "within": within}
    return _listing(request, asked, "catalog/search.html", context, within)


@require_safe
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """Products of a branch of the tree."""
    found = category_get(slug)
    if found is None:
        raise Http404(_("This category is not in the shop."))
    context = {
        "category": found,
        "breadcrumbs": category_breadcrumbs(found),
        "children": category_children(found),
        "action": found.get_absolute_url(),
    }
    return _listing(request, listing_query(request.GET), "catalog/category.html", context, found)


def _listing(
    request: HttpRequest,
    asked: ListingQuery,
    template: str,
    context: dict[str, Any],
    within: Category | None = None,
) -> HttpResponse:
    """A page of products with filters; to htmx only the part that changes."""
    meaning = products_by_meaning(asked.query) if asked.query else []
    result = products_search(
        query=asked.query,
        category=within,
        brands=asked.brands,
        price_min=asked.price_min,
        price_max=asked.price_max,
        in_stock=asked.in_stock,
        attributes=asked.attributes,
        sort=asked.sort,
        meaning=meaning,
    )
    paginator: Paginator[Product] = Paginator(result.products, PAGE_LENGTH)
    # The search has counted already.
    paginator.__dict__["count"] = result.total
    page = paginator.get_page(asked.page)
    context |= {
        "asked": asked,
        "sorts": sorts_for(asked),
        "facets": result.facets,
        "any_word": result.any_word,
        "total": result.total,
        "page": page,
        "page_numbers": paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "cards": plain_cards(page.object_list),
    }
    if request.htmx and not request.htmx.history_restore_request:  # type: ignore[attr-defined]
        template = "catalog/listing.html"
    response = render(request, template, context)
    # The same address answers with a page or with a part of it.
    response["Vary"] = ", ".join(filter(None, [response.get("Vary", ""), "HX-Request"]))
    return response


def sorts_for(asked: ListingQuery) -> list[tuple[str, Any]]:
    """Orders to choose from; without words nothing matches best."""
    return [(key, words) for key, words in SORTS.items() if asked.query or key != "relevance"]


@require_GET
def suggestions(request: HttpRequest) -> HttpResponse:
    """Titles that fit what is being typed."""
    asked = listing_query(request.GET)
    titles: list[str] = []
    if len(asked.query) >= 2:
        found = products_search(query=asked.query).products[:SUGGESTIONS]
        titles = list(dict.fromkeys(product.title for product in found))
    return render(request, "parts/suggestions.html", {"titles": titles})


@require_safe
def product(request: HttpRequest, external_id: str) -> HttpResponse:
    """Everything about one product."""
    found = product_for_page(external_id)
    if found is None:
        raise Http404(_("This product is not in the shop."))
    trace, place = request.GET.get("from", ""), place_of(request.GET.get("place", ""))
    if trace:
        visitor_event(request, EventType.CLICK, product=found, trace=trace, rank=place)
    view = visitor_event(request, EventType.VIEW, product=found, trace=trace, rank=place)
    draft = request.session.get(DRAFT_KEY, {})
    form = ReviewForm(initial=draft if draft.get("product") == external_id else None)
    return _product_page(request, found, form, view=view)


def _product_page(
    request: HttpRequest, found: Product, form: ReviewForm, status: int = 200, view: str = ""
) -> HttpResponse:
    context = product_page(
        found,
        visitor=request.visitor,  # type: ignore[attr-defined]
        reviews_page=request.GET.get("reviews", "1"),
        image=request.GET.get("image", ""),
    )
    context["form"] = form
    context["view"] = view
    context["trace"] = request.GET.get("from", "")
    context["place"] = request.GET.get("place", "")
    return render(request, "catalog/product.html", context, status=status)


@require_POST
def review(request: HttpRequest) -> HttpResponse:
    """A review by somebody with an account; a draft outlives an expired session."""
    found = product_for_page(request.POST.get("product", "").replace("\x00", ""))
    if found is None:
        raise Http404(_("This product is not in the shop."))
    form = ReviewForm(request.POST)
    address = f"{found.get_absolute_url()}#write-review"
    if not request.user.is_authenticated:
        request.session[DRAFT_KEY] = {
            "product": found.external_id,
            "rating": request.POST.get("rating", "")[:1],
            "title": request.POST.get("title", "")[:120],
            "text": request.POST.get("text", "")[:4000],
        }
        return redirect(f"{reverse('login')}?{urlencode({'next': address})}")
    if not form.is_valid():
        return _product_page(request, found, form, status=422)
    values = form.cleaned_data
    try:
        review_write(
            shopper=shopper_for_user(request.user),
            product=found,
            rating=values["rating"],
            title=values["title"],
            text=values["text"],
        )
    except ValidationError as error:
        form.add_error(None, [text for texts in error.message_dict.values() for text in texts])
        return _product_page(request, found, form, status=422)
    visitor_event(request, EventType.REVIEW, product=found, value=values["rating"])
    request.session.pop(DRAFT_KEY, None)
    return redirect(f"{found.get_absolute_url()}#reviews")


@require_safe
def picture(request: HttpRequest, group: str) -> HttpResponse:
    """A product's drawing. All that it depends on is in the address, so it never changes."""
    words = [
        request.GET.get(key, "").replace("\x00", "")[:limit]
        for key, limit in (("brand", BRAND_LIMIT), ("seed", SEED_LIMIT), ("size", SIZE_LIMIT))
    ]
    svg = pictures.draw(group[:40], words[0], words[1], words[2])
    tag = f'"{hashlib.sha256(svg.encode()).hexdigest()[:20]}"'
    response: HttpResponse
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(svg, content_type="image/svg+xml")
        # Opened by itself a drawing is a document: it must not be able to do anything.
        response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    response["ETag"] = tag
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
