"""Training snapshots: the event log up to a watermark as one immutable Parquet file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db.models import Max, QuerySet

from recommender.contracts import EventType
from recommender.events.models import Event, Snapshot
from recommender.features.wishes import without_forgotten
from recommender.feedback.examination_log import ALL, curve_of, examination_read
from users.models import Consent

#: What training reads. Impressions are left out: they are many and say nothing by themselves.
COLUMNS = pa.schema(
    [
        ("event", pa.int64()),
        ("shopper", pa.string()),
        ("product", pa.string()),
        ("type", pa.string()),
        ("value", pa.float64()),
        ("time", pa.timestamp("us", tz="UTC")),
        # What an answer to a slate weighs for the place at which it was given; 1 without a slate.
        ("correction", pa.float64()),
    ]
)
CHUNK = 20_000
FIELDS = ("pk", "shopper__external_id", "product__external_id", "type", "value", "time")
#: Answers that depend on whether somebody looked there. What was bought or said was meant.
CORRECTED = frozenset({EventType.VIEW.value, EventType.CLICK.value, EventType.CART.value})


class SnapshotDamagedError(Exception):
    """A snapshot's file is gone or is not the one that was written."""


def log_watermark() -> int:
    """The newest event's key, 0 for an empty log."""
    return int(Event.objects.aggregate(newest=Max("pk"))["newest"] or 0)


def interactions_after(watermark: int) -> int:
    """How many events training has not seen yet."""
    return training_events().filter(pk__gt=watermark).count()


def training_events() -> QuerySet[Event]:
    """What teaches: events about a product of shoppers who agreed, but for what they took back."""
    return without_forgotten(
        Event.objects.filter(shopper__consent=Consent.GRANTED)
        .exclude(product=None)
        .exclude(type=EventType.IMPRESSION.value)
    )


def snapshot_write(*, after: int = 0, watermark: int | None = None) -> Snapshot:
    """Write the consented events above ``after`` up to the watermark (default: all there are).

    The file gets its name when it is complete, so that a kill leaves nothing half-written.
    """
    upto = log_watermark() if watermark is None else watermark
    folder = Path(settings.SNAPSHOT_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{after}-{upto}.partial"
    rows = 0
    with pq.ParquetWriter(partial, COLUMNS, compression="zstd") as writer:
        for batch in _batches(after, upto):
            writer.write_table(batch)
            rows += batch.num_rows
    with partial.open("rb") as stream:
        checksum = hashlib.file_digest(stream, "sha256").hexdigest()
    path = folder / f"{after}-{upto}-{checksum[:12]}.parquet"
    partial.replace(path)
    return Snapshot.objects.create(
        after=after, watermark=upto, path=path.name, rows=rows, checksum=checksum
    )


def _batches(after: int, upto: int) -> Iterator[pa.Table]:
    """The events in chunks by key, so that neither side holds all of them as objects."""
    last = after
    # Of all scenarios together: the traces that tell them apart are not kept for ever, and a
    # record must weigh the same tomorrow.
    examination = curve_of(examination_read(), ALL)
    while True:
        found = list(
            training_events()
            .filter(pk__gt=last, pk__lte=upto)
            .order_by("pk")
            .values_list(*FIELDS, "trace", "rank")[:CHUNK]
        )
        if not found:
            return
        last = found[-1][0]
        rows = [
            (*row, examination.weight(rank) if trace and row[3] in CORRECTED else 1.0)
            for *row, trace, rank in found
        ]
        columns = zip(*rows, strict=True)
        yield pa.table(
            [pa.array(c, t) for c, t in zip(columns, COLUMNS.types, strict=True)], schema=COLUMNS
        )


def snapshot_read(snapshot: Snapshot) -> pa.Table:
    """The events of a snapshot.

    Raises:
        SnapshotDamagedError: the file is missing or its checksum differs.
    """
    path = Path(settings.SNAPSHOT_DIR) / snapshot.path
    try:
        with path.open("rb") as stream:
            checksum = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise SnapshotDamagedError(f"snapshot {snapshot} cannot be read: {error}") from error
    if checksum != snapshot.checksum:
        raise SnapshotDamagedError(f"the file of snapshot {snapshot} has changed")
    return pq.read_table(path)


def snapshots_prune(*, keep: int = 2) -> int:
    """Delete all but the newest snapshots, file and row. Returns how many."""
    old = list(Snapshot.objects.order_by("-pk")[keep:])
    for snapshot in old:
        (Path(settings.SNAPSHOT_DIR) / snapshot.path).unlink(missing_ok=True)
        snapshot.delete()
    return len(old)


def snapshots_tidy() -> int:
    """Delete files that no row names, which a kill leaves behind. Returns how many.

    To be called by who alone writes snapshots at the moment.
    """
    folder = Path(settings.SNAPSHOT_DIR)
    named = set(Snapshot.objects.values_list("path", flat=True))
    stray = [path for path in folder.glob("*") if path.is_file() and path.name not in named]
    for path in stray:
        path.unlink(missing_ok=True)
    return len(stray)
