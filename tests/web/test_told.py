"""A page shows the template at once and swaps in the sentence when it is there."""

from __future__ import annotations

import pytest
from django.test import Client

from catalog.models import Product
from recommender.contracts import Scenario, SlateRequest
from recommender.delivery import shelves
from recommender.delivery.slate_store import slates_read
from recommender.delivery.told import reason_id
from recommender.worker.explaining import slates_explain
from tests.explanation.writers import Writer
from tests.web.conftest import shopper_of, slate_shown
from tests.web.test_query_counts import queries
from tests.web.test_reasons import why

TRUE = "Because you bought Oat milk, you may like this, also by Meadow."
BOUGHT = {"template": "because-bought", "product": "p0"}
TEMPLATE = "Because you bought Oat milk, 1 litre"


@pytest.fixture
def shown(anna: Client) -> str:
    return slate_shown(Scenario.HOME, ["p1", "p5"], shopper=shopper_of(anna), explanation=BOUGHT)


def explain(text: str = TRUE) -> None:
    slates_explain(["anna"], Writer(lambda prompt: text))


def told(client: Client, trace: str, attempt: int = 1) -> str:
    return client.get(f"/told/?trace={trace}&attempt={attempt}").content.decode()


def test_first_the_template_then_the_sentence(anna: Client, shown: str):
    before = anna.get("/").content.decode()
    assert TEMPLATE in before
    assert f"/told/?trace={shown}&amp;attempt=1" in before
    waiting = told(anna, shown)
    assert "attempt=2" in waiting
    assert "card__reason" not in waiting
    assert told(anna, shown, 4).strip() == ""
    explain()
    swapped = told(anna, shown)
    assert f'id="{reason_id(shown, "p1")}"' in swapped
    assert TRUE in swapped
    assert "hx-get" not in swapped
    after = anna.get("/").content.decode()
    assert TRUE in after
    assert "/told/" not in after
    assert TRUE in why(anna, shown, "p1")


def test_another_language_has_its_own_sentence(anna: Client, shown: str):
    explain()
    html = anna.get("/", headers={"Accept-Language": "zh-hans"}).content.decode()
    assert "Oat milk”" in html
    assert TRUE not in html


def test_nobody_else_learns_what_is_told(anna: Client, shown: str, small_shop):
    explain()
    for client in (Client(), stranger_with_consent()):
        assert told(client, shown) == ""
        assert "Oat milk" not in why(client, shown, "p5")
    assert told(anna, "x") == told(anna, "00000000-0000-4000-8000-000000000000") == ""


def stranger_with_consent() -> Client:
    client = Client()
    client.post("/consent/", {"choice": "accept"})
    return client


def test_a_sentence_whose_names_have_changed_is_not_shown(anna: Client, shown: str):
    explain()
    Product.objects.filter(external_id="p0").update(title="Oat drink, 1 litre")
    assert TRUE not in told(anna, shown)
    assert "Because you bought Oat drink, 1 litre" in why(anna, shown, "p1")
    from recommender.delivery.titles import title_book

    title_book.forget()
    assert TRUE not in anna.get("/").content.decode()


def test_what_is_stored_is_not_trusted(anna: Client, shown: str):
    """Whatever came into the store, it is shown on "why" only if the evidence holds it."""
    explain()
    from recommender.delivery.models import SlateTrace

    stored = SlateTrace.objects.get(pk=shown)
    stored.items[0]["explanation"]["told"]["texts"]["en"] = "Ben bought Rye bread."
    stored.save()
    for html in (why(anna, shown, "p1"), told(anna, shown)):
        assert "Ben bought" not in html


def test_a_poll_is_there_only_while_sentences_may_still_come(anna: Client, shown, monkeypatch):
    assert "/told/" in anna.get("/").content.decode()
    monkeypatch.setattr(shelves, "TOLD_WITHIN_SECONDS", 0.0)
    assert "/told/" not in anna.get("/").content.decode()


def test_sentences_cost_the_page_no_query(anna: Client, shown: str):
    before = queries(anna, "/")
    explain()
    (slate,) = slates_read([SlateRequest(Scenario.HOME, "anna")]).values()
    assert "told" in slate.items[0].explanation
    assert queries(anna, "/") == before
