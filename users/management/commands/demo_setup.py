"""``manage.py demo_setup``: from an empty database to a shop with data, log-ins and a model."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser, call_command

from catalog.models import Product
from recommender.models import ModelVersion
from recsite.demo_credentials import CREDENTIALS_FILE, credentials_read, credentials_write
from users.demo import demo_accounts_make

DATASET = "completejourney"


class Command(BaseCommand):
    """Each step is left out where its result is there already, so a second run takes seconds."""

    help = "Prepare the demo: database, data, log-ins, first training. Safe to repeat."
    # Nobody should wait for checks that the servers and the tests make anyway.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--credentials", type=Path, default=CREDENTIALS_FILE, help="where to write log-ins"
        )
        parser.add_argument(
            "--no-train", action="store_true", help="leave the first training to the workers"
        )

    def handle(self, *args: Any, credentials: Path, no_train: bool, **options: Any) -> None:
        with self.step("Database"):
            call_command("migrate", verbosity=0, interactive=False)
        unfinished = Path(settings.VAR_DIR) / "demo-import-unfinished"
        if unfinished.exists() or not Product.objects.exists():
            # An interrupted import starts over; rows that are there already stay as they are.
            unfinished.touch()
            with self.step("Demo data"):
                call_command("import_dataset", DATASET)
            unfinished.unlink()
        with self.step("Log-ins"):
            port = os.environ.get("PORT", "8000")
            made = demo_accounts_make(
                known=credentials_read(credentials), base_url=f"http://127.0.0.1:{port}"
            )
            credentials_write(made, credentials)
        if not no_train and not ModelVersion.objects.filter(status="live").exists():
            with self.step("What is bought together"):
                call_command("kg_sync", "--copurchases")
            with self.step("First training"):
                call_command("train")
            if not ModelVersion.objects.filter(status="live").exists():
                raise CommandError("The first training ended without a live model; see above.")
        self.stdout.write(f"Ready. The log-ins are in {credentials.name}; make serve starts all.")

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Say what begins, and how long it took."""
        self.stdout.write(f"{name} ...")
        self.stdout.flush()
        began = time.monotonic()
        yield
        self.stdout.write(f"{name}: done in {time.monotonic() - began:.1f} s")
