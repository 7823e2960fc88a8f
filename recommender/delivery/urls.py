"""Addresses of what the web site's shelves need beyond pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from recommender.delivery import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("why/", views.why, name="why"),
    path("told/", views.told, name="told"),
    path("wish/", views.wish, name="wish"),
    path("opinion/", views.opinion, name="opinion"),
    path("impressions/", views.impressions, name="impressions"),
    path("dwell/", views.dwell, name="dwell"),
]
