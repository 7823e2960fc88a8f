"""Addresses of cart, checkout and orders."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from orders import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("cart/", views.cart, name="cart"),
    path("cart/add/", views.add, name="cart_add"),
    path("cart/change/", views.change, name="cart_change"),
    path("checkout/", views.checkout, name="checkout"),
    path("orders/<str:number>/", views.order, name="order"),
]
