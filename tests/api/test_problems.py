"""Every error is one format, whoever raises it."""

from __future__ import annotations

import json

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from recsite import problems
from recsite.problems import FieldError, field_errors
from tests.api.conftest import assert_problem
from users.models import ApiToken, Scope

SLATE = "/api/v1/slates/home/"


def test_an_unknown_address_needs_no_token_to_be_unknown(db):
    body = assert_problem(Client().get("/api/v1/nothing/here/"), 404)
    assert body["instance"] == "/api/v1/nothing/here/"
    assert_problem(Client().post("/api/"), 404)


def test_a_request_without_a_token_is_told_how_to_bring_one(db):
    answer = Client().get(SLATE)
    assert_problem(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header", ["Bearer nonsense", "Token x", "Bearer", "Bearer a b", "Bearer é"]
)
def test_a_foreign_token_is_refused(db, header):
    answer = Client(headers={"authorization": header}).get(SLATE)
    assert_problem(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_token_that_was_switched_off_opens_nothing_from_then_on(api, small_shop):
    assert api.get(SLATE).status_code == 200
    ApiToken.objects.filter(pk=api.token.pk).update(is_active=False)
    assert_problem(api.get(SLATE), 401)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("get", "/api/v1/products/", Scope.CATALOGUE_READ),
        ("get", "/api/v1/products/p1/", Scope.CATALOGUE_READ),
        ("get", "/api/v1/products/p1/reviews/", Scope.CATALOGUE_READ),
        ("post", "/api/v1/products/p1/reviews/", Scope.REVIEWS_WRITE),
        ("get", "/api/v1/search/?q=milk", Scope.CATALOGUE_READ),
        ("post", "/api/v1/events/", Scope.EVENTS_WRITE),
        ("get", SLATE, Scope.SLATES_READ),
        ("get", "/api/v1/slates/traces/x/", Scope.SLATES_READ),
        ("get", "/api/v1/shoppers/anna/profile/", Scope.PROFILE_READ),
        ("patch", "/api/v1/shoppers/anna/profile/", Scope.PROFILE_WRITE),
        ("get", "/api/v1/shoppers/anna/export/", Scope.PROFILE_READ),
        ("delete", "/api/v1/shoppers/anna/", Scope.PROFILE_WRITE),
    ],
)
def test_a_missing_scope_is_named_and_nothing_happens(make_api, small_shop, method, path, scope):
    weak = make_api(*[other for other in Scope if other != scope], name="weak")
    body = assert_problem(getattr(weak.client, method)(path), 403)
    assert scope.value in body["detail"]
    strong = make_api(scope, name="strong")
    assert getattr(strong.client, method)(path).status_code not in (401, 403)


def test_a_method_that_is_not_offered_is_said_so_with_those_that_are(api):
    answer = api.client.put("/api/v1/events/", {}, content_type="application/json")
    assert_problem(answer, 405)
    assert answer["Allow"] == "POST, OPTIONS"


def test_only_json_is_spoken(api, small_shop):
    assert_problem(api.get(SLATE, headers={"accept": "text/html"}), 406)
    assert api.get(SLATE + "?format=xml").status_code == 200
    answer = api.client.post("/api/v1/events/", "a=b", content_type="text/plain")
    assert_problem(answer, 415)
    form = api.client.post("/api/v1/events/", {"events": "[]"})
    assert_problem(form, 415)


@pytest.mark.parametrize(
    "body", [b"{", b"", b"nonsense", b"\xff\xfe\xfa", b'{"events": [}', b"[" * 100_000, b"nul"]
)
def test_malformed_json_is_a_400(api, body):
    answer = api.client.post("/api/v1/events/", body, content_type="application/json")
    assert_problem(answer, 400)


def test_a_body_above_the_limit_is_a_413_that_names_it(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    fits = api.post("/api/v1/events/", {"events": []})
    assert fits.status_code == 200
    answer = api.post("/api/v1/events/", {"events": [], "padding": "x" * 1000})
    assert_problem(answer, 413, field="", limit=1000)


def test_a_body_in_chunks_is_asked_for_its_length(api):
    answer = api.client.post(
        "/api/v1/events/",
        b"",
        content_type="application/json",
        headers={"transfer-encoding": "chunked"},
        CONTENT_LENGTH="",
    )
    assert_problem(answer, 411)


def test_too_many_requests_are_told_when_to_come_again(make_api, small_shop):
    api = make_api(requests_per_minute=2)
    statuses = [api.get(SLATE).status_code for _ in range(2)]
    third = api.get(SLATE)
    if third.status_code == 200:  # the minute turned between the requests
        statuses, third = [api.get(SLATE).status_code], api.get(SLATE)
    assert set(statuses) == {200}
    assert_problem(third, 429)
    assert 1 <= int(third["Retry-After"]) <= 60


def test_a_mistake_of_the_server_is_a_500_that_gives_nothing_away(api, monkeypatch, caplog):
    def fail(*_args, **_kwargs):
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr("recommender.delivery.api.slates_get", fail)
    answer = api.get(SLATE)
    assert_problem(answer, 500)
    assert b"secret" not in answer.content
    assert "the secret of the house" in caplog.text


def test_a_missing_slash_leads_to_the_address_with_method_and_body(api, small_shop):
    answer = api.post("/api/v1/events?a=b", {"events": []})
    assert answer.status_code == 308
    assert answer["Location"] == "/api/v1/events/?a=b"
    followed = api.client.get("/api/v1/products/p1", follow=True)
    assert followed.json()["external_id"] == "p1"
    assert_problem(api.get("/api/v1/nothing"), 404)


def test_each_type_of_problem_tells_what_it_means(db):
    for status, (name, _title, _advice) in problems.TYPES.items():
        answer = Client().get(f"/api/problems/{name}/")
        assert (answer.status_code, answer.json()["status"]) == (200, status)
    assert_problem(Client().get("/api/problems/no-such/"), 404)


def test_nested_validation_errors_are_flattened_to_paths():
    detail = {"events": [{}, {"id": ["needed"]}], "non_field_errors": ["as a whole"]}
    assert list(field_errors(detail)) == [
        FieldError("events[1].id", "needed"),
        FieldError("", "as a whole"),
    ]


def test_djangos_own_handlers_speak_the_format_below_api_only():
    request = RequestFactory().get("/api/v1/x/")
    for answer, status in [
        (problems.bad_request(request, Exception()), 400),
        (problems.permission_denied(request, Exception()), 403),
        (problems.page_not_found(request, Exception()), 404),
        (problems.server_error(request), 500),
    ]:
        assert isinstance(answer, HttpResponse)
        assert answer["Content-Type"] == "application/problem+json"
        assert (answer.status_code, json.loads(answer.content)["status"]) == (status, status)
    page = problems.server_error(RequestFactory().get("/elsewhere/"))
    assert page["Content-Type"].startswith("text/html")


def test_answers_are_kept_by_nobody(api, small_shop):
    assert api.get(SLATE)["Cache-Control"] == "no-store"
    assert api.get("/api/v1/slates/none/")["Cache-Control"] == "no-store"
