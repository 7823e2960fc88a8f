"""Nothing is recorded before somebody agrees, and either answer is as easy as the other."""

from __future__ import annotations

import json
import re

from django.test import Client

from recommender.events.models import Event
from tests.web.conftest import PASSWORD, shopper_of
from users.models import Consent, ConsentDecision, Shopper


def walk(client: Client) -> None:
    """Do a little of everything that is recorded."""
    client.get("/products/p0/")
    client.get("/search/?q=jam")
    client.post("/cart/add/", {"product": "p0"})
    client.post("/opinion/", {"product": "p1", "kind": "like"})
    client.post(
        "/impressions/",
        json.dumps({"shown": [{"trace": "", "product": "p0", "place": 1}]}),
        content_type="application/json",
    )


def test_before_the_decision_nothing_is_recorded_and_nobody_is_known(stranger: Client):
    shoppers, events = Shopper.objects.count(), Event.objects.count()
    walk(stranger)
    assert (Shopper.objects.count(), Event.objects.count()) == (shoppers, events)


def test_the_banner_asks_with_equal_buttons(stranger: Client):
    html = stranger.get("/").content.decode()
    banner = html.split('class="consent"')[1].split("</section>")[0]
    classes = re.findall(r'<button class="([^"]+)" name="choice" value="(\w+)"', banner)
    assert {value for _class, value in classes} == {"accept", "decline"}
    assert len({one for one, _value in classes}) == 1


def test_declining_is_remembered_without_a_shopper(stranger: Client):
    shoppers = Shopper.objects.count()
    response = stranger.post("/consent/", {"choice": "decline", "next": "/search/"})
    assert response.url == "/search/"
    assert 'class="consent"' not in stranger.get("/").content.decode()
    walk(stranger)
    assert Shopper.objects.count() == shoppers
    assert not Event.objects.filter(origin="web").exists()


def test_accepting_makes_a_shopper_and_keeps_the_proof(stranger: Client):
    stranger.post("/consent/", {"choice": "accept"})
    shopper = shopper_of(stranger)
    assert shopper.consent == Consent.GRANTED
    decision = ConsentDecision.objects.get(shopper=shopper)
    assert (decision.consent, decision.source) == ("granted", "web")
    assert 'class="consent"' not in stranger.get("/").content.decode()
    walk(stranger)
    kinds = Event.objects.filter(shopper=shopper).order_by("pk").values_list("type", flat=True)
    assert list(kinds) == ["view", "search", "cart", "like", "impression"]


def test_a_change_of_mind_ends_recording(agreed: Client):
    agreed.post("/consent/", {"choice": "decline"})
    walk(agreed)
    assert not Event.objects.filter(origin="web").exists()
    assert "Nothing of what you do is recorded" in agreed.get("/privacy/").content.decode()
    agreed.post("/consent/", {"choice": "accept"})
    agreed.get("/products/p0/")
    assert Event.objects.filter(origin="web").count() == 1
    assert Shopper.objects.filter(session_key=agreed.session["shopper_key"]).count() == 1


def test_an_account_decides_for_itself(anna: Client):
    anna.post("/consent/", {"choice": "decline"})
    assert shopper_of(anna).consent == Consent.WITHDRAWN
    html = anna.get("/account/").content.decode()
    assert 'value="decline" aria-pressed="true"' in html


def test_declining_counts_after_log_in_too(stranger: Client, user):
    Shopper.objects.filter(user=user).update(consent=Consent.UNKNOWN)
    stranger.post("/consent/", {"choice": "decline"})
    stranger.post("/login/", {"username": user.username, "password": PASSWORD})
    assert Shopper.objects.get(user=user).consent == Consent.WITHDRAWN


def test_nonsense_decides_nothing(stranger: Client):
    response = stranger.post("/consent/", {"choice": "maybe"}, follow=True)
    assert "Please accept or decline." in response.content.decode()
    assert "consent" not in stranger.session
