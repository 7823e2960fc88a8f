"""Addresses of the shop window."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from catalog import picture_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("search/picture/", picture_views.picture_search, name="picture_search"),
    path("suggestions/", views.suggestions, name="suggestions"),
    path("categories/<slug:slug>/", views.category, name="category"),
    # External ids may hold slashes.
    path("products/<path:external_id>/", views.product, name="product"),
    path("reviews/", views.review, name="review"),
    path("pictures/<slug:group>.svg", views.picture, name="picture"),
]
