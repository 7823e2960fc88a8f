"""Addresses for those who watch over the shop."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from recsite import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("live/", health.live, name="health-live"),
    path("ready/", health.ready, name="health-ready"),
    path("", health.page, name="health"),
]
