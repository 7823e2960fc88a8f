"""Holding up whoever guesses passwords, at the shop's log-in and at the admin's.

Failures are counted per user name and per address, in windows of 15 minutes. At the limit the
password is not even looked at, and the page says when to try again; nobody is locked out beyond
the end of the window. A new password by mail opens the door at once.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import ngettext

from users.tally import Tally

#: One account, wherever the guesses come from.
FAILURES_OF_NAME = Tally("login-name", most=10)
#: One address, whichever accounts are tried. Higher, since many people may share an address.
FAILURES_OF_ADDRESS = Tally("login-address", most=50)


def client_address(request: HttpRequest) -> str:
    """Where a request comes from; empty where that cannot be known.

    Behind proxies only the entries that those wrote into X-Forwarded-For are believed: anybody
    may send others. Of an IPv6 address the first 64 bits count, which is what one customer gets.
    """
    text = str(request.META.get("REMOTE_ADDR", ""))
    proxies: int = settings.PROXIES_IN_FRONT
    if proxies:
        forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
        text = forwarded[-proxies].strip() if len(forwarded) >= proxies else ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), 64), strict=False).network_address)
    return str(address)


def name_counted(name: str) -> str:
    """The form of a user name under which its failures are counted."""
    return name.strip().casefold()


class ThrottledLogin(AuthenticationForm):
    """A log-in form that stops looking at passwords after too many wrong ones."""

    #: Seconds until the next try makes sense; 0 unless this one was refused.
    refused_seconds = 0

    @property
    def reset_by_mail(self) -> bool:
        """Whether the page can offer a new password by mail."""
        return bool(settings.PASSWORD_RESET_BY_MAIL)

    def clean(self) -> dict[str, Any]:
        """Count the try as failed before it is looked at, so that a volley gains nothing."""
        name = name_counted(self.cleaned_data.get("username") or "")
        if not name or not self.cleaned_data.get("password"):
            return super().clean()
        address = client_address(self.request) if self.request is not None else ""
        if not FAILURES_OF_ADDRESS.take(address):
            raise self._refusal(FAILURES_OF_ADDRESS)
        if not FAILURES_OF_NAME.take(name):
            FAILURES_OF_ADDRESS.give_back(address)
            raise self._refusal(FAILURES_OF_NAME)
        values = super().clean()
        FAILURES_OF_NAME.forget(name)
        FAILURES_OF_ADDRESS.give_back(address)
        return values

    def _refusal(self, tally: Tally) -> ValidationError:
        self.refused_seconds = tally.seconds_left()
        minutes = -(-self.refused_seconds // 60)
        return ValidationError(
            ngettext(
                "Too many tries have failed. Please wait %(minutes)s minute and try again.",
                "Too many tries have failed. Please wait %(minutes)s minutes and try again.",
                minutes,
            ),
            code="too_many_tries",
            params={"minutes": minutes},
        )


def refusal_answered(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Give the log-in page status 429 and the time to wait when its form refused a try."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        form = (getattr(response, "context_data", None) or {}).get("form")
        if isinstance(form, ThrottledLogin) and form.refused_seconds:
            response.status_code = 429
            response["Retry-After"] = str(form.refused_seconds)
        return response

    return answering
