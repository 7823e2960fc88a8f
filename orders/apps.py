"""The orders application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    """Registers the application under its readable name."""

    name = "orders"
    verbose_name = _("Orders")
