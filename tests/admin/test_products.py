"""Editing products: typed attributes, media, bulk actions, history, import and export."""

from __future__ import annotations

import io
import json
import struct
import wave
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from PIL import Image

from catalog.importing.catalogue import catalogue_import
from catalog.models import Media, Product
from catalog.picture_urls import picture_url
from tests.admin.stock import Stock

LIST = "/admin/catalog/product/"


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 8)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "green").save(out, kind)
    return out.getvalue()


def sound() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as stream:
        stream.setnchannels(1)
        stream.setsampwidth(2)
        stream.setframerate(8000)
        stream.writeframes(struct.pack("<4h", 0, 1, 2, 3))
    return out.getvalue()


def form_of(product: Product, **changes: object) -> dict[str, object]:
    """What the browser sends when the form of a product is saved."""
    values = product.attributes
    return {
        "title": product.title,
        "external_id": product.external_id,
        "kind": product.kind,
        "status": product.status,
        "brand": product.brand_id or "",
        "category": product.category_id or "",
        "description": product.description,
        "published_at_0": "2025-01-01",
        "published_at_1": "10:00:00",
        "price": product.price,
        "stock": product.stock,
        "initial-stock": product.stock,
        "attribute__size": values.get("size", ""),
        "attribute__weight": values.get("weight", ""),
        "attribute__organic": "unknown",
        "attribute__harvested": values.get("harvested", ""),
        "media-TOTAL_FORMS": 0,
        "media-INITIAL_FORMS": 0,
        **changes,
    }


def media_form(content: bytes, name: str, kind: str = "image") -> dict[str, object]:
    return {
        "media-TOTAL_FORMS": 1,
        "media-0-kind": kind,
        "media-0-file": SimpleUploadedFile(name, content),
        "media-0-description": "",
        "media-0-position": 0,
    }


def save(client: Client, product: Product, **changes: object):
    address = reverse("admin:catalog_product_change", args=[product.pk])
    return client.post(address, form_of(product, **changes))


def errors_of(response) -> dict[str, list[str]]:
    assert response.status_code == 200
    return {k: list(v) for k, v in response.context["adminform"].form.errors.items()}


def media_errors(response) -> list[str]:
    assert response.status_code == 200
    form = response.context["inline_admin_formsets"][0].formset.forms[0]
    return list(form.errors.get("file", []))


# --- the form -----------------------------------------------------------------------------------


def test_attributes_are_saved_by_their_kind(stock: Stock, merchandiser_client: Client) -> None:
    product = stock.products[0]
    response = save(
        merchandiser_client,
        product,
        title="  Fresh \n milk ",
        attribute__weight="12.5",
        attribute__organic="true",
        attribute__harvested="2025-06-01",
        attribute__size="",
    )
    assert response.status_code == 302
    product.refresh_from_db()
    assert product.title == "Fresh milk"
    assert product.attributes == {"weight": 12.5, "organic": True, "harvested": "2025-06-01"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("attribute__weight", "heavy"),
        ("attribute__weight", "NaN"),
        ("attribute__weight", "1e999"),
        ("attribute__harvested", "31.31.2025"),
        ("attribute__size", "x" * 501),
        ("price", "-1"),
        ("price", "abc"),
        ("stock", "-3"),
        ("title", ""),
        ("title", "a\x00b"),
        ("external_id", "other"),
    ],
)
def test_bad_input_is_told_at_its_field(
    stock: Stock, merchandiser_client: Client, field: str, value: str
) -> None:
    product = stock.products[0]
    response = save(merchandiser_client, product, **{field: value})
    assert list(errors_of(response)) == [field]
    product.refresh_from_db()
    assert product.attributes == {"size": "1 l"}


def test_an_attribute_nobody_defined_is_named(stock: Stock, merchandiser_client: Client) -> None:
    product = stock.products[0]
    Product.objects.filter(pk=product.pk).update(attributes={"flavour": "mint"})
    errors = errors_of(save(merchandiser_client, product))
    assert "flavour" in errors["__all__"][0]


def test_saving_a_form_does_not_undo_sales_meanwhile(
    stock: Stock, merchandiser_client: Client
) -> None:
    product = stock.products[0]
    opened = form_of(product, stock=9, **{"initial-stock": 9}, title="New title")
    Product.objects.filter(pk=product.pk).update(stock=7)
    address = reverse("admin:catalog_product_change", args=[product.pk])
    assert merchandiser_client.post(address, opened).status_code == 302
    product.refresh_from_db()
    assert (product.title, product.stock) == ("New title", 7)


def test_a_new_product_gets_a_drawing(stock: Stock, merchandiser_client: Client) -> None:
    new = Product(
        external_id="n1", title="Apples", price=Decimal("2.00"), category=stock.categories[0]
    )
    response = merchandiser_client.post(reverse("admin:catalog_product_add"), form_of(new))
    assert response.status_code == 302
    assert picture_url(Product.objects.get(external_id="n1")).startswith("/pictures/")


# --- media --------------------------------------------------------------------------------------


def test_a_picture_is_stored_under_the_ending_of_its_content(
    stock: Stock, merchandiser_client: Client
) -> None:
    product = stock.products[0]
    response = save(merchandiser_client, product, **media_form(picture(), "page.html"))
    assert response.status_code == 302
    media = Media.objects.get(product=product)
    assert str(media.file.name).endswith(".png")
    assert picture_url(Product.objects.get(pk=product.pk)) == media.file.url


