"""Liveness asks nobody; readiness names what is missing."""

from __future__ import annotations

import time

import pytest
from django.core.cache import cache, caches
from django.db import DatabaseError
from django.test import Client

from recommender.delivery.pool import heartbeat_key
from recommender.registry.models import ModelVersion
from recsite import health
from recsite.celery import app

READY = "/health/ready/"


def test_liveness_needs_no_database():
    # Without the db fixture any query would fail this test.
    answer = Client().get("/health/live/")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})
    assert Client().post("/health/live/").status_code == 405


def everything_is_there() -> None:
    for worker in ("scoring", "training", "ingest", "explain"):
        cache.set(heartbeat_key(worker), time.time())
    ModelVersion.objects.create(
        version="v1", status=ModelVersion.Status.LIVE, folder="v1", checksum="0", watermark=0
    )


def test_with_everything_there_the_shop_is_ready(db):
    everything_is_there()
    answer = Client().get(READY)
    body = answer.json()
    assert (answer.status_code, body["status"], body["degraded"]) == (200, "ready", [])
    parts = {"database", "cache", "broker", "pool", "training", "ingest", "explain", "model"}
    assert set(body["checks"]) == parts
    assert all(check["ok"] for check in body["checks"].values())
    assert body["checks"]["model"]["detail"] == "v1"
    assert "no-store" in answer["Cache-Control"]


def test_a_shop_before_its_first_training_serves_and_says_what_is_missing(db):
    answer = Client().get(READY)
    body = answer.json()
    assert (answer.status_code, body["status"]) == (200, "degraded")
    assert body["degraded"] == ["pool", "training", "ingest", "explain", "model"]
    assert body["checks"]["pool"] == {"ok": False, "detail": "no sign of life"}


def test_a_graph_database_that_is_configured_and_gone_is_only_a_degradation(db, settings):
    settings.NEO4J_URL = "bolt://127.0.0.1:9"
    everything_is_there()
    answer = Client().get(READY)
    body = answer.json()
    assert (answer.status_code, body["degraded"]) == (200, ["graph"])
    assert body["checks"]["graph"]["detail"] == "ServiceUnavailable"


def test_a_worker_that_has_been_silent_for_half_a_minute_is_missing(db):
    everything_is_there()
    cache.set(heartbeat_key("scoring"), time.time() - 31)
    assert Client().get(READY).json()["degraded"] == ["pool"]
    cache.set(heartbeat_key("scoring"), time.time() - 25)
    assert Client().get(READY).json()["degraded"] == []


def test_without_the_database_the_shop_is_not_ready(db, monkeypatch):
    def gone():
        raise DatabaseError("password=secret host=db")

    monkeypatch.setattr(health, "model_live", gone)
    answer = Client().get(READY)
    body = answer.json()
    assert (answer.status_code, body["status"]) == (503, "unavailable")
    assert body["degraded"][:1] == ["database"]
    assert "secret" not in answer.content.decode()


def test_a_cache_that_is_gone_is_only_a_degradation(db, monkeypatch):
    everything_is_there()

    def gone(*_args, **_kwargs):
        raise ConnectionError("gone")

    monkeypatch.setattr(type(caches["default"]), "set", gone)
    answer = Client().get(READY)
    assert answer.status_code == 200
    assert answer.json()["degraded"] == ["cache"]


@pytest.mark.parametrize("broken", ["folder", "address"])
def test_a_broker_that_is_gone_is_only_a_degradation(db, settings, monkeypatch, broken, tmp_path):
    everything_is_there()
    if broken == "folder":
        settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_out": str(tmp_path / "gone")}
    else:
        settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
        unreachable = app.connection_for_write
        monkeypatch.setattr(
            app, "connection_for_write", lambda: unreachable("redis://127.0.0.1:1/0")
        )
    began = time.monotonic()
    answer = Client().get(READY)
    assert answer.status_code == 200
    assert answer.json()["degraded"] == ["broker"]
    assert time.monotonic() - began < 5
