"""The application as the pool runs it: ``celery -A recsite.worker worker -Q scoring``."""

from __future__ import annotations

import django

from recsite import telemetry
from recsite.celery import app

django.setup()
telemetry.watch_worker()
telemetry.export("recsite-worker")

from kg import tasks as kg_tasks  # noqa: E402
from recommender.worker import tasks  # noqa: E402

__all__ = ["app", "kg_tasks", "tasks"]
