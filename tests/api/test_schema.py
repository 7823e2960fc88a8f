"""The OpenAPI document is valid, complete and open, and its page needs nobody else."""

from __future__ import annotations

import re
from functools import cache as remember
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from drf_spectacular.validation import validate_schema

OPERATIONS = {
    ("/api/v1/products/", "get"): "catalogue:read",
    ("/api/v1/products/{external_id}/", "get"): "catalogue:read",
    ("/api/v1/products/{external_id}/reviews/", "get"): "catalogue:read",
    ("/api/v1/products/{external_id}/reviews/", "post"): "reviews:write",
    ("/api/v1/search/", "get"): "catalogue:read",
    ("/api/v1/search/picture/", "post"): "catalogue:read",
    ("/api/v1/events/", "post"): "events:write",
    ("/api/v1/slates/{scenario}/", "get"): "slates:read",
    ("/api/v1/slates/traces/{trace}/", "get"): "slates:read",
    ("/api/v1/shoppers/{external_id}/profile/", "get"): "profile:read",
    ("/api/v1/shoppers/{external_id}/profile/", "patch"): "profile:write",
    ("/api/v1/shoppers/{external_id}/wishes/", "post"): "profile:write",
    ("/api/v1/shoppers/{external_id}/wishes/", "delete"): "profile:write",
    ("/api/v1/shoppers/{external_id}/export/", "get"): "profile:read",
    ("/api/v1/shoppers/{external_id}/", "delete"): "profile:write",
    ("/api/v1/erasures/{number}/", "get"): "profile:read",
    ("/api/v1/graph/entities/", "get"): "graph:read",
    ("/api/v1/graph/entities/{key}/", "get"): "graph:read",
    ("/api/v1/graph/entities/{key}/neighbourhood/", "get"): "graph:read",
    ("/api/v1/graph/paths/", "get"): "graph:read",
    ("/api/v1/graph/facts/", "get"): "graph:read",
    ("/api/v1/graph/facts/", "post"): "graph:write",
    ("/api/v1/graph/facts/{id}/", "get"): "graph:read",
    ("/api/v1/graph/facts/{id}/", "patch"): "graph:write",
    ("/api/v1/graph/facts/{id}/", "delete"): "graph:write",
}


@remember
def document() -> dict[str, Any]:
    answer = Client().get("/api/schema/?format=json")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def test_the_document_validates_without_a_warning(capsys):
    call_command("spectacular", "--validate", "--fail-on-warn")
    assert "openapi: 3" in capsys.readouterr().out
    validate_schema(document())


def test_every_operation_is_there_and_no_other():
    found = {(path, method) for path, methods in document()["paths"].items() for method in methods}
    assert found == set(OPERATIONS)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_an_operation_tells_scope_errors_and_where_its_key_goes(path, method):
    operation = document()["paths"][path][method]
    assert f"`{OPERATIONS[path, method]}`" in operation["description"]
    assert operation["security"] == [{"token": []}]
    assert operation["summary"]
    for status, response in operation["responses"].items():
        if int(status) >= 400:
            assert list(response["content"]) == ["application/problem+json"]
            assert response["content"]["application/problem+json"]["examples"]
    assert {"401", "403", "406", "429", "500"} <= set(operation["responses"])
    if "{" in path:
        assert "404" in operation["responses"]
    if method in {"post", "patch"}:
        assert {"400", "413", "415"} <= set(operation["responses"])
        [(kind, body)] = operation["requestBody"]["content"].items()
        assert kind == "multipart/form-data" if "picture" in path else body["examples"]


def test_the_document_and_its_page_are_open_even_to_a_bad_token(db):
    for client in (Client(), Client(headers={"authorization": "Bearer nonsense"})):
        assert client.get("/api/schema/").status_code == 200
        assert client.get("/api/docs/").status_code == 200


def test_the_page_loads_its_parts_from_the_shop_itself():
    page = Client().get("/api/docs/").content.decode()
    sources = re.findall(r"""(?:src|href)=["']([^"']+)""", page)
    assert len(sources) >= 3
    for source in sources:
        assert not re.match(r"(https?:)?//", source), source
        if source.startswith("/static/"):
            assert finders.find(source.removeprefix("/static/").split("?")[0]), source
    assert "/api/schema/" in page


def test_the_document_and_the_answers_agree_on_the_shape_of_a_slate(api, small_shop):
    body = api.get("/api/v1/slates/home/").json()
    schemas = document()["components"]["schemas"]
    assert set(body) == set(schemas["Slate"]["properties"])
    assert set(body["items"][0]) == set(schemas["SlateItem"]["properties"])
    product = api.get("/api/v1/products/p1/").json()
    assert set(product) == set(schemas["ProductDetail"]["properties"])
    assert set(product) - set(schemas["Product"]["properties"]) == {"opinions"}
    profile = api.get("/api/v1/shoppers/anna/profile/").json()
    assert set(profile) == set(schemas["Profile"]["properties"])
    search = api.get("/api/v1/search/?q=jam").json()
    assert set(search) == set(schemas["Search"]["properties"])
    verdicts = api.post("/api/v1/events/", {"events": [1]}).json()
    assert set(verdicts["verdicts"][0]) == set(schemas["Verdict"]["properties"])
