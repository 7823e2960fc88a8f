"""CSV, JSON Lines and Parquet as one stream of records with their lines, in bounded memory."""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from pathlib import PurePath
from typing import IO, Any

from django.utils.translation import gettext as _

from catalog.importing.report import Problem, WrongFileError
from catalog.importing.sources import text_lines

#: A record with its line: the row of a Parquet file, which has no lines.
Numbered = tuple[int, Mapping[str, Any]]

#: A quoted cell may run over lines; a quote that is not closed within so many was never meant.
RECORD_LINES = 200
#: Rows of a Parquet file in memory at once.
BATCH = 2_000


class Format(StrEnum):
    """How a file holds its rows."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


_SUFFIXES = {
    ".csv": Format.CSV,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".parquet": Format.PARQUET,
}


def format_of(name: str) -> Format:
    """The format that a file's name promises; raises WrongFileError for other endings."""
    suffixes = [suffix.lower() for suffix in PurePath(name).suffixes if suffix.lower() != ".gz"]
    try:
        return _SUFFIXES[suffixes[-1]]
    except (IndexError, KeyError):
        known = ", ".join(_SUFFIXES)
        raise WrongFileError(_("has no ending that says its format: %s") % known) from None


def read_records(
    stream: IO[bytes], format: Format, *, required: Sequence[str], known: Sequence[str]
) -> Iterator[Numbered | Problem]:
    """The file's records, and the lines that hold none.

    ``required`` columns must be there in a file with a header. Other columns than ``known`` ones
    (a name that ends with a dot stands for all names with that beginning) are reported once and
    passed over. Raises WrongFileError where the file is of another kind, or lacks a column.
    """
    match format:
        case Format.CSV:
            records = _csv(stream, required)
        case Format.JSONL:
            records = _json_lines(stream)
        case Format.PARQUET:
            records = _parquet(stream, required)
    return _without_unknown(records, known)


def _without_unknown(
    records: Iterator[Numbered | Problem], known: Sequence[str]
) -> Iterator[Numbered | Problem]:
    names = set(known)
    prefixes = tuple(name for name in known if name.endswith("."))
    reported: set[str] = set()
    for record in records:
        if isinstance(record, Problem):
            yield record
            continue
        line, cells = record
        unknown = [n for n in cells if n not in names and not (prefixes and n.startswith(prefixes))]
        for name in unknown:
            if name not in reported:
                reported.add(name)
                shown = name[:60].replace("\x00", "")
                yield Problem(line, shown, _("is no known column and is passed over"))
        yield line, {n: v for n, v in cells.items() if n not in unknown} if unknown else cells


class _OpenQuoteError(csv.Error):
    """A quoted cell runs on for longer than any record is meant to."""


class _Lines:
    """Lines for one CSV record at a time, which can be taken back where the record is broken."""

    def __init__(self, lines: Iterator[tuple[int, str] | Problem]) -> None:
        self._lines = lines
        self._returned: deque[tuple[int, str]] = deque()
        self.taken: list[tuple[int, str]] = []
        #: Lines that are no text, met on the way.
        self.problems: list[Problem] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= RECORD_LINES:
            raise _OpenQuoteError
        while not self._returned:
            item = next(self._lines)
            if isinstance(item, Problem):
                self.problems.append(item)
                continue
            self._returned.append(item)
        self.taken.append(self._returned.popleft())
        return self.taken[-1][1]

    def take_back(self) -> None:
        """Read every line but the first of the broken record again."""
        self._returned.extendleft(reversed(self.taken[1:]))


def _csv(stream: IO[bytes], required: Sequence[str]) -> Iterator[Numbered | Problem]:
    lines = _Lines(text_lines(stream, expected="CSV"))
    header: list[str] | None = None
    reader = csv.reader(lines, strict=True)
    while True:
        lines.taken.clear()
        problem: Problem | None = None
        cells: list[str] = []
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            line = lines.taken[0][0] if lines.taken else 0
            problem = Problem(line, "", _csv_reason(error))
            lines.take_back()
            reader = csv.reader(lines, strict=True)
        yield from lines.problems
        lines.problems.clear()
        if header is None:
            if problem:
                raise WrongFileError(problem.reason, line=problem.line)
            if any(cell.strip() for cell in cells):
                header = _header(cells, required)
            continue
        if problem:
            yield problem
        elif any(cell.strip() for cell in cells):
            line = lines.taken[0][0]
            if len(cells) == len(header):
                yield line, dict(zip(header, cells, strict=True))
            else:
                yield Problem(
                    line,
                    "",
                    _("has %(count)d cells; the header has %(expected)d")
                    % {"count": len(cells), "expected": len(header)},
                )
    yield from lines.problems
    if header is None:
        raise WrongFileError(_("has no header"))


def _csv_reason(error: csv.Error) -> str:
    words = str(error)
    if "field larger" in words:
        return _("a cell has more than %d characters, the limit") % csv.field_size_limit()
    if isinstance(error, _OpenQuoteError) or "unexpected end" in words:
        return _("a quote that opens here is not closed")
    return _("is broken CSV: %s") % words


def _header(cells: Sequence[str], required: Sequence[str]) -> list[str]:
    header = [cell.strip() for cell in cells]
    for name in required:
        if name not in header:
            found = ", ".join(name[:40] for name in header[:12]).replace("\x00", "")
            raise WrongFileError(
                _("the column is missing; the header has: %s") % found, line=1, field=name
            )
    for name in header:
        if header.count(name) > 1:
            raise WrongFileError(_("the column occurs twice"), line=1, field=name[:60])
    return header


def _json_lines(stream: IO[bytes]) -> Iterator[Numbered | Problem]:
    sound = 0
    for item in text_lines(stream, expected="JSON Lines"):
        if isinstance(item, Problem):
            yield item
            continue
        line, text = item
        if not text.strip():
            continue
        try:
            record = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            reason = getattr(error, "msg", "") or str(error)
            if not sound and line == 1 and not text.lstrip().startswith(("{", "[")):
                raise WrongFileError(_("is not JSON Lines: %s") % reason, line=1) from error
            yield Problem(line, "", _("is not JSON: %s") % reason)
            continue
        if not isinstance(record, dict):
            yield Problem(line, "", _("must hold one JSON object"))
            continue
        sound += 1
        yield line, record


def _no_constant(name: str) -> Any:
    raise ValueError(_("%s is no JSON") % name)


def _parquet(stream: IO[bytes], required: Sequence[str]) -> Iterator[Numbered | Problem]:
    # Loaded here: the web process reads tables only when somebody uploads one.
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(stream)
        header = _header(file.schema_arrow.names, required)
        line = 0
        for batch in file.iter_batches(batch_size=BATCH):
            for record in batch.to_pylist():
                line += 1
                yield line, {name: _plain(record[name]) for name in header}
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        words = str(error).splitlines()[0][:200]
        raise WrongFileError(_("cannot be read as Parquet: %s") % words) from error


def _plain(value: Any) -> Any:
    """Bytes that are text, and maps that come as pairs."""
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value
    if (
        isinstance(value, list)
        and value
        and all(isinstance(pair, tuple) and len(pair) == 2 for pair in value)
    ):
        return dict(value)
    return value
