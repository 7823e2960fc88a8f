"""Addresses of the REST API.

External ids may hold slashes: a server hands ``%2F`` on as a slash, so ids are matched as paths,
and an address with something behind the id stands before the one of the id itself.
"""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from catalog.api import ProductsView, ProductView, ReviewsView, SearchView
from recommender.delivery.api import SlateView, TraceView
from recommender.events.api import EventsView
from recsite.api_pages import DocsView, SchemaView, not_found, problem_type
from users.api import ExportView, ProfileView, ShopperView

version_1: list[URLPattern | URLResolver] = [
    path("products/", ProductsView.as_view(), name="api-products"),
    path("products/<path:external_id>/reviews/", ReviewsView.as_view(), name="api-reviews"),
    path("products/<path:external_id>/", ProductView.as_view(), name="api-product"),
    path("search/", SearchView.as_view(), name="api-search"),
    path("events/", EventsView.as_view(), name="api-events"),
    path("slates/traces/<str:trace>/", TraceView.as_view(), name="api-trace"),
    path("slates/<str:scenario>/", SlateView.as_view(), name="api-slate"),
    path("shoppers/<path:external_id>/profile/", ProfileView.as_view(), name="api-profile"),
    path("shoppers/<path:external_id>/export/", ExportView.as_view(), name="api-export"),
    path("shoppers/<path:external_id>/", ShopperView.as_view(), name="api-shopper"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include(version_1)),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", DocsView.as_view(), name="api-docs"),
    path("problems/<slug:name>/", problem_type, name="api-problem"),
    re_path(r"^", not_found, name="api-not-found"),
]
