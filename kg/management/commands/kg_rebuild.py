"""``manage.py kg_rebuild``: fill Neo4j anew from the record of facts."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Empty the graph database and fill it from the relational record."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.NEO4J_URL:
            raise CommandError("NEO4J_URL is not set: there is no graph database to fill.")
        from kg.backends.connection import GraphUnavailable
        from kg.projection import rebuild
        from recsite.locks import BusyError

        began = time.monotonic()
        try:
            entities, facts = rebuild(progress=options["verbosity"] > 0)
        except BusyError as error:
            raise CommandError("Another process is writing to the graph database.") from error
        except GraphUnavailable as error:
            raise CommandError(f"The graph database does not answer: {error}") from error
        seconds = time.monotonic() - began
        self.stdout.write(
            f"{entities:,} entities and {facts:,} facts in {seconds:.1f} s, "
            f"{facts / max(seconds, 1e-9):,.0f} facts a second."
        )
