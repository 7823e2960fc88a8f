"""Changing one's password, and setting a new one by a link that comes by mail."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import (
    PasswordChangeView,
    PasswordResetConfirmView,
    PasswordResetDoneView,
    PasswordResetView,
)
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from users.login_throttle import FAILURES_OF_NAME, client_address, name_counted
from users.password_forms import ChangePasswordForm, NewPasswordForm, ResetPasswordForm
from users.tally import Tally
from users.views import account_needed, become

#: Nobody's mailbox is flooded, and nobody floods the mail server.
RESETS_OF_MAILBOX = Tally("reset-mailbox", most=3)
RESETS_OF_ADDRESS = Tally("reset-address", most=20)


class _ChangeView(PasswordChangeView):
    """The old password and a new one. Other devices are logged out, this one stays."""

    template_name = "users/password_change.html"
    form_class = ChangePasswordForm
    success_url = reverse_lazy("account")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        messages.success(self.request, _("Your password is changed."))
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class _ByMail:
    """These pages exist only where the shop can send mail."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.PASSWORD_RESET_BY_MAIL:
            raise Http404
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response


class _ResetView(_ByMail, PasswordResetView):
    """Ask for the link. The answer is the same whether or not there is such an account."""

    template_name = "users/password_reset.html"
    form_class = ResetPasswordForm
    email_template_name = "users/password_reset_mail.txt"
    subject_template_name = "users/password_reset_subject.txt"
    success_url = reverse_lazy("password_reset_sent")

    def form_valid(self, form: Any) -> HttpResponse:
        if not RESETS_OF_ADDRESS.take(client_address(self.request)):
            return self._refusal(form)
        # Whoever asks again and again has three mails already.
        if not RESETS_OF_MAILBOX.take(form.cleaned_data["email"].casefold()):
            return redirect(self.get_success_url())
        self.extra_email_context = {
            "shop": settings.SHOP_NAME,
            "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
        }
        return super().form_valid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def _refusal(self, form: Any) -> HttpResponse:
        seconds = RESETS_OF_ADDRESS.seconds_left()
        minutes = -(-seconds // 60)
        text = ngettext(
            "Too many mails were asked for. Please wait %(minutes)s minute and try again.",
            "Too many mails were asked for. Please wait %(minutes)s minutes and try again.",
            minutes,
        )
        form.add_error(None, text % {"minutes": minutes})
        return self.render_to_response(
            self.get_context_data(form=form), status=429, headers={"Retry-After": str(seconds)}
        )


class _SentView(_ByMail, PasswordResetDoneView):
    """Look into your mailbox."""

    template_name = "users/password_reset_sent.html"


class _ConfirmView(_ByMail, PasswordResetConfirmView):
    """The page behind the link: a new password, and one is logged in."""

    template_name = "users/password_reset_confirm.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("account")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        # Failures of before, of the owner or of somebody guessing, no longer keep the owner out.
        FAILURES_OF_NAME.forget(name_counted(form.user.get_username()))
        become(self.request, form.user)
        messages.success(self.request, _("Your password is changed."))
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # A password manager should know whose new password it stores.
        known = self.user.get_username() if self.user and self.validlink else ""
        return super().get_context_data(**kwargs) | {"known": known}


password_change = never_cache(account_needed(_ChangeView.as_view()))
password_reset = never_cache(_ResetView.as_view())
password_reset_sent = never_cache(_SentView.as_view())
password_reset_confirm = never_cache(_ConfirmView.as_view())