def test_a_sound_is_taken(stock: Stock, merchandiser_client: Client) -> None:
    response = save(
        merchandiser_client, stock.products[0], **media_form(sound(), "song", "audio")
    )
    assert response.status_code == 302
    assert str(Media.objects.get().file.name).endswith(".wav")


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"this is no picture", "image", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image", "not a picture"),
        (picture("JPEG", (200, 200))[:600], "image", "not a picture"),
        (picture("BMP"), "image", "not a picture"),
        (b"", "image", "empty"),
        (picture("PNG", (7000, 6000)), "image", "pixels"),
        (picture() + b"\0" * (8 * 1024 * 1024), "image", "at most 8 MB"),
        (picture(), "audio", "not a sound"),
        (b"<html></html>", "audio", "not a sound"),
    ],
)
def test_a_broken_file_gets_a_message_at_the_form(
    stock: Stock, merchandiser_client: Client, content: bytes, kind: str, words: str
) -> None:
    response = save(
        merchandiser_client, stock.products[0], **media_form(content, "file.png", kind)
    )
    assert words in media_errors(response)[0]
    assert not Media.objects.exists()


# --- bulk actions -------------------------------------------------------------------------------


def act(client: Client, action: str, products: list[Product], **more: object):
    data = {"action": action, "_selected_action": [p.pk for p in products], **more}
    return client.post(LIST, data)


def test_archiving_and_activating_leave_history(stock: Stock, merchandiser_client: Client) -> None:
    chosen = stock.products[:2]
    assert act(merchandiser_client, "archive", chosen).status_code == 302
    assert Product.objects.filter(status="archived").count() == 2
    entry = chosen[0].history.first()
    assert (entry.status, entry.history_user.username) == ("archived", "mercy")
    act(merchandiser_client, "activate", chosen)
    assert not Product.objects.filter(status="archived").exists()


def test_prices_are_changed_after_asking(stock: Stock, merchandiser_client: Client) -> None:
    chosen = stock.products[:2]
    page = act(merchandiser_client, "change_price", chosen)
    assert page.status_code == 200
    assert "2 products are selected." in page.content.decode()
    assert Product.objects.filter(price=4).count() == 4
    done = act(merchandiser_client, "change_price", chosen, confirmed=1, percent="12.6")
    assert done.status_code == 302
    # 4.00 and 12.6 percent of it are 4.504.
    prices = sorted(filter(None, Product.objects.values_list("price", flat=True)))
    assert prices == [Decimal("4.00"), Decimal("4.00"), Decimal("4.50"), Decimal("4.50")]
    assert chosen[0].history.first().price == Decimal("4.50")


@pytest.mark.parametrize("percent", ["-150", "-90.01", "0", "", "abc", "1000", "NaN", "1.234"])
def test_a_senseless_percentage_is_refused(
    stock: Stock, merchandiser_client: Client, percent: str
) -> None:
    page = act(
        merchandiser_client, "change_price", stock.products, confirmed=1, percent=percent
    )
    assert page.status_code == 200
    assert page.context["form"].errors["percent"]
    assert Product.objects.filter(price=4).count() == 4


def test_a_price_that_cannot_be_stored_changes_nothing(
    stock: Stock, merchandiser_client: Client
) -> None:
    Product.objects.filter(pk=stock.products[1].pk).update(price=Decimal("99999999.00"))
    page = act(merchandiser_client, "change_price", stock.products, confirmed=1, percent="50")
    assert page.status_code == 200
    assert page.context["form"].errors["percent"]
    assert Product.objects.filter(price=4).count() == 3


def test_products_move_to_a_category(stock: Stock, merchandiser_client: Client) -> None:
    there = stock.categories[3]
    page = act(merchandiser_client, "set_category", stock.products)
    assert page.status_code == 200
    act(
        merchandiser_client, "set_category", stock.products, confirmed=1, category=there.pk
    )
    assert Product.objects.filter(category=there).count() == 4


def test_an_action_on_everything_reaches_beyond_the_page(
    stock: Stock, merchandiser_client: Client
) -> None:
    act(merchandiser_client, "archive", stock.products[:1], select_across=1)
    assert Product.objects.filter(status="archived").count() == 4


def test_filters_narrow_the_list(stock: Stock, merchandiser_client: Client) -> None:
    def titles(query: str) -> set[str]:
        page = merchandiser_client.get(f"{LIST}?{query}")
        return {product.title for product in page.context["cl"].result_list}

    first = stock.products[0]
    assert titles(f"branch={stock.categories[0].slug}") == {first.title}
    assert titles("branch=food") == {p.title for p in stock.products}
    assert titles(f"brand__id__exact={stock.brands[0].pk}") == {first.title}
    assert titles("stock_level=out") == {p.title for p in stock.products if p.stock == 0}
    assert titles("price_from=5") == set()


def test_a_product_of_the_log_cannot_be_deleted(stock: Stock, boss_client: Client) -> None:
    address = reverse("admin:catalog_product_delete", args=[stock.products[0].pk])
    assert boss_client.post(address, {"post": "yes"}).status_code == 403
    assert Product.objects.filter(pk=stock.products[0].pk).exists()


# --- history ------------------------------------------------------------------------------------


def test_history_shows_the_difference_and_restores(
    stock: Stock, merchandiser_client: Client
) -> None:
    product = stock.products[0]
    save(merchandiser_client, product, price="9.99")
    address = reverse("admin:catalog_product_history", args=[product.pk])
    page = merchandiser_client.get(address).content.decode()
    assert "4.00" in page
    assert "9.99" in page
    first = product.history.last()
    restore = reverse("admin:catalog_product_simple_history", args=[product.pk, first.history_id])
    assert merchandiser_client.get(restore).status_code == 200
    assert merchandiser_client.post(restore, form_of(first.instance)).status_code == 302
    product.refresh_from_db()
    assert product.price == Decimal("4.00")


# --- import and export --------------------------------------------------------------------------


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
