"""The recommender application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecommenderConfig(AppConfig):
    """Registers the application under its readable name."""

    name = "recommender"
    verbose_name = _("Recommendations")
