"""The catalog application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    """Registers the application under its readable name."""

    name = "catalog"
    verbose_name = _("Catalogue")
