"""Addresses of people: log-in, account, privacy."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, path

from users import password_views, receipt_views, views
from users.login_throttle import refusal_answered

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", refusal_answered(views.ShopLoginView.as_view()), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("register/", views.register, name="register"),
    path("account/", views.account, name="account"),
    path("account/export/", views.export, name="account_export"),
    path("account/close/", views.close, name="account_close"),
    path("account/password/", password_views.password_change, name="password_change"),
    path("password/reset/", password_views.password_reset, name="password_reset"),
    path("password/reset/sent/", password_views.password_reset_sent, name="password_reset_sent"),
    path(
        "password/reset/<uidb64>/<token>/",
        password_views.password_reset_confirm,
        name="password_reset_confirm",
    ),
    path("privacy/", views.privacy, name="privacy"),
    path("consent/", views.consent, name="consent"),
    path("erasures/<slug:number>/", receipt_views.erasure_receipt, name="erasure_receipt"),
    path(
        "erasures/<slug:number>/file/",
        receipt_views.erasure_receipt_file,
        name="erasure_receipt_file",
    ),
]
