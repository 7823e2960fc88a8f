"""Addresses of people: log-in, account, privacy."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, path

from users import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", views.ShopLoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("register/", views.register, name="register"),
    path("account/", views.account, name="account"),
    path("account/export/", views.export, name="account_export"),
    path("account/close/", views.close, name="account_close"),
    path("privacy/", views.privacy, name="privacy"),
    path("consent/", views.consent, name="consent"),
]
