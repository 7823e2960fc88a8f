"""Facts into the shop from CSV, Turtle and JSON-LD: every bad row reported, the good ones taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from catalog.importing.readers import Format, read_records
from catalog.importing.report import ImportReport, Problem, WrongFileError
from catalog.importing.run import Progress, import_run
from catalog.importing.sources import Source, opened
from kg.exchange import COLUMNS, ExchangeFormat, cell_read
from kg.models import Fact
from kg.rdf import SIZE_LIMIT, json_ld_parse, rdf_statements, turtle_parse
from kg.statement_writer import Statement, StatementWriter
from users.models import User

REQUIRED = COLUMNS[:3]


def facts_import(
    source: Source,
    *,
    format: ExchangeFormat | str,
    strict: bool = False,
    dry_run: bool = False,
    author: User | None = None,
    progress: Progress | None = None,
    reason: str = "import",
) -> ImportReport:
    """Import a file of facts; never raises for what is in the file, however wrong it is.

    ``source`` is a path, or a stream of bytes that the caller closes. The line of a problem is
    that of the file, or in RDF, where the parser found no fault, the place of the statement.
    """
    return statements_import(
        _read(source, ExchangeFormat(format)),
        strict=strict,
        dry_run=dry_run,
        author=author,
        progress=progress,
        reason=reason,
    )


def statements_import(
    statements: Iterable[Statement | Problem],
    *,
    strict: bool = False,
    dry_run: bool = False,
    author: User | None = None,
    progress: Progress | None = None,
    reason: str = "import",
) -> ImportReport:
    """Import statements in chunks, each a transaction; ``strict``: all of them or none."""
    writer = StatementWriter(author=author, reason=reason)
    return import_run(statements, writer, strict=strict, dry_run=dry_run, progress=progress)


def _read(source: Source, format: ExchangeFormat) -> Iterator[Statement | Problem]:
    with opened(source) as stream:
        if format == ExchangeFormat.CSV:
            for record in read_records(stream, Format.CSV, required=REQUIRED, known=COLUMNS):
                yield record if isinstance(record, Problem) else _row(*record)
            return
        try:
            data = stream.read(SIZE_LIMIT + 1)
        except (OSError, EOFError) as error:
            raise WrongFileError(_("is damaged: %s") % error) from error
        parse = turtle_parse if format == ExchangeFormat.TURTLE else json_ld_parse
        yield from rdf_statements(parse(data))


def _row(line: int, cells: Mapping[str, Any]) -> Statement | Problem:
    """A row of a CSV file; columns that are absent or empty take their defaults."""
    texts = {name: cell_read(str(cells.get(name) or "")) for name in COLUMNS}
    for name in REQUIRED:
        texts[name] = texts[name].strip()
        if not texts[name]:
            return Problem(line, name, _("is needed"))
    confidence = texts.pop("confidence").strip()
    try:
        number = float(confidence) if confidence else 1.0
    except ValueError:
        return Problem(line, "confidence", _("must be a number from 0 to 1"))
    texts["status"] = texts["status"].strip().lower() or Fact.Status.ACCEPTED.value
    texts["source"] = texts["source"].strip().lower() or Fact.Source.IMPORT.value
    return Statement(line, confidence=number, **texts)
