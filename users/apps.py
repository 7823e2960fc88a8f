"""The users application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UsersConfig(AppConfig):
    """Registers the application under its readable name."""

    name = "users"
    verbose_name = _("Shoppers and access")
