"""Readers give every sound record with its line, and name what is wrong with the others."""

from __future__ import annotations

import csv
import gzip
import io
import json
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.importing.readers import RECORD_LINES, Format, format_of, read_records
from catalog.importing.report import Problem, WrongFileError
from catalog.importing.sources import LINE_LIMIT, opened

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def read(data: bytes, format: Format = Format.CSV, required=("id",), known=("id", "name", "x.")):
    return list(read_records(io.BytesIO(data), format, required=required, known=known))


def refused(data: bytes, format: Format = Format.CSV) -> Problem:
    with pytest.raises(WrongFileError) as caught:
        read(data, format)
    return caught.value.problem


def test_csv_with_quotes_lines_and_a_byte_order_mark():
    data = '\ufeffid,name\r\n1,"two\nlines, ""quoted"""\r\n\r\n2,é\r\n'.encode()
    assert read(data) == [
        (2, {"id": "1", "name": 'two\nlines, "quoted"'}),
        (5, {"id": "2", "name": "é"}),
    ]


def test_broken_csv_rows_cost_only_themselves():
    data = b'id,name\n1,a\n2\n3,c,d\n4,"x"y\n5,\xff\n6,f\n7,"open\n8,h\n'
    records = read(data)
    assert [r for r in records if not isinstance(r, Problem)] == [
        (2, {"id": "1", "name": "a"}),
        (7, {"id": "6", "name": "f"}),
        (9, {"id": "8", "name": "h"}),
    ]
    assert [str(r) for r in records if isinstance(r, Problem)] == [
        "line 3: has 1 cells; the header has 2",
        "line 4: has 3 cells; the header has 2",
        "line 5: is broken CSV: ',' expected after '\"'",
        "line 6: is not UTF-8 text at byte 3 of the line",
        "line 8: a quote that opens here is not closed",
    ]


def test_an_open_quote_does_not_swallow_the_file():
    rows = "".join(f"{n},a\n" for n in range(RECORD_LINES * 3))
    records = read(f'id,name\nx,"open\n{rows}'.encode())
    assert str(records[0]) == "line 2: a quote that opens here is not closed"
    assert len(records) == 1 + RECORD_LINES * 3


def test_huge_cells_and_lines_are_named_and_passed_over():
    data = b"id,name\n1," + b"x" * 200_000 + b"\n2,b\n3," + b"y" * (3 * LINE_LIMIT) + b"\n4,d\n"
    records = read(data)
    assert [str(r) for r in records if isinstance(r, Problem)] == [
        f"line 2: a cell has more than {csv.field_size_limit()} characters, the limit",
        f"line 4: is longer than {LINE_LIMIT} bytes, the limit",
    ]
    assert [r[0] for r in records if not isinstance(r, Problem)] == [3, 5]


@pytest.mark.parametrize(
    ("data", "format", "words"),
    [
        (PNG, Format.CSV, "is a PNG file, not CSV"),
        (PNG, Format.JSONL, "is a PNG file, not JSON Lines"),
        (PNG, Format.PARQUET, "cannot be read as Parquet"),
        (b"PK\x03\x04rest", Format.CSV, "ZIP/Excel"),
        ("id,name\n".encode("utf-16"), Format.CSV, "UTF-16"),
        (b"id\x00,name\n", Format.CSV, "NUL"),
        (b"", Format.CSV, "is empty"),
        (b"", Format.JSONL, "is empty"),
        (b"", Format.PARQUET, "cannot be read as Parquet"),
        (b"\n\n", Format.CSV, "has no header"),
        (b"name\nx\n", Format.CSV, "the column is missing; the header has: name"),
        (b"id;name\n1;x\n", Format.CSV, "the header has: id;name"),
        (b"id,id\n1,2\n", Format.CSV, "occurs twice"),
        (b"\xff\xfeabc\n", Format.CSV, "UTF-16"),
        (b"id,name\n1,x\n", Format.JSONL, "is not JSON Lines"),
    ],
)
def test_wrong_files_are_refused_as_a_whole(data, format, words):
    assert words in refused(data, format).reason


def test_the_missing_column_is_named():
    problem = refused(b"name\nx\n")
    assert (problem.line, problem.field) == (1, "id")


def test_unknown_columns_are_reported_once():
    records = read(b"id,colour,x.size\n1,red,5\n2,blue,6\n")
    assert records == [
        Problem(2, "colour", "is no known column and is passed over"),
        (2, {"id": "1", "x.size": "5"}),
        (3, {"id": "2", "x.size": "6"}),
    ]


