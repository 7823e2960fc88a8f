"""The admin's log-in. Beside the package ``admin``, since it is loaded before the admin site is."""

from __future__ import annotations

from unfold.forms import AuthenticationForm

from users.login_throttle import ThrottledLogin


class AdminLoginForm(ThrottledLogin, AuthenticationForm):  # type: ignore[misc]
    """Staff only, in the clothes of the admin, with failures counted as in the shop."""
