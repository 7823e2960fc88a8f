"""REST before a real worker process: events in, changed slates out, and the trace of each."""

from __future__ import annotations

import time

import pytest
from django.core.cache import cache

from recommender.delivery.pool import wait_for
from recommender.learning.update import learn
from recommender.registry.versions import LIVE_KEY

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]

HOME = "/api/v1/slates/home/?shopper=anna&count=6&context.device=phone"


def within(seconds: float, look):
    return wait_for(lambda: look() or None, deadline=time.monotonic() + seconds)


def test_an_event_through_rest_changes_the_slate_through_rest(small_shop, pool, api):
    learn(minimum_events=0)
    pool()
    assert within(30, lambda: cache.get(LIVE_KEY))
    # The worker of these tests does not write explanations.
    assert api.get("/health/ready/").json()["degraded"] == ["explain"]

    def fresh():
        body = api.get(HOME).json()
        return None if body["degraded"] else body

    first = within(10, fresh)
    assert first["items"][0]["explanation"]
    assert first["items"][0]["sources"]
    shown = [item["product"] for item in first["items"]]

    api.events({"id": "h", "shopper": "anna", "type": "hide", "product": shown[0]})
    second = within(10, fresh)
    assert second is not None
    assert second["trace"] != first["trace"]
    assert shown[0] not in [item["product"] for item in second["items"]]

    # Both can be replayed, the one from before the event as it was.
    replayed = within(5, lambda: trace(api, first["trace"]))
    assert [item["product"] for item in replayed["items"]][:6] == shown
    assert (replayed["shopper"], replayed["scenario"]) == ("anna", "home")
    assert replayed["context"]["device"] == "phone"
    assert within(5, lambda: trace(api, second["trace"]))

    # What no word says is found by meaning.
    def sweet():
        answer = api.get("/api/v1/search/?q=something sweet to put on toast").json()
        return {product["external_id"] for product in answer["results"]} & {"p7", "p8", "p11"}

    assert within(10, sweet)


def trace(api, name: str):
    answer = api.get(f"/api/v1/slates/traces/{name}/")
    return answer.json() if answer.status_code == 200 else None
