"""Whether the shop lives, and what of it is missing.

The shop serves pages and records events as long as there is a database; without the cache, the
broker, the pool or a model it serves something simpler, which ``degraded`` says.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kg.models import OutboxEntry
from recommender.delivery.pool import heartbeat_key
from recommender.delivery.writers import writer_told
from recommender.registry.versions import model_live
from recsite.api_view import json_response
from recsite.celery import app
from recsite.queues import queue_lengths

logger = logging.getLogger(__name__)

#: A worker that has not given a sign of life for longer counts as missing.
HEARTBEAT_SECONDS = 30.0
BROKER_SECONDS = 1
#: Workers by the name under which they give signs of life, and what is missing without them.
WORKERS = {"scoring": "pool", "training": "training", "ingest": "ingest", "explain": "explain"}


#: The parts as people call them.
PARTS = {
    "database": gettext_lazy("Database"),
    "cache": gettext_lazy("Cache"),
    "broker": gettext_lazy("Broker"),
    "pool": gettext_lazy("Scoring workers"),
    "training": gettext_lazy("Training workers"),
    "ingest": gettext_lazy("Workers that take in what is new"),
    "explain": gettext_lazy("Writers of explanations"),
    "model": gettext_lazy("Model"),
    "graph": gettext_lazy("Graph database"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of one part: whether it is there, and a word about it for operators."""

    ok: bool
    detail: str

    def as_json(self) -> dict[str, Any]:
        """The finding as a member of ``checks``."""
        return {"ok": self.ok, "detail": self.detail}


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; asks nothing of anybody."""
    return json_response({"status": "live"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 where the shop can serve, with the parts that are missing; 503 without a database."""
    findings = readiness()
    serves = findings["database"].ok
    missing = [name for name, finding in findings.items() if not finding.ok]
    status = "unavailable" if not serves else "degraded" if missing else "ready"
    return json_response(
        {
            "status": status,
            "degraded": missing,
            "checks": {name: finding.as_json() for name, finding in findings.items()},
        },
        status=200 if serves else 503,
    )


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The same for people; asks for nothing that may be missing, so it needs no layout."""
    findings = readiness()
    parts = [
        {"name": PARTS.get(name, name), "ok": finding.ok, "detail": finding.detail}
        for name, finding in findings.items()
    ]
    serves = findings["database"].ok
    context = {"parts": parts, "serves": serves, "whole": all(part["ok"] for part in parts)}
    context["queues"] = queue_lengths()
    status = 200 if serves else 503
    return HttpResponse(render_to_string("health.html", context), status=status)


def readiness() -> dict[str, Finding]:
    """Every part by name. A check that fails in an unforeseen way counts as a missing part."""
    database, model = _database_and_model()
    return {
        "database": database,
        "cache": _checked(_cache),
        "broker": _checked(_broker),
        **{part: _checked(partial(_worker, name)) for name, part in WORKERS.items()},
        "model": model,
        **({"graph": _checked(_graph)} if settings.NEO4J_URL else {}),
    }


def _checked(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:  # cache and broker each have their own exceptions
        logger.warning("readiness: %s", error)
        # The message may hold an address with a password; its kind says enough to outsiders.
        return Finding(False, type(error).__name__)


def _database_and_model() -> tuple[Finding, Finding]:
    """Both by one question, which also tells whether the tables are there."""
    began = time.perf_counter()
    try:
        version = model_live()
    except DatabaseError as error:
        logger.warning("readiness: %s", error)
        unknown = Finding(False, "unknown without the database")
        return Finding(False, type(error).__name__), unknown
    took_ms = (time.perf_counter() - began) * 1000
    database = Finding(True, f"{took_ms:.1f} ms")
    if version is None:
        return database, Finding(False, "no model has been trained yet")
    return database, Finding(True, version.version)


def _cache() -> Finding:
    """Writes and reads, since a full disk still reads."""
    began = time.perf_counter()
    word = str(time.time_ns())
    # One key per process, or two checks at once would disturb each other.
    key = f"health:{os.getpid()}"
    cache.set(key, word, timeout=60)
    if cache.get(key) != word:
        return Finding(False, "does not keep what is written")
    return Finding(True, f"{(time.perf_counter() - began) * 1000:.1f} ms")


def _broker() -> Finding:
    began = time.perf_counter()
    folder = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("data_folder_out")
    if folder is not None:
        if not os.access(folder, os.W_OK | os.X_OK):
            return Finding(False, "the folder of messages cannot be written")
    else:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
    return Finding(True, f"{(time.perf_counter() - began) * 1000:.1f} ms")


def _graph() -> Finding:
    """Neo4j where one is configured; without it the relational facts answer."""
    # Loaded late: its driver takes a while, and few sites have it.
    from kg.backends.connection import driver

    waiting = OutboxEntry.objects.count()
    driver().verify_connectivity()
    return Finding(True, f"{waiting} changes wait")


def _worker(name: str) -> Finding:
    beaten_at = cache.get(heartbeat_key(name))
    if beaten_at is None:
        return Finding(False, "no sign of life")
    age = max(0.0, time.time() - float(beaten_at))
    finding = Finding(age < HEARTBEAT_SECONDS, f"sign of life {age:.0f} s ago")
    return _writer(finding) if finding.ok and name == "explain" else finding


def _writer(alive: Finding) -> Finding:
    """What an explaining worker that lives writes with."""
    writer = writer_told()
    if writer is None:
        return alive
    if not writer.name:
        return Finding(False, f"no text generator, {writer.megabytes} MB")
    circuit = f", circuit {writer.circuit}" if writer.circuit else ""
    return Finding(writer.answers, f"{writer.name}{circuit}, {writer.megabytes} MB")
