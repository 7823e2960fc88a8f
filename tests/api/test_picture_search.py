"""``POST /api/v1/search/picture``: multipart in, similar products out, problems by RFC 9457."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog import api_picture
from recommender.delivery.picture_search import PictureAnswer, PictureMatch
from tests.api.conftest import Api, assert_problem
from tests.media_samples import packed, stripes
from users.models import Scope

PATH = "/api/v1/search/picture/"


def ask(api: Api, data: bytes | None = None, path: str = PATH, **fields):
    if data is not None:
        fields["picture"] = SimpleUploadedFile("mine.bin", data)
    return api.client.post(path, fields)


@pytest.fixture
def asked(monkeypatch, small_shop) -> list[int]:
    """How many products the pool was asked for; it finds two."""
    limits: list[int] = []

    def answer(picture, *, limit):
        limits.append(limit)
        return PictureAnswer((PictureMatch("p7", 0.98765), PictureMatch("p8", 0.6)))

    monkeypatch.setattr(api_picture, "products_by_picture", answer)
    return limits


@pytest.mark.parametrize("path", [PATH, PATH.rstrip("/")])
def test_products_come_with_their_similarity(api, asked, path):
    answer = ask(api, packed(stripes()), path, limit=5)
    assert answer.status_code == 200
    body = answer.json()
    assert body["degraded"] is False
    found = [(r["product"]["external_id"], r["similarity"], r["likeness"]) for r in body["results"]]
    assert found == [("p7", 0.9877, "same"), ("p8", 0.6, "slight")]
    assert body["results"][0]["product"]["title"] == "Strawberry jam, 340 g"
    assert asked == [5]
    assert "no-store" in answer["Cache-Control"]


def test_without_the_pool_the_answer_is_degraded_and_empty(api, small_shop):
    answer = ask(api, packed(stripes()))
    assert (answer.status_code, answer.json()) == (200, {"degraded": True, "results": []})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "Choose a picture first."),
        (b"", "empty"),
        (b"words", "not a picture"),
        (packed(stripes(), "PNG")[:-300], "not a picture"),
    ],
    ids=["missing", "empty", "text", "cut off"],
)
def test_a_bad_picture_is_named(api, asked, data, words):
    body = assert_problem(ask(api, data), 400, field="picture")
    assert words in body["errors"][0]["detail"]
    assert asked == []


def test_all_wrong_fields_are_named_at_once(api, asked):
    body = assert_problem(ask(api, b"words", limit=1000), 400)
    assert [error["field"] for error in body["errors"]] == ["limit", "picture"]
    assert_problem(ask(api, packed(stripes()), limit="many"), 400, field="limit", limit=100)


def test_too_large_a_picture_gets_413_with_the_limit(api, asked, settings):
    settings.SEARCH_PICTURE_MAX_BYTES = 20_000
    assert_problem(ask(api, b"\0" * 30_000), 413, field="picture", limit=20_000)
    # One that says that it is far too long is refused before it is read.
    assert_problem(ask(api, b"\0" * 300_000), 413, field="picture", limit=20_000)


def test_what_is_no_multipart_is_refused(api, asked, make_api):
    assert_problem(api.post(PATH, {"picture": "x"}), 415)
    broken = api.client.generic("POST", PATH, b"nonsense", content_type="multipart/form-data")
    assert_problem(broken, 400)
    assert_problem(api.get(PATH), 405)
    weak = make_api(Scope.REVIEWS_WRITE, name="weak")
    assert_problem(ask(weak, packed(stripes())), 403)


def test_the_document_describes_the_upload(api):
    text = api.get("/api/schema/").content.decode()
    assert "/api/v1/search/picture/" in text
    assert "multipart/form-data" in text
    assert "format: binary" in text
