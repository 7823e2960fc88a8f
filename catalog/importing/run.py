"""The course of every import: chunks, transactions, strictness, progress, report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Protocol, TypeVar

from django.db import connection, transaction

from catalog.importing.report import ImportReport, Problem, WrongFileError

Row = TypeVar("Row")
Progress = Callable[[int], object]

CHUNK = 5_000
#: From so many new rows on, the database's own statistics are out of date.
ANALYZE_FROM = 1_000


class Writer(Protocol[Row]):
    """Writes checked rows; a row may still turn out wrong, and is then reported."""

    def write(self, rows: list[Row], report: ImportReport) -> None:
        """Write one chunk in the transaction of the caller."""


def import_run(
    rows: Iterable[Row | Problem],
    writer: Writer[Row],
    *,
    strict: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Write the rows and report the problems among them.

    Each chunk is one transaction, so that an import that is cut off loses nothing of what came
    before and can simply be repeated. ``strict``: everything is one transaction, which is rolled
    back where there is any problem. ``dry_run``: it is rolled back in any case. ``progress`` is
    called with the number of rows done since the last call.
    """
    report = ImportReport()
    chunks = _chunks(rows, report)
    if strict or dry_run:
        with transaction.atomic():
            _write(chunks, writer, report, progress)
            if dry_run or report.problems:
                transaction.set_rollback(True)
                report.written = False
        if strict and report.problems:
            report.created = report.updated = report.unchanged = 0
    else:
        _write(chunks, writer, report, progress)
        report.written = report.created + report.updated > 0 or not report.problems
    report.problems.sort()
    if report.written and report.created + report.updated >= ANALYZE_FROM:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return report


def _write(
    chunks: Iterator[tuple[int, list[Row]]],
    writer: Writer[Row],
    report: ImportReport,
    progress: Progress | None,
) -> None:
    for size, rows in chunks:
        with transaction.atomic():
            writer.write(rows, report)
        if progress:
            progress(size)


def _chunks(rows: Iterable[Row | Problem], report: ImportReport) -> Iterator[tuple[int, list[Row]]]:
    """Sound rows in chunks, each with the number of rows and problems read for it."""
    iterator = iter(rows)
    while True:
        chunk: list[Row | Problem] = []
        try:
            # Grows inside the call, so that what came before a file breaks off is kept.
            chunk.extend(islice(iterator, CHUNK))
        except WrongFileError as error:
            report.problems.append(error.problem)
            iterator = iter(())
        sound: list[Row] = []
        for row in chunk:
            if isinstance(row, Problem):
                report.problems.append(row)
            else:
                sound.append(row)
        if sound:
            yield len(chunk), sound
        if not chunk:
            return
