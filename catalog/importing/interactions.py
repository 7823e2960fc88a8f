"""Interactions from files and data sets into the event log, once each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.importing.interaction_records import (
    COLUMNS,
    REQUIRED,
    InteractionRecord,
    interaction_record,
    interaction_row_problems,
)
from catalog.importing.readers import Format, read_records
from catalog.importing.report import ImportReport, Problem
from catalog.importing.run import Progress, import_run
from catalog.importing.sources import Source, opened
from catalog.importing.unique import Seen
from catalog.models import Product
from catalog.rows import InteractionRow
from recommender.events.models import Event
from users.models import Consent, Shopper
from users.shoppers import shoppers_resolve

#: Whom the decisions about consent of imported shoppers name.
CONSENT_SOURCE = "import"
ORIGIN_LIMIT = 60


def interactions_import(
    source: Source,
    *,
    format: Format | str,
    name: str,
    strict: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a file of interactions; never raises for what is in the file, however wrong it is.

    ``name`` says where they come from: ids are unique within it, so that a file that is imported
    again under its name adds only what is new. Whoever imports vouches that the shoppers named
    for the first time have consented; known ones keep what they decided.
    """
    return import_run(
        _file_rows(source, Format(format)),
        _InteractionWriter(name),
        strict=strict,
        dry_run=dry_run,
        progress=progress,
    )


def interaction_rows_import(
    rows: Iterable[InteractionRow],
    *,
    name: str,
    strict: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import the rows of a data set; the "line" of a problem is the number of the row."""
    return import_run(_plain_rows(rows), _InteractionWriter(name), strict=strict, progress=progress)


def _file_rows(source: Source, format: Format) -> Iterator[InteractionRecord | Problem]:
    now = timezone.now()
    with opened(source) as stream:
        for record in read_records(stream, format, required=REQUIRED, known=COLUMNS):
            if isinstance(record, Problem):
                yield record
                continue
            read = interaction_record(*record, now)
            if isinstance(read, InteractionRecord):
                yield read
            else:
                yield from read


def _plain_rows(rows: Iterable[InteractionRow]) -> Iterator[InteractionRecord | Problem]:
    now = timezone.now()
    for number, row in enumerate(rows, start=1):
        problems = [Problem(number, *problem) for problem in interaction_row_problems(row, now)]
        if problems:
            yield from problems
        else:
            yield InteractionRecord(number, row)


class _InteractionWriter:
    """Adds chunks of interactions to the log. Products and shoppers it has met stay in memory."""

    def __init__(self, name: str) -> None:
        self._origin = f"import:{name}"[:ORIGIN_LIMIT]
        self._seen = Seen("id")
        self._products: dict[str, int] = {}
        #: Primary key and consent by external id.
        self._shoppers: dict[str, tuple[int, bool]] = {}

    def write(self, rows: list[InteractionRecord], report: ImportReport) -> None:
        rows = self._seen.first_ones(
            rows, lambda record: record.row.id, report, lambda record: record.id_derived
        )
        rows = self._with_product(rows, report)
        rows = self._with_consent(rows, report)
        known = set(
            Event.objects.filter(
                origin=self._origin, client_id__in=[record.row.id for record in rows]
            ).values_list("client_id", flat=True)
        )
        now = timezone.now()
        events = [
            Event(
                origin=self._origin,
                client_id=row.id,
                shopper_id=self._shoppers[row.shopper][0],
                product_id=self._products.get(row.product),
                type=row.type.value,
                value=row.value,
                query=row.query,
                time=row.time,
                received_at=now,
            )
            for row in (record.row for record in rows)
            if row.id not in known
        ]
        Event.objects.bulk_create(events, ignore_conflicts=True)
        moved = {event.shopper_id for event in events}
        Shopper.objects.filter(pk__in=moved).update(last_event_at=now)
        report.created += len(events)
        report.unchanged += len(known)

    def _with_product(
        self, rows: list[InteractionRecord], report: ImportReport
    ) -> list[InteractionRecord]:
        new = {record.row.product for record in rows} - self._products.keys() - {""}
        self._products |= dict(
            Product.objects.filter(external_id__in=new).order_by().values_list("external_id", "pk")
        )
        known = []
        for record in rows:
            if not record.row.product or record.row.product in self._products:
                known.append(record)
            else:
                reason = _("“%s” is not in the catalogue") % record.row.product
                report.problems.append(Problem(record.line, "product", reason))
        return known

    def _with_consent(
        self, rows: list[InteractionRecord], report: ImportReport
    ) -> list[InteractionRecord]:
        """Make the shoppers who are new, and leave out those who did not agree."""
        new = {record.row.shopper for record in rows} - self._shoppers.keys()
        if new:
            found = shoppers_resolve(external_ids=new, attests_consent=True, source=CONSENT_SOURCE)
            self._shoppers |= {
                name: (shopper.pk, shopper.consent == Consent.GRANTED)
                for name, shopper in found.items()
            }
        agreed = []
        for record in rows:
            if self._shoppers[record.row.shopper][1]:
                agreed.append(record)
            else:
                reason = _("“%s” has not agreed to being recorded") % record.row.shopper
                report.problems.append(Problem(record.line, "shopper", reason))
        return agreed
