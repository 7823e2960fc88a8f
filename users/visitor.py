"""Who is behind a web request: ``request.visitor``, found only when somebody asks."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from django.http import HttpRequest, HttpResponse

from users.models import Consent, Shopper

CART_KEY = "cart_key"


@dataclass
class Visitor:
    """The person at the browser, with or without an account, with or without consent."""

    request: HttpRequest
    _cart_key: str = field(default="", init=False)

    @cached_property
    def shopper(self) -> Shopper | None:
        """The shopper, if this person has an account or has agreed to be recorded."""
        user = getattr(self.request, "user", None)
        if user is not None and user.is_authenticated:
            return Shopper.objects.filter(user=user).first()
        key = self.request.session.get("shopper_key")
        if not key:
            return None
        return Shopper.objects.filter(session_key=key, user=None).first()

    @property
    def shopper_id(self) -> str:
        """External id of the shopper, or nothing for a stranger."""
        return self.shopper.external_id if self.shopper else ""

    @property
    def consent(self) -> str:
        """What this person decided about being recorded."""
        if self.shopper is not None:
            return self.shopper.consent
        return str(self.request.session.get("consent", Consent.UNKNOWN.value))

    @property
    def may_be_recorded(self) -> bool:
        """Whether events of this person may be logged."""
        return self.shopper is not None and self.shopper.consent == Consent.GRANTED

    @property
    def cart_key(self) -> str:
        """Name of this person's cart; empty before anything was put into it."""
        user = getattr(self.request, "user", None)
        if user is not None and user.is_authenticated:
            return f"user-{user.pk}"
        return str(self.request.session.get(CART_KEY, ""))

    def cart_key_made(self) -> str:
        """Like ``cart_key``, but gives a stranger a cart."""
        if not self.cart_key:
            self.request.session[CART_KEY] = f"visit-{secrets.token_hex(16)}"
        return self.cart_key


class VisitorMiddleware:
    """Adds ``request.visitor``; it asks the database nothing by itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.visitor = Visitor(request)  # type: ignore[attr-defined]
        return self.get_response(request)
