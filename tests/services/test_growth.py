"""A product that was added a moment ago, before shoppers whom it suits and others."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from catalog.models import Brand, Category
from recommender.delivery.pool import wait_for
from recommender.events.record import EventInput, events_record
from recommender.learning.update import learn
from recommender.registry.versions import LIVE_KEY
from tests.processes import BeatProcess
from users.models import ApiToken, Scope, User

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]

NEW = "new-tea"


@pytest.fixture
def beat() -> Iterator[BeatProcess]:
    process = BeatProcess(GROWTH_INTERVAL_SECONDS="2")
    yield process
    process.stop()


def slate(api: Client, shopper: str) -> list[str]:
    """The products of the shopper's home slate; none while the pool does not answer."""
    answer = api.get(f"/api/v1/slates/home/?shopper={shopper}&count=8").json()
    return [] if answer["degraded"] else [item["product"] for item in answer["items"]]


def test_a_product_added_in_the_admin_reaches_the_right_shopper_within_a_minute(
    small_shop, pool, beat
):
    # tess drinks tea and coffee, ben drinks milk and eats wheat bread.
    events_record(
        origin="t",
        events=[
            EventInput(id=f"{product}-{n}", type="purchase", shopper="tess", product=product)
            for product in ("p9", "p10")
            for n in range(2)
        ],
        attests_consent=True,
    )
    first = learn(minimum_events=0)
    assert first is not None
    pool()
    _token, key = ApiToken.issue(name="app", scopes=[Scope.SLATES_READ.value])
    api = Client(headers={"authorization": f"Bearer {key}"})

    def within(seconds: float, look):
        return wait_for(lambda: look() or None, deadline=time.monotonic() + seconds)

    assert within(20, lambda: slate(api, "tess") and slate(api, "ben"))

    User.objects.create_superuser("mercy", "mercy@example.com", "secret-word-2")
    admin = Client()
    admin.post(reverse("admin:login"), {"username": "mercy", "password": "secret-word-2"})
    answer = admin.post(
        reverse("admin:catalog_product_add"),
        {
            "title": "Green tea with jasmine, 20 bags",
            "external_id": NEW,
            "kind": "goods",
            "status": "active",
            "brand": Brand.objects.get(name="Harbour").pk,
            "category": Category.objects.get(path="Pantry / Tea").pk,
            "published_at_0": "2026-01-01",
            "published_at_1": "10:00:00",
            "price": "3.10",
            "stock": 10,
            "media-TOTAL_FORMS": 0,
            "media-INITIAL_FORMS": 0,
        },
    )
    assert answer.status_code == 302, answer.context["errors"]
    saved = time.monotonic()

    assert within(60, lambda: NEW in slate(api, "tess"))
    assert time.monotonic() - saved < 60
    assert slate(api, "tess").index(NEW) < 3
    assert within(5, lambda: cache.get(LIVE_KEY) != first.version)
    # The slate of somebody with another taste is of the new model too, and does not begin with it.
    asked = "/api/v1/slates/home/?shopper=ben&count=8"
    assert within(10, lambda: api.get(asked).json()["model_version"] != first.version)
    assert NEW not in slate(api, "ben")[:3]
