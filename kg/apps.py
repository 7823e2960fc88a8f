"""The knowledge graph's application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KgConfig(AppConfig):
    """Registers the application under its readable name."""

    name = "kg"
    verbose_name = _("Knowledge graph")
