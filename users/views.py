"""Logging in and out, the account, and the choice about being recorded."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.selectors import products_by_external_id
from orders.selectors import orders_of_user
from orders.services import cart_merge, orders_claim
from recommender.features.profile import profile_read
from recommender.features.wishes import wishes_of
from recsite.notices import answer, return_url
from users.accounts import account_close, account_export, account_open
from users.forms import CloseForm, LoginForm, RegisterForm
from users.models import Consent, User
from users.shoppers import (
    consent_decide,
    shopper_for_user,
    shopper_for_visitor_make,
    visitor_log_in_merge,
)
from users.visitor import CART_KEY

ORDERS_SHOWN = 20
OPINIONS_SHOWN = 50

View = Callable[..., HttpResponseBase]


def account_needed(view: View) -> View:
    """Send whoever is not logged in, or no longer, to the log-in and back to the account.

    Back to the account rather than to the address asked for: a form cannot be sent again by a
    redirect.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.method == "POST":
            messages.error(
                request, _("You were logged out in the meantime. Please log in and try again.")
            )
        return redirect(f"{reverse('login')}?{urlencode({'next': reverse('account')})}")

    return guarded


def become(request: HttpRequest, user: User) -> None:
    """Log in, and bring along what the person did before."""
    cart_key = str(request.session.get(CART_KEY, ""))
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session.pop(CART_KEY, None)
    visitor_log_in_merge(request=request, user=user)
    cart_merge(from_key=cart_key, to_key=f"user-{user.pk}")
    orders_claim(from_key=cart_key, user=user)


class ShopLoginView(LoginView):
    """Django's log-in, after which the anonymous shopper and cart belong to the account."""

    template_name = "users/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        """The right password was given."""
        become(self.request, form.get_user())
        return redirect(self.get_success_url())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Open an account and be logged in."""
    if request.user.is_authenticated:
        return redirect("account")
    form = RegisterForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        user = account_open(name=values["name"], email=values["email"], password=values["password"])
        become(request, user)
        messages.success(request, _("Welcome! Your account is open."))
        return redirect(return_url(request))
    context = {"form": form, "next": return_url(request)}
    return render(request, "users/register.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
@account_needed
def account(request: HttpRequest) -> HttpResponse:
    """Orders, what the shop has concluded, likes and rejections, privacy."""
    user: Any = request.user
    shopper = shopper_for_user(user)
    profile = profile_read(shopper)
    likes, hidden = profile.likes[:OPINIONS_SHOWN], profile.hidden[:OPINIONS_SHOWN]
    products = products_by_external_id([*likes, *hidden])
    context = {
        "orders": orders_of_user(user.pk)[:ORDERS_SHOWN],
        "profile": profile,
        "likes": [products[p] for p in likes if p in products],
        "hidden": [products[p] for p in hidden if p in products],
        "wishes": wishes_of(shopper)[:OPINIONS_SHOWN],
    }
    return render(request, "users/account.html", context)


@never_cache
@require_safe
@account_needed
def export(request: HttpRequest) -> HttpResponse:
    """My data, as a file."""
    user: Any = request.user
    response = JsonResponse(
        account_export(user), json_dumps_params={"indent": 2, "ensure_ascii": False}
    )
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_needed
def close(request: HttpRequest) -> HttpResponse:
    """Delete the account, after the password was given once more."""
    user: Any = request.user
    form = CloseForm(user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        receipt = account_close(user=User.objects.get(pk=user.pk))
        logout(request)
        messages.success(request, _("Your account and what belonged to it are deleted."))
        return redirect("erasure_receipt", receipt.number)
    status = 422 if form.errors else 200
    return render(request, "users/close.html", {"form": form}, status=status)


@never_cache
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is recorded and for what, and the choice."""
    consent = request.visitor.consent  # type: ignore[attr-defined]
    return render(request, "users/privacy.html", {"consent": consent})


@require_POST
def consent(request: HttpRequest) -> HttpResponse:
    """Accept or decline being recorded."""
    choice = {"accept": Consent.GRANTED, "decline": Consent.WITHDRAWN}.get(
        request.POST.get("choice", "")
    )
    if choice is None:
        return answer(request, text=_("Please accept or decline."), error=True, default="privacy")
    visitor = request.visitor  # type: ignore[attr-defined]
    shopper = visitor.shopper
    if request.user.is_authenticated:
        shopper = shopper or shopper_for_user(request.user)
    elif shopper is None and choice == Consent.GRANTED:
        shopper = shopper_for_visitor_make(request=request)
    if shopper is not None:
        consent_decide(shopper=shopper, consent=choice, source="web")
    # Remembered here as well: whoever declines has no shopper, and shall not be asked again.
    request.session["consent"] = choice.value
    visitor.__dict__.pop("shopper", None)
    text = (
        _("Thank you. From now on your recommendations are your own.")
        if choice == Consent.GRANTED
        else _("All right: nothing is recorded.")
    )
    return answer(request, text=text)
