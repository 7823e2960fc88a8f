"""Snapshots: complete up to the watermark, consented only, and tamper-evident."""

from __future__ import annotations

from pathlib import Path

import pytest

from recommender.events.models import Event, Snapshot
from recommender.events.record import EventInput, events_record
from recommender.events.snapshots import (
    SnapshotDamagedError,
    interactions_after,
    log_watermark,
    snapshot_read,
    snapshot_write,
    snapshots_prune,
)
from users.models import Consent, Shopper


def test_a_snapshot_holds_the_events_up_to_the_watermark(small_shop):
    watermark = log_watermark()
    events_record(
        origin="t", events=[EventInput(id="late", type="view", shopper="anna", product="p3")]
    )
    snapshot = snapshot_write(watermark=watermark)
    table = snapshot_read(snapshot)
    assert snapshot.rows == table.num_rows == 25
    assert max(table.column("event").to_pylist()) == watermark
    assert set(table.column("shopper").to_pylist()) == {"anna", "ben", "cleo"}
    assert interactions_after(watermark) == 1
    assert snapshot_read(snapshot_write(after=watermark)).column("product").to_pylist() == ["p3"]


def test_impressions_searches_and_the_unconsenting_are_left_out(small_shop):
    Shopper.objects.filter(external_id="ben").update(consent=Consent.WITHDRAWN)
    events_record(
        origin="t",
        events=[
            EventInput(id="i", type="impression", shopper="anna", product="p3"),
            EventInput(id="s", type="search", shopper="anna", query="milk"),
        ],
    )
    table = snapshot_read(snapshot_write())
    assert set(table.column("shopper").to_pylist()) == {"anna", "cleo"}
    assert set(table.column("type").to_pylist()) == {"purchase"}


def test_many_events_are_written_in_chunks_without_loss(small_shop, monkeypatch):
    monkeypatch.setattr("recommender.events.snapshots.CHUNK", 7)
    assert snapshot_read(snapshot_write()).num_rows == Event.objects.count() == 25


def test_a_changed_or_missing_file_is_refused(small_shop, settings):
    snapshot = snapshot_write()
    path = Path(settings.SNAPSHOT_DIR) / snapshot.path
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(SnapshotDamagedError, match="changed"):
        snapshot_read(snapshot)
    path.unlink()
    with pytest.raises(SnapshotDamagedError, match="cannot be read"):
        snapshot_read(snapshot)


def test_an_empty_log_gives_an_empty_snapshot(db):
    assert snapshot_read(snapshot_write()).num_rows == 0


def test_pruning_keeps_the_newest_files_and_rows(small_shop, settings):
    for _ in range(3):
        Event.objects.filter(pk=log_watermark()).delete()
        snapshot_write()
    assert snapshots_prune(keep=1) == 2
    (kept,) = Snapshot.objects.all()
    assert [p.name for p in Path(settings.SNAPSHOT_DIR).iterdir()] == [kept.path]
