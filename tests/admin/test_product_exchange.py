"""Products as files: export and import in the admin, and bad files and rows."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from catalog.importing.catalogue import catalogue_import
from catalog.models import Product
from tests.admin.stock import Stock

LIST = "/admin/catalog/product/"


def export(client: Client, number: int) -> bytes:
    response = client.post(f"{LIST}export/", {"format": number})
    assert response.status_code == 200
    return response.content


def test_products_go_out_as_csv_xlsx_and_json(stock: Stock, merchandiser_client: Client) -> None:
    lines = export(merchandiser_client, 0).decode().splitlines()
    assert lines[0] == (
        "external_id,title,description,kind,status,price,stock,brand,category,attributes"
    )
    assert len(lines) == 5
    sheet = load_workbook(io.BytesIO(export(merchandiser_client, 1))).active
    assert sheet is not None
    assert sheet["B2"].value == stock.products[0].title
    rows = json.loads(export(merchandiser_client, 2))
    assert rows[0]["category"] == stock.categories[0].path
    assert json.loads(rows[0]["attributes"]) == {"size": "1 l"}


def upload(client: Client, content: bytes, name: str, number: int):
    """First the file, then the confirmation, as far as it comes."""
    page = client.post(
        f"{LIST}import/", {"format": number, "import_file": SimpleUploadedFile(name, content)}
    )
    if page.status_code != 200 or "confirm_form" not in page.context:
        return page
    return client.post(f"{LIST}process_import/", page.context["confirm_form"].initial)


def test_products_come_in_from_csv(stock: Stock, merchandiser_client: Client) -> None:
    first = stock.products[0]
    table = (
        "external_id,title,price,brand,category,attributes\n"
        f'{first.external_id},Renamed,5.25,New brand,Food / New aisle,"{{""weight"": 3}}"\n'
        "fresh1,Fresh,1.00,,,\n"
    )
    assert upload(merchandiser_client, table.encode(), "a.csv", 0).status_code == 302
    first.refresh_from_db()
    assert (first.title, first.price, str(first.brand)) == (
        "Renamed",
        Decimal("5.25"),
        "New brand",
    )
    assert str(first.category) == "Food / New aisle"
    assert first.attributes == {"weight": 3}
    assert first.stock == stock.products[0].stock
    assert Product.objects.get(external_id="fresh1").brand is None
    assert first.history.first().history_user.username == "mercy"


def test_what_goes_out_here_comes_in_at_the_command_line(
    stock: Stock, merchandiser_client: Client
) -> None:
    table = export(merchandiser_client, 0)
    report = catalogue_import(io.BytesIO(table), format="csv")
    assert (report.problems, report.unchanged, report.updated) == ([], 4, 0)


def test_attributes_may_have_columns_of_their_own(
    stock: Stock, merchandiser_client: Client
) -> None:
    table = "external_id,title,attribute.size,attribute.weight\nfresh1,Fresh,2 l,7\n"
    assert upload(merchandiser_client, table.encode(), "a.csv", 0).status_code == 302
    assert Product.objects.get(external_id="fresh1").attributes == {"size": "2 l", "weight": 7}


def test_products_come_in_from_a_spreadsheet(stock: Stock, merchandiser_client: Client) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["external_id", "title", "price"])
    sheet.append([1234, "By number", 2.5])
    out = io.BytesIO()
    book.save(out)
    assert upload(merchandiser_client, out.getvalue(), "a.xlsx", 1).status_code == 302
    assert Product.objects.get(external_id="1234").price == Decimal("2.50")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("p9,Title,abc,active,,", "price"),
        ("p9,Title,-1,active,,", "price"),
        ("p9,,1,active,,", "title"),
        (",Title,1,active,,", "external_id"),
        ("p9,Title,1,sold,,", "status"),
        ("p9,Title,1,active,-4,", "stock"),
        ("p9,Title,1,active,1.5,", "stock"),
        ("p9,Title,1,active,many,", "stock"),
        ("p9,Title,1.999,active,1,", "price"),
        ('p9,Title,1,active,1,"[1]"', "attributes"),
        ('p9,Title,1,active,1,"{""colour"": 1}"', "colour"),
    ],
)
def test_a_bad_row_is_named_and_nothing_comes_in(
    stock: Stock, merchandiser_client: Client, row: str, words: str
) -> None:
    table = f"external_id,title,price,status,stock,attributes\nok1,Good,1,active,1,\n{row}\n"
    page = upload(merchandiser_client, table.encode(), "a.csv", 0)
    assert page.status_code == 200
    [bad] = page.context["result"].invalid_rows
    assert bad.number == 2
    assert words in str(bad.error_dict)
    assert not Product.objects.filter(external_id="ok1").exists()


@pytest.mark.parametrize(
    ("content", "name", "number"),
    [
        (b"title\nNo id\n", "a.csv", 0),
        (b"external_id,colour\na,b\n", "a.csv", 0),
        (b"\xff\xfe\x00broken", "a.csv", 0),
        (b"not a workbook", "a.xlsx", 1),
        (b"{not json", "a.json", 2),
        (b"", "a.csv", 0),
    ],
)
def test_a_file_that_is_no_catalogue_gets_a_message(
    stock: Stock, merchandiser_client: Client, content: bytes, name: str, number: int
) -> None:
    page = upload(merchandiser_client, content, name, number)
    assert page.status_code == 200
    result = page.context.get("result")
    assert page.context["form"].errors or (result is not None and result.has_errors())
    assert Product.objects.count() == 4
