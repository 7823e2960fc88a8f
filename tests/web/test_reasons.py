"""Why am I seeing this, like and not for me, and what was in view."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from recommender.contracts import Scenario
from recommender.events.models import Event
from tests.web.conftest import HTMX, shopper_of, slate_shown
from tests.web.test_home import shelves_of


def why(client: Client, trace: str, product: str = "p5", **headers) -> str:
    address = f"/why/?trace={trace}&product={product}&place=1"
    response = client.get(address, headers=headers or HTMX)
    assert response.status_code == 200
    return response.content.decode()


def test_the_answer_in_words_and_figures(anna: Client):
    trace = slate_shown(
        Scenario.HOME, ["p5", "p6"], shopper=shopper_of(anna),
        explanation={"template": "because-bought", "product": "p0"},
    )  # fmt: skip
    html = why(anna, trace)
    assert "Because you bought Oat milk, 1 litre" in html
    assert "what people with baskets like yours choose" in html
    assert "--share: 75%" in html
    assert "--share: 25%" in html
    assert "20260131-120000" in html
    assert "what you viewed, liked and bought here" in html
    assert "<html" not in html


def test_without_javascript_it_is_a_page(anna: Client):
    trace = slate_shown(Scenario.HOME, ["p5", "p6"], shopper=shopper_of(anna))
    html = why(anna, trace, Accept="text/html")
    assert "<html" in html
    assert "--share: 75%" in html


def test_somebody_elses_slate_tells_nothing(anna: Client, small_shop):
    trace = slate_shown(
        Scenario.HOME, ["p5", "p6"], shopper=small_shop.shoppers["ben"],
        explanation={"template": "because-bought", "product": "p1"},
    )  # fmt: skip
    for client in (anna, Client()):
        html = why(client, trace)
        assert "Whole milk" not in html
        assert "--share" not in html


@pytest.mark.parametrize(
    "trace", ["", "x", "00000000-0000-4000-8000-000000000000", "%00", "9" * 3000]
)
def test_an_unknown_slate_is_answered_plainly(anna: Client, trace: str):
    html = why(anna, trace)
    assert "Popular in the shop right now" in html
    assert "--share" not in html


def test_an_unknown_product_is_not_found(anna: Client):
    assert anna.get("/why/?trace=x&product=none").status_code == 404
    assert anna.get("/why/?product=%00").status_code == 404


# --- like, not for me ----------------------------------------------------------------------------


def test_not_for_me_removes_the_card_and_is_remembered(anna: Client):
    me = shopper_of(anna)
    trace = slate_shown(Scenario.HOME, ["p5", "p6", "p7"], shopper=me)
    assert shelves_of(anna.get("/").content.decode())["For you"] == ["p5", "p6", "p7"]
    response = anna.post(
        "/opinion/",
        {"product": "p5", "kind": "dislike", "trace": trace, "place": "1"},
        headers=HTMX,
    )
    assert json.loads(response["HX-Trigger"]) == {"shop:rejected": {"product": "p5"}}
    assert "You will not see this again." in response.content.decode()
    event = Event.objects.get(type="dislike")
    assert (event.shopper, event.product.external_id, event.rank) == (me, "p5", 1)
    assert shelves_of(anna.get("/").content.decode())["For you"] == ["p6", "p7"]


def test_liking_on_the_product_page_turns_the_button(anna: Client):
    response = anna.post(
        "/opinion/", {"product": "p5", "kind": "like", "buttons": "1"}, headers=HTMX
    )
    html = response.content.decode()
    assert 'value="undo" aria-pressed="true"' in html
    assert 'id="opinion"' in html
    assert 'value="undo" aria-pressed="true"' in anna.get("/products/p5/").content.decode()
    html = anna.post(
        "/opinion/", {"product": "p5", "kind": "undo", "buttons": "1"}, headers=HTMX
    ).content.decode()
    assert 'value="like" aria-pressed="false"' in html
    assert not Event.objects.filter(type="like").exists()


def test_taking_back_leaves_others_alone(anna: Client, agreed: Client):
    anna.post("/opinion/", {"product": "p5", "kind": "like"})
    agreed.post("/opinion/", {"product": "p5", "kind": "like"})
    agreed.post("/opinion/", {"product": "p6", "kind": "like"})
    agreed.post("/opinion/", {"product": "p5", "kind": "undo"})
    left = Event.objects.filter(type="like").order_by("pk")
    assert [(e.shopper_id, e.product.external_id) for e in left] == [
        (shopper_of(anna).pk, "p5"),
        (shopper_of(agreed).pk, "p6"),
    ]


def test_without_consent_an_opinion_asks_for_it(stranger: Client):
    response = stranger.post("/opinion/", {"product": "p5", "kind": "like"}, headers=HTMX)
    html = response.content.decode()
    assert "we need your agreement" in html
    assert 'href="/privacy/"' in html
    assert not Event.objects.filter(type="like").exists()


def test_unknown_opinions_and_products(anna: Client):
    assert anna.post("/opinion/", {"product": "none", "kind": "like"}).status_code == 404
    response = anna.post("/opinion/", {"product": "p5", "kind": "purchase"}, headers=HTMX)
    assert "This action does not exist." in response.content.decode()
    assert not Event.objects.filter(origin="web").exists()


# --- impressions ---------------------------------------------------------------------------------


def report(client: Client, body: object, **options) -> int:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(
        "/impressions/", text, content_type="application/json", **options
    ).status_code


def test_what_was_in_view_is_recorded_in_one_go(agreed: Client, django_assert_max_num_queries):
    trace = slate_shown(Scenario.TRENDING, [f"p{n}" for n in range(12)])
    shown = [{"trace": trace, "product": f"p{n}", "place": n + 1} for n in range(12)]
    with django_assert_max_num_queries(14):
        assert report(agreed, {"shown": shown}) == 204
    rows = Event.objects.filter(type="impression").order_by("rank")
    assert [(e.product.external_id, e.rank, str(e.trace)) for e in rows] == [
        (f"p{n}", n + 1, trace) for n in range(12)
    ]


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "{}", '{"shown": 1}', '{"shown": [1]}', '{"shown": [{"trace": 1}]}',
     '{"shown": [{"trace": "x", "product": "p0", "place": "x"}]}', b"\xff\xfe",
     '{"shown": [{"trace": "x", "product": "p0", "place": 1e999}]}', "[" * 20_000],
)  # fmt: skip
def test_damaged_reports_are_refused(agreed: Client, body):
    assert report(agreed, body) == 400
    assert not Event.objects.filter(type="impression").exists()


def test_bad_rows_are_dropped_and_good_ones_taken(agreed: Client):
    trace = slate_shown(Scenario.TRENDING, ["p0", "p1"])
    rows = [
        {"trace": "nonsense", "product": "p0", "place": 1},
        {"trace": trace, "product": "unknown", "place": 1},
        {"trace": trace, "product": "p0", "place": -1},
        {"trace": trace, "product": "p1", "place": 2},
    ]
    assert report(agreed, {"shown": rows}) == 204
    assert Event.objects.get(type="impression").product.external_id == "p1"


def test_too_much_is_refused(agreed: Client):
    assert report(agreed, {"shown": [], "pad": "x" * 70_000}) == 413


def test_cards_tell_what_to_report_only_with_consent(agreed: Client, stranger: Client):
    assert 'data-impressions="/impressions/"' in agreed.get("/").content.decode()
    assert 'data-impressions=""' in Client().get("/").content.decode()
