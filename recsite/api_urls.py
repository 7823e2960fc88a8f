"""Addresses of the REST API.

External ids may hold slashes: a server hands ``%2F`` on as a slash, so ids are matched as paths,
and an address with something behind the id stands before the one of the id itself.
"""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from catalog.api import ProductsView, ProductView, ReviewsView, SearchView
from catalog.api_picture import PictureSearchView
from kg.api import EntitiesView, EntityView, NeighbourhoodView, PathsView
from kg.api_facts import FactsView, FactView
from recommender.delivery.api import SlateView, TraceView
from recommender.events.api import EventsView
from recsite.api_pages import DocsView, SchemaView, not_found, problem_type
from users.api import ErasureView, ExportView, ProfileView, ShopperView, WishesView

version_1: list[URLPattern | URLResolver] = [
    path("products/", ProductsView.as_view(), name="api-products"),
    path("products/<path:external_id>/reviews/", ReviewsView.as_view(), name="api-reviews"),
    path("products/<path:external_id>/", ProductView.as_view(), name="api-product"),
    # Redirecting to the address with a slash would lose the body.
    re_path(r"^search/picture/?$", PictureSearchView.as_view(), name="api-picture-search"),
    path("search/", SearchView.as_view(), name="api-search"),
    path("events/", EventsView.as_view(), name="api-events"),
    path("slates/traces/<str:trace>/", TraceView.as_view(), name="api-trace"),
    path("slates/<str:scenario>/", SlateView.as_view(), name="api-slate"),
    path("graph/entities/", EntitiesView.as_view(), name="api-entities"),
    path(
        "graph/entities/<path:key>/neighbourhood/",
        NeighbourhoodView.as_view(),
        name="api-neighbourhood",
    ),
    path("graph/entities/<path:key>/", EntityView.as_view(), name="api-entity"),
    path("graph/paths/", PathsView.as_view(), name="api-paths"),
    path("graph/facts/", FactsView.as_view(), name="api-facts"),
    path("graph/facts/<int:id>/", FactView.as_view(), name="api-fact"),
    path("shoppers/<path:external_id>/profile/", ProfileView.as_view(), name="api-profile"),
    path("shoppers/<path:external_id>/wishes/", WishesView.as_view(), name="api-wishes"),
    path("shoppers/<path:external_id>/export/", ExportView.as_view(), name="api-export"),
    path("erasures/<str:number>/", ErasureView.as_view(), name="api-erasure"),
    path("shoppers/<path:external_id>/", ShopperView.as_view(), name="api-shopper"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include(version_1)),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", DocsView.as_view(), name="api-docs"),
    path("problems/<slug:name>/", problem_type, name="api-problem"),
    re_path(r"^", not_found, name="api-not-found"),
]
