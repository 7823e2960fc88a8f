"""``manage.py kg_reconcile``: compare Neo4j with the record, and mend what differs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Count what differs between the graph database and the record, and repair it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="count only, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.NEO4J_URL:
            raise CommandError("NEO4J_URL is not set: there is no graph database to compare.")
        from kg.backends.connection import GraphUnavailable
        from kg.reconciliation import reconcile
        from recsite.locks import BusyError

        try:
            drift = reconcile(repair=not options["check"])
        except BusyError as error:
            raise CommandError("Another process is writing to the graph database.") from error
        except GraphUnavailable as error:
            raise CommandError(f"The graph database does not answer: {error}") from error
        self.stdout.write(
            f"{drift.entities:,} entities: {drift.entities_missing} missing, "
            f"{drift.entities_extra} too many. "
            f"{drift.facts:,} facts: {drift.facts_missing} missing, {drift.facts_extra} too many."
        )
        if drift.total:
            self.stdout.write("Nothing was changed." if options["check"] else "All repaired.")
