"""Products from files and data sets: an upsert by external id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from catalog.attributes import attribute_types_infer, attributes_cleaned
from catalog.categories import categories_make, category_path
from catalog.importing.catalogue_records import (
    COLUMNS,
    REQUIRED,
    CatalogueRecord,
    catalogue_record,
    catalogue_row_problems,
)
from catalog.importing.readers import Format, read_records
from catalog.importing.report import ImportReport, Problem
from catalog.importing.run import Progress, import_run
from catalog.importing.sources import Source, opened
from catalog.importing.unique import Seen
from catalog.models import AttributeType, Brand, Category, Product
from catalog.rows import CatalogueRow
from catalog.services import picture_group_of
from kg.catalogue_door import catalogue_changed

#: Columns of a product that an import writes.
FIELDS = (
    "title",
    "description",
    "kind",
    "status",
    "price",
    "stock",
    "brand",
    "category",
    "attributes",
    "picture_group",
    "published_at",
)
_COMPARED = [f"{name}_id" if name in ("brand", "category") else name for name in FIELDS]


def catalogue_import(
    source: Source,
    *,
    format: Format | str,
    strict: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
    reason: str = "import",
) -> ImportReport:
    """Import a file of products; never raises for what is in the file, however wrong it is.

    ``source`` is a path, or a stream of bytes that the caller closes. ``reason`` is kept in the
    history of each product that changed.
    """
    return import_run(
        _file_rows(source, Format(format)),
        _CatalogueWriter(from_text=Format(format) == Format.CSV, reason=reason),
        strict=strict,
        dry_run=dry_run,
        progress=progress,
    )


def catalogue_rows_import(
    rows: Iterable[CatalogueRow],
    *,
    strict: bool = False,
    progress: Progress | None = None,
    reason: str = "import",
) -> ImportReport:
    """Import the rows of a data set; the "line" of a problem is the number of the row."""
    return import_run(
        _plain_rows(rows),
        _CatalogueWriter(from_text=False, reason=reason),
        strict=strict,
        progress=progress,
    )


def _file_rows(source: Source, format: Format) -> Iterator[CatalogueRecord | Problem]:
    with opened(source) as stream:
        for record in read_records(stream, format, required=REQUIRED, known=COLUMNS):
            if isinstance(record, Problem):
                yield record
                continue
            read = catalogue_record(*record)
            if isinstance(read, CatalogueRecord):
                yield read
            else:
                yield from read


def _plain_rows(rows: Iterable[CatalogueRow]) -> Iterator[CatalogueRecord | Problem]:
    for number, row in enumerate(rows, start=1):
        problems = [Problem(number, *problem) for problem in catalogue_row_problems(row)]
        if problems:
            yield from problems
        else:
            yield CatalogueRecord(number, row)


class _CatalogueWriter:
    """Upserts chunks of products. Brands, categories and attributes it has met stay in memory."""

    def __init__(self, *, from_text: bool, reason: str) -> None:
        self._from_text = from_text
        self._reason = reason[:100]
        self._seen = Seen("external_id")
        self._brands: dict[str, Brand] = {}
        self._categories: dict[tuple[str, ...], Category] = {}
        self._kinds: dict[str, str] = {}

    def write(self, rows: list[CatalogueRecord], report: ImportReport) -> None:
        rows = self._seen.first_ones(rows, lambda record: record.row.external_id, report)
        attributes = self._attributes(rows, report)
        rows = [record for record in rows if record.line in attributes]
        self._make_brands({record.row.brand for record in rows})
        self._make_categories({record.row.category for record in rows})
        known = Product.objects.select_related("category").in_bulk(
            [record.row.external_id for record in rows], field_name="external_id"
        )
        created: list[Product] = []
        changed: list[Product] = []
        for record in rows:
            product = known.get(record.row.external_id)
            before = [getattr(product, name) for name in _COMPARED] if product else None
            product = product or Product(external_id=record.row.external_id)
            self._fill(product, record, attributes[record.line])
            if before is None:
                created.append(product)
            elif before != [getattr(product, name) for name in _COMPARED]:
                changed.append(product)
        self._upsert(created, changed)
        catalogue_changed(products=[product.pk for product in (*created, *changed)])
        report.created += len(created)
        report.updated += len(changed)
        report.unchanged += len(rows) - len(created) - len(changed)

    def _attributes(
        self, rows: Sequence[CatalogueRecord], report: ImportReport
    ) -> dict[int, dict[str, Any]]:
        """The cleaned attributes by line; rows with wrong ones are reported and left out."""
        new: defaultdict[str, list[Any]] = defaultdict(list)
        for record in rows:
            for key, value in record.row.attributes.items():
                if key not in self._kinds:
                    new[key].append(value)
        if new:
            attribute_types_infer(
                {key: values for key, values in new.items() if isinstance(key, str)},
                from_text=self._from_text,
            )
            self._kinds = dict(AttributeType.objects.values_list("key", "kind"))
        cleaned: dict[int, dict[str, Any]] = {}
        for record in rows:
            values, problems = attributes_cleaned(record.row.attributes, self._kinds)
            if problems:
                report.problems += [Problem(record.line, "attributes", p) for p in problems]
            else:
                cleaned[record.line] = values
        return cleaned

    def _make_brands(self, names: set[str]) -> None:
        names = {name for name in names if name and name not in self._brands}
        if names:
            known = Brand.objects.in_bulk(list(names), field_name="name")
            missing = [Brand(name=name) for name in sorted(names - known.keys())]
            Brand.objects.bulk_create(missing, ignore_conflicts=True)
            self._brands |= known
            self._brands |= Brand.objects.in_bulk([b.name for b in missing], field_name="name")

    def _make_categories(self, paths: set[tuple[str, ...]]) -> None:
        new = {path for path in paths if path and category_path(path) not in self._categories}
        if new:
            self._categories |= categories_make(paths=new)

    def _fill(self, product: Product, record: CatalogueRecord, attributes: dict[str, Any]) -> None:
        row, given = record.row, record.given
        for name in ("title", "description", "status", "price", "stock"):
            if name in given:
                setattr(product, name, getattr(row, name))
        if "product_type" in given:
            product.kind = row.product_type
        if "brand" in given:
            product.brand = self._brands[row.brand] if row.brand else None
        if "category" in given:
            product.category = (
                self._categories[category_path(row.category)] if row.category else None
            )
        if "attributes" in given:
            product.attributes = attributes
        if row.created is not None:
            product.published_at = row.created
        product.picture_group = row.group or picture_group_of(product)

    def _upsert(self, created: list[Product], changed: list[Product]) -> None:
        """Write, and keep the history; somebody else may have made one of the products."""
        for product in changed:
            # The conflict must be about the external id, the one key that the statement names.
            product.pk = None
        for products, update in ((created, False), (changed, True)):
            Product.objects.bulk_create(
                products,
                update_conflicts=True,
                unique_fields=["external_id"],
                update_fields=[*FIELDS, "updated_at"],
            )
            Product.history.bulk_history_create(
                products, update=update, default_change_reason=self._reason
            )
