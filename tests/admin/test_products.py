"""Editing a product: typed attributes, media, history."""

from __future__ import annotations

import io
import struct
import wave
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from catalog.media import media_add
from catalog.models import Media, Product
from catalog.picture_urls import picture_url
from recommender.models import MediaVector
from tests.admin.stock import Stock


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
    response = save(merchandiser_client, stock.products[0], **media_form(sound(), "song", "audio"))
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
    response = save(merchandiser_client, stock.products[0], **media_form(content, "file.png", kind))
    assert words in media_errors(response)[0]
    assert not Media.objects.exists()


def test_several_files_are_added_at_once_behind_what_is_there(
    stock: Stock, merchandiser_client: Client
) -> None:
    product = stock.products[0]
    save(merchandiser_client, product, **media_form(picture(), "first.png"))
    files = [
        SimpleUploadedFile("second.bin", picture("JPEG")),
        SimpleUploadedFile("song.bin", sound()),
    ]
    assert save(merchandiser_client, product, new_files=files).status_code == 302
    kept = product.media.order_by("position").values_list("kind", "position", "file")
    assert [(kind, position) for kind, position, _ in kept] == [
        ("image", 0), ("image", 1), ("audio", 2),
    ]  # fmt: skip
    assert [str(file)[-4:] for _, _, file in kept] == [".png", ".jpg", ".wav"]


def test_each_file_that_cannot_be_taken_is_named_and_none_is_kept(
    stock: Stock, merchandiser_client: Client, settings
) -> None:
    settings.MEDIA_AUDIO_MAX_BYTES = 1024 * 1024
    files = [
        SimpleUploadedFile("good.png", picture()),
        SimpleUploadedFile("cut.jpg", picture("JPEG", (200, 200))[:600]),
        SimpleUploadedFile("notes.txt", b"words"),
        SimpleUploadedFile("empty.png", b""),
        SimpleUploadedFile("torn.mp3", b"ID3" + b"\0" * 300),
        SimpleUploadedFile("long.wav", sound() + b"\0" * 1024 * 1024),
    ]
    errors = errors_of(save(merchandiser_client, stock.products[0], new_files=files))["new_files"]
    assert [error.split(":")[0] for error in errors] == [
        "cut.jpg", "notes.txt", "empty.png", "torn.mp3", "long.wav",
    ]  # fmt: skip
    assert "broken" in errors[0]
    assert "neither a picture" in errors[1]
    assert "empty" in errors[2]
    assert "damaged" in errors[3]
    assert "at most 1 MB" in errors[4]
    assert not Media.objects.exists()


def test_more_files_than_allowed_are_refused(stock: Stock, merchandiser_client: Client) -> None:
    files = [SimpleUploadedFile(f"{n}.png", picture()) for n in range(21)]
    errors = errors_of(save(merchandiser_client, stock.products[0], new_files=files))
    assert errors["new_files"] == ["At most 20 files at once."]


def test_the_page_says_whether_a_picture_can_be_compared(
    stock: Stock, merchandiser_client: Client
) -> None:
    product = stock.products[0]
    for number in range(4):
        media_add(product=product, file=ContentFile(picture(size=(8 + number, 8)), "one.png"))
    ready, refused, replaced, _waiting = product.media.order_by("pk")
    values = {"product": product, "kind": "image", "encoder": "e"}
    MediaVector.objects.create(medium=ready, source=str(ready.file.name), vector=b"1234", **values)
    MediaVector.objects.create(
        medium=refused, source=str(refused.file.name), refusal="missing", **values
    )
    MediaVector.objects.create(medium=replaced, source="before.png", vector=b"1234", **values)
    page = merchandiser_client.get(
        reverse("admin:catalog_product_change", args=[product.pk])
    ).content.decode()
    assert page.count("rs-state is-ready") == 1
    assert page.count("rs-state is-refused") == 1
    assert page.count("rs-state is-waiting") == 2
    assert "the file is not where it was stored" in page


def test_a_deleted_picture_takes_its_vector_with_it(
    stock: Stock, merchandiser_client: Client
) -> None:
    product = stock.products[0]
    medium = media_add(product=product, file=ContentFile(picture(), "one.png"))
    MediaVector.objects.create(
        product=product, medium=medium, kind="image", source="s", encoder="e", vector=b"1234"
    )
    changes = {
        "media-TOTAL_FORMS": 1,
        "media-INITIAL_FORMS": 1,
        "media-0-id": medium.pk,
        "media-0-product": product.pk,
        "media-0-kind": "image",
        "media-0-position": 0,
        "media-0-DELETE": "on",
    }
    assert save(merchandiser_client, product, **changes).status_code == 302
    assert not Media.objects.exists()
    assert not MediaVector.objects.exists()


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
