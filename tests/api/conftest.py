"""REST clients with tokens, and the title book emptied before each test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from recommender.delivery.titles import title_book
from users.models import ApiToken, Scope


class Api:
    """A REST client: JSON in, JSON out, with a key of its own."""

    def __init__(self, key: str, token: ApiToken | None = None) -> None:
        self.token = token
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self.client = Client(headers=headers, raise_request_exception=False)

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, **options)

    def post(self, path: str, body: Any, **options: Any) -> Any:
        return self.client.post(path, body, content_type="application/json", **options)

    def patch(self, path: str, body: Any, **options: Any) -> Any:
        return self.client.patch(path, body, content_type="application/json", **options)

    def delete(self, path: str, **options: Any) -> Any:
        return self.client.delete(path, **options)

    def events(self, *events: Any) -> Any:
        answer = self.post("/api/v1/events/", {"events": list(events)})
        assert answer.status_code == 200, answer.content
        return answer.json()


@pytest.fixture(autouse=True)
def _no_titles() -> None:
    title_book.forget()


@pytest.fixture
def make_api(db) -> Callable[..., Api]:
    """Makes clients with the given scopes (all, unless told otherwise)."""

    def make(
        *scopes: Scope, name: str = "client", attests_consent: bool = False, **changes: Any
    ) -> Api:
        token, key = ApiToken.issue(
            name=name,
            scopes=[s.value for s in (scopes or Scope)],
            attests_consent=attests_consent,
        )
        if changes:
            ApiToken.objects.filter(pk=token.pk).update(**changes)
        return Api(key, token)

    return make


@pytest.fixture
def api(make_api: Callable[..., Api]) -> Api:
    """A client that may do everything."""
    return make_api()


def assert_problem(answer: Any, status: int, *, field: str | None = None, limit: Any = None) -> Any:
    """Check that an answer is a whole problem document, and return it."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert set(body) == {"type", "title", "status", "detail", "instance", "errors"}
    assert body["status"] == status
    assert body["type"].startswith("/api/problems/")
    assert body["title"]
    assert body["detail"]
    if field is not None:
        assert field in [error["field"] for error in body["errors"]], body
        if limit is not None:
            assert limit in [e.get("limit") for e in body["errors"] if e["field"] == field]
    return body
