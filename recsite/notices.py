"""Answering a small action (add to cart, like, consent) with and without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def return_url(request: HttpRequest, default: str = "home") -> str:
    """Where the form wants to go back to, if that is a page of this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return reverse(default)


def answer(
    request: HttpRequest,
    *,
    text: str,
    error: bool = False,
    fragments: Sequence[str] = (),
    context: Mapping[str, Any] | None = None,
    default: str = "home",
) -> HttpResponse:
    """Say how an action went: as swapped fragments to htmx, as a message on the next page else."""
    if not getattr(request, "htmx", False):
        if text:
            messages.add_message(request, messages.ERROR if error else messages.SUCCESS, text)
        return redirect(return_url(request, default))
    values = {**(context or {}), "toast": text, "toast_error": error}
    names = [*fragments, "parts/toast.html"] if text else list(fragments)
    return HttpResponse("".join(render_to_string(name, values, request) for name in names))