def test_json_lines():
    data = b'{"id": 1, "name": 1.10}\n\n[1]\n{"id": NaN}\n{"id": \n"x"\n{"id": "\\u0000"}\n'
    records = read(data, Format.JSONL)
    assert records[0] == (1, {"id": 1, "name": Decimal("1.10")})
    assert records[-1] == (7, {"id": "\x00"})
    problems = [r for r in records if isinstance(r, Problem)]
    assert [p.line for p in problems] == [3, 4, 5, 6]
    assert problems[0].reason == problems[3].reason == "must hold one JSON object"
    assert "NaN is no JSON" in problems[1].reason


def test_json_that_is_too_deep_or_too_long_a_number_is_a_problem_of_its_line():
    data = b'{"id": "a"}\n' + b"[" * 100_000 + b'\n{"id": ' + b"9" * 5_000 + b'}\n{"id": "b"}\n'
    records = read(data, Format.JSONL)
    assert [r.line if isinstance(r, Problem) else r[1] for r in records] == [
        {"id": "a"},
        2,
        3,
        {"id": "b"},
    ]


def test_parquet(tmp_path):
    table = pa.table(
        {
            "id": [1, 2],
            "name": pa.array([b"a", b"\xff"]),
            "x.map": pa.array([[("k", "v")], None], pa.map_(pa.string(), pa.string())),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    assert read((tmp_path / "t.parquet").read_bytes(), Format.PARQUET) == [
        (1, {"id": 1, "name": "a", "x.map": {"k": "v"}}),
        (2, {"id": 2, "name": b"\xff", "x.map": None}),
    ]
    pq.write_table(pa.table({"name": ["x"]}), tmp_path / "u.parquet")
    assert refused((tmp_path / "u.parquet").read_bytes(), Format.PARQUET).field == "id"
    cut = (tmp_path / "t.parquet").read_bytes()[:-20]
    assert "Parquet" in refused(cut, Format.PARQUET).reason


def test_gzipped_files_are_unpacked_and_damaged_ones_said_so(tmp_path):
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b"id\n1\n"))
    with opened(path) as stream:
        assert list(read_records(stream, Format.CSV, required=["id"], known=["id"])) == [
            (2, {"id": "1"})
        ]
    path.write_bytes(gzip.compress(b"id\n" + b"12345\n" * 5000)[:-40])
    with (
        opened(path) as stream,
        pytest.raises(WrongFileError, match="damaged"),
    ):
        list(read_records(stream, Format.CSV, required=["id"], known=["id"]))
    with pytest.raises(WrongFileError, match="cannot be opened"):
        opened(tmp_path / "absent.csv")


def test_the_format_is_read_from_the_name():
    assert format_of("a.csv") is Format.CSV
    assert format_of("a.b.JSONL.gz") is Format.JSONL
    assert format_of("a.parquet") is Format.PARQUET
    for name in ("a.xlsx", "csv", "a.gz"):
        with pytest.raises(WrongFileError, match=r"\.csv"):
            format_of(name)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)


@given(st.lists(st.tuples(texts, texts), max_size=10), st.sampled_from(["\n", "\r\n"]))
def test_whatever_a_csv_writer_writes_is_read_back(rows, end):
    # A row of blanks is an empty row, and a lone carriage return is no line's end in text.
    rows = [(f"k{a}".replace("\r", ""), b.replace("\r", "")) for a, b in rows]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator=end)
    writer.writerow(["id", "name"])
    writer.writerows(rows)
    records = read(file.getvalue().encode())
    assert [tuple(cells.values()) for _, cells in records] == rows


@given(st.binary(max_size=300), st.sampled_from(Format))
def test_no_bytes_break_a_reader(data, format):
    for prefix in (b"", b"id,name\n", b'{"id": "a"}\n'):
        try:
            records = read(prefix + data, format)
        except WrongFileError:
            continue
        lines = [r.line if isinstance(r, Problem) else r[0] for r in records]
        assert all(0 < line <= (prefix + data).count(b"\n") + 1 for line in lines)


@given(st.lists(st.dictionaries(st.sampled_from(["id", "name", "x.a"]), st.integers() | texts)))
def test_whatever_json_dumps_writes_is_read_back(rows):
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    if rows:
        assert [cells for _, cells in read(data, Format.JSONL)] == rows
