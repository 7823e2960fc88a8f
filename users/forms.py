"""Logging in, opening and closing an account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from users.login_throttle import ThrottledLogin
from users.models import User


class LoginForm(ThrottledLogin):
    """Django's form under the shop's own words: accounts of the web site are e-mail addresses."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("E-mail address or user name")
        self.fields["password"].label = _("Password")

    error_messages = {
        "invalid_login": _("This name and password do not belong together. Please try again."),
        "inactive": _("This account is closed."),
    }

    def clean_username(self) -> str:
        """E-mail addresses are stored in small letters; other user names as they are."""
        name: str = self.cleaned_data["username"]
        return name.lower() if "@" in name else name


class RegisterForm(forms.Form):
    """What an account needs: how to be called, and how to come in again."""

    name = forms.CharField(
        label=_("Name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=150,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        help_text=_("At least eight characters, and not a common word."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_email(self) -> str:
        """Small letters throughout, and not taken."""
        email: str = self.cleaned_data["email"].lower()
        if User.objects.filter(username=email).exists():
            raise forms.ValidationError(
                _("There is an account with this address already. You can log in instead.")
            )
        return email

    def clean(self) -> dict[str, Any]:
        """The password is also held against name and address."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        password = values.get("password")
        if password:
            likeness = User(
                username=values.get("email", ""),
                email=values.get("email", ""),
                first_name=values.get("name", ""),
            )
            try:
                validate_password(password, likeness)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return values


class CloseForm(forms.Form):
    """Closing an account cannot be undone, so the password is asked for once more."""

    password = forms.CharField(
        label=_("Your password, to confirm"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        """Only the account's own password will do."""
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError(_("This is not your password."))
        return password
