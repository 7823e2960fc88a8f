"""Django's password forms under the shop's own words."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import PasswordChangeForm, PasswordResetForm, SetPasswordForm
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

PASSWORD_LENGTH_LIMIT = 128


class _NewPasswordWords:
    """Labels and the one rule that people need to know, as at registration."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        new, again = self.fields["new_password1"], self.fields["new_password2"]
        new.label, again.label = _("New password"), _("New password once more")
        new.help_text = _("At least eight characters, and not a common word.")
        again.help_text = ""
        for field in self.fields.values():
            # Hashing takes time that grows with the text.
            field.validators.append(MaxLengthValidator(PASSWORD_LENGTH_LIMIT))
            field.widget.attrs["maxlength"] = str(PASSWORD_LENGTH_LIMIT)


class NewPasswordForm(_NewPasswordWords, SetPasswordForm):  # type: ignore[type-arg]
    """A new password, twice."""


class ChangePasswordForm(_NewPasswordWords, PasswordChangeForm):
    """The present password, and a new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = _("Present password")

    error_messages = {
        **PasswordChangeForm.error_messages,
        "password_incorrect": _("This is not your password."),
    }


class ResetPasswordForm(PasswordResetForm):
    """The address of the account."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address")
