"""The knowledge graph's application."""

from django.apps import AppConfig
from django.db.models.signals import pre_delete
from django.utils.translation import gettext_lazy as _


class KgConfig(AppConfig):
    """Registers the application under its readable name."""

    name = "kg"
    verbose_name = _("Knowledge graph")

    def ready(self) -> None:
        """Listen to deletions that no service sees: a product takes its entity along."""
        from kg import outbox

        pre_delete.connect(outbox.entity_leaves, sender="kg.Entity", dispatch_uid="kg.outbox")
