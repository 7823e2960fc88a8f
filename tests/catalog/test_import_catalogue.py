"""Importing products: takes the good rows, names the bad ones, and can be repeated."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.importing import ImportReport, catalogue_import, catalogue_rows_import
from catalog.models import AttributeType, Brand, Category, Product
from catalog.rows import CatalogueRow
from catalog.search import products_search

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
HEADER = "external_id,title,price,stock,status,kind,category,brand\n"


def imported(data: str | bytes, format: str = "csv", **options: Any) -> ImportReport:
    raw = data.encode() if isinstance(data, str) else data
    return catalogue_import(io.BytesIO(raw), format=format, **options)


def counts(report: ImportReport) -> tuple[int, int, int]:
    return report.created, report.updated, report.unchanged


def problems(report: ImportReport) -> list[str]:
    return [str(problem) for problem in report.problems]


GOOD = (
    "external_id,title,description,price,stock,status,kind,category,brand,published_at,"
    "attribute.size,attribute.vegan\n"
    'T1,Earl Grey,"Black tea,\nwith bergamot",4.50,7,active,goods,Grocery / Tea,Leaf & Co,'
    "2025-01-31T12:00:00Z,250,yes\n"
    "V1,A film,,,,draft,video,,,,,\n"
)


def test_every_column_arrives():
    assert counts(imported(GOOD)) == (2, 0, 0)
    tea = Product.objects.get(external_id="T1")
    assert (tea.title, tea.description) == ("Earl Grey", "Black tea,\nwith bergamot")
    assert (tea.price, tea.stock, tea.status, tea.kind) == (Decimal("4.50"), 7, "active", "goods")
    assert (str(tea.category), str(tea.brand)) == ("Grocery / Tea", "Leaf & Co")
    assert tea.attributes == {"size": 250, "vegan": True}
    assert tea.published_at == datetime(2025, 1, 31, 12, tzinfo=UTC)
    assert tea.history.get().history_change_reason == "import"
    film = Product.objects.get(external_id="V1")
    assert (film.price, film.stock, film.kind, film.status) == (None, 0, "video", "draft")
    assert film.attributes == {}
    assert [p.external_id for p in products_search(query="bergamot").products] == ["T1"]


def test_importing_again_changes_nothing_and_a_change_is_one_update():
    imported(GOOD)
    before = list(Product.objects.order_by("external_id").values())
    report = imported(GOOD)
    assert counts(report) == (0, 0, 2)
    assert list(Product.objects.order_by("external_id").values()) == before
    Product.objects.update(popularity=3.0, rating_count=4)
    assert counts(imported(GOOD.replace("4.50", "4.75"))) == (0, 1, 1)
    tea = Product.objects.get(external_id="T1")
    assert (tea.price, tea.popularity, tea.rating_count) == (Decimal("4.75"), 3.0, 4)
    assert tea.pk == before[0]["id"]
    assert [h.price for h in tea.history.all()] == [Decimal("4.75"), Decimal("4.50")]
    assert Product.objects.count() == 2


def test_a_file_changes_only_the_columns_that_it_has():
    imported(GOOD)
    report = imported("external_id,title,price\nT1,Earl Grey,9.99\n", reason="new prices")
    assert counts(report) == (0, 1, 0)
    tea = Product.objects.get(external_id="T1")
    assert (tea.price, tea.stock, str(tea.brand)) == (Decimal("9.99"), 7, "Leaf & Co")
    assert tea.attributes == {"size": 250, "vegan": True}
    # An empty cell empties the field.
    imported("external_id,title,price,brand\nT1,Earl Grey,,\n")
    tea.refresh_from_db()
    assert (tea.price, tea.brand) == (None, None)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("A,,1,1,active,goods,,", "title: is needed"),
        (",T,1,1,active,goods,,", "external_id: is needed"),
        ("A,T,-1,1,active,goods,,", "price: must not be negative"),
        ("A,T,1.999,1,active,goods,,", "price: has more than 2 decimals"),
        ("A,T,1e9,1,active,goods,,", "price: must be less than 100000000"),
        ("A,T,$5,1,active,goods,,", "price: must be a number such as 12.50"),
        ("A,T,NaN,1,active,goods,,", "price: must be a number such as 12.50"),
        ("A,T,1,1.5,active,goods,,", "stock: must be a whole number"),
        ("A,T,1,-1,active,goods,,", "stock: must be from 0 to 2147483647"),
        ("A,T,1,9999999999,active,goods,,", "stock: must be from 0 to 2147483647"),
        ("A,T,1,1,sold,goods,,", "status: must be one of draft, active, archived"),
        ("A,T,1,1,active,boat,,", "kind: must be one of goods, video, article, track, trip"),
        (f"A,{'x' * 301},1,1,active,goods,,", "title: has 301 characters; the limit is 300"),
        (f"{'x' * 101},T,1,1,active,goods,,", "external_id: has 101 characters; the limit is 100"),
        (f"A,T,1,1,active,goods,,{'x' * 121}", "brand: has 121 characters; the limit is 120"),
        (
            f"A,T,1,1,active,goods,{'x' * 121},",
            f"category: the name “{'x' * 20}…” has 121 characters; the limit is 120",
        ),
        ("A,T\0,1,1,active,goods,,", "title: contains a NUL byte"),
        ("A,T,1,1,active,goods", "has 6 cells; the header has 8"),
    ],
)
def test_a_bad_row_is_named_and_the_good_ones_taken_or_none_when_strict(row, expected):
    data = f"{HEADER}G1,Good,1,1,active,goods,,\n{row}\nG2,Good,1,1,active,goods,,\n"
    strict = imported(data, strict=True)
    assert problems(strict) == [f"line 3: {expected}"]
    assert (counts(strict), strict.written) == ((0, 0, 0), False)
    assert Product.objects.count() == Brand.objects.count() == Category.objects.count() == 0
    report = imported(data)
    assert problems(report) == [f"line 3: {expected}"]
    assert (counts(report), report.written) == ((2, 0, 0), True)
    assert set(Product.objects.values_list("external_id", flat=True)) == {"G1", "G2"}


def test_every_problem_of_a_row_is_named():
    report = imported(HEADER + "A,,-1,x,sold,boat,,\n")
    assert [(p.line, p.field) for p in report.problems] == [
        (2, "kind"),
        (2, "price"),
        (2, "status"),
        (2, "stock"),
        (2, "title"),
    ]


def test_an_id_that_comes_twice_counts_once():
    report = imported("external_id,title\nA,First\nB,Other\nA,Second\n")
    assert problems(report) == ["line 4: external_id: stands on line 2 already"]
    assert Product.objects.get(external_id="A").title == "First"


@pytest.mark.parametrize(
    ("data", "format", "expected"),
    [
        (PNG, "csv", "the file: is a PNG file, not CSV"),
        (b"", "csv", "the file: is empty"),
        (b"title\nx\n", "csv", "line 1: external_id: the column is missing; the header has: title"),
        (b"hello\n", "jsonl", "line 1: is not JSON Lines: Expecting value"),
        (PNG, "parquet", None),
    ],
)
def test_a_wrong_file_changes_nothing(data, format, expected):
    report = imported(data, format)
    assert (counts(report), report.written) == ((0, 0, 0), False)
    assert len(report.problems) == 1
    assert expected is None or problems(report) == [expected]
    assert Product.objects.count() == 0


def test_what_came_before_a_file_breaks_off_is_kept(monkeypatch):
    monkeypatch.setattr("catalog.importing.run.CHUNK", 2)

    class Breaking(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 40:
                raise OSError("the disk is gone")
            return super().readline(size)

    data = b"external_id,title\n" + b"".join(b"%d,T\n" % n for n in range(100))
    report = catalogue_import(Breaking(data), format="csv")
    assert report.created == Product.objects.count() == 6
    assert problems(report) == ["line 8: is damaged: the disk is gone"]


def test_json_lines_with_typed_values_and_lists():
    rows: list[dict[str, Any]] = [
        {
            "external_id": 17,
            "title": "T",
            "price": 3,
            "category": ["A", "B / C"],
            "attributes": {"colour": "red", "watts": 40, "new": True, "since": "2025-01-01"},
        },
        {"external_id": "x", "title": "T", "attributes": {"watts": "many"}},
        {"external_id": "y", "title": "T", "attributes": ["red"]},
        {"external_id": "z", "title": ["T"], "price": True, "category": 4},
        {"external_id": "s", "title": "\ud800"},
    ]
    report = imported("".join(json.dumps(row) + "\n" for row in rows[:1]), "jsonl")
    report = imported("".join(json.dumps(row) + "\n" for row in rows), "jsonl")
    product = Product.objects.get()
    assert (product.external_id, product.price) == ("17", Decimal("3.00"))
    assert str(product.category) == "A / B/C"
    assert product.attributes == rows[0]["attributes"]
    assert dict(AttributeType.objects.values_list("key", "kind")) == {
        "colour": "text",
        "watts": "number",
        "new": "boolean",
        "since": "date",
    }
    assert problems(report) == [
        "line 2: attributes: “watts” must be a number",
        "line 3: attributes: must be an object of keys and values",
        "line 4: category: must be names joined by “/”, or a list of names",
        "line 4: price: must be a number such as 12.50",
        "line 4: title: must be text",
        "line 5: title: contains characters that are not valid Unicode",
    ]


def test_parquet_types():
    file = io.BytesIO()
    table = pa.table(
        {
            "external_id": ["A", "B"],
            "title": ["Tea", "Milk"],
            "price": pa.array([Decimal("1.25"), None], pa.decimal128(10, 2)),
            "stock": [3.0, float("nan")],
            "category": [["Grocery", "Tea"], None],
            "published_at": pa.array([datetime(2025, 1, 1)] * 2, pa.timestamp("us")),  # noqa: DTZ001
            "attribute.size": [250, None],
        }
    )
    pq.write_table(table, file)
    assert problems(imported(file.getvalue(), "parquet")) == []
    tea, milk = Product.objects.order_by("external_id")
    assert (tea.price, tea.stock, str(tea.category)) == (Decimal("1.25"), 3, "Grocery / Tea")
    assert (tea.attributes, milk.attributes) == ({"size": 250}, {})
    assert (milk.price, milk.stock, milk.category) == (None, 0, None)
    assert tea.published_at == datetime(2025, 1, 1, tzinfo=UTC)


def test_a_trial_run_counts_and_writes_nothing():
    report = imported(GOOD + "bad\n", dry_run=True)
    assert (counts(report), len(report.problems), report.written) == ((2, 0, 0), 1, False)
    assert Product.objects.count() == AttributeType.objects.count() == 0


def test_data_set_rows_are_checked_too():
    def rows() -> Iterable[CatalogueRow]:
        yield CatalogueRow("A", "Tea", group="tea", category=("X",), attributes={"size": 3})
        yield CatalogueRow("B", "x" * 301)

    done: list[int] = []
    report = catalogue_rows_import(rows(), progress=done.append)
    assert counts(report) == (1, 0, 0)
    assert problems(report) == ["line 2: title: has 301 characters; the limit is 300"]
    assert Product.objects.get().picture_group == "tea"
    assert sum(done) == 2


def test_the_number_of_queries_grows_by_chunk_not_by_row():
    def queries(start: int) -> int:
        rows = [
            CatalogueRow(f"P{start + n}", "T", brand=f"B{n % 3}", category=("A", f"C{n % 5}"))
            for n in range(20)
        ]
        with CaptureQueriesContext(connection) as context:
            catalogue_rows_import(rows)
        return len(context)

    queries(0)
    assert queries(100) == queries(200) <= 12


cell = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["1", "-1", "1.5", "active", "goods", "A / B", "{}", "[1]", "nan", "1e400"]),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                name: cell | st.none() | st.integers()
                for name in (
                    "external_id",
                    "title",
                    "description",
                    "price",
                    "stock",
                    "status",
                    "kind",
                    "category",
                    "brand",
                    "attributes",
                    "published_at",
                    "attribute.a",
                )
            },
        ),
        max_size=5,
    )
)
def test_any_rows_are_imported_or_named(db, rows):
    before = Product.objects.count()
    data = "".join(json.dumps(row) + "\n" for row in rows)
    report = imported(data, "jsonl")
    assert Product.objects.count() == before + report.created
    bad = {problem.line for problem in report.problems}
    assert sum(counts(report)) + len(bad) == max(len(rows), 1)
    again = imported(data, "jsonl")
    assert counts(again) == (0, 0, sum(counts(report)))
