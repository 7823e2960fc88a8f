"""The model in shadow scores a few of the live requests, aside, and nobody sees its slates."""

from __future__ import annotations

import time

import pytest
from django.core.cache import cache
from django.utils import timezone

from recommender.contracts import EventType, Scenario, Slate, SlateRequest
from recommender.delivery.models import SlateTrace
from recommender.delivery.slate_store import slate_key
from recommender.events.models import Event
from recommender.features.shopper_state import shopper_states_read
from recommender.registry.models import ModelVersion
from recommender.registry.online_models import ShadowRanking
from recommender.registry.versions import model_folder, model_refuse, model_shadow
from recommender.worker import scoring, shadow
from recommender.worker.live_model import LiveModel
from recommender.worker.shadow import ShadowModel, ShadowSample, as_of, rankings_score
from tests.registry.small_models import small_live_model, small_model
from users.models import Consent, Shopper

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ordered(monkeypatch) -> list[tuple]:
    """What was sent to the pool instead of sending it."""
    sent: list[tuple] = []
    monkeypatch.setattr(shadow, "order", lambda *told, **_options: sent.append(told))
    return sent


@pytest.fixture
def sample(monkeypatch) -> ShadowSample:
    fresh = ShadowSample()
    monkeypatch.setattr(shadow, "sample", fresh)
    monkeypatch.setattr(shadow, "shadow_model", ShadowModel())
    return fresh


def slate(shopper: str, scenario: Scenario = Scenario.HOME) -> Slate:
    return Slate("t", scenario, shopper, "", "live", 1.0, ())


def test_a_request_is_scored_by_both_and_only_the_live_slate_is_shown(small_shop, sample, ordered):
    live = small_live_model()
    version = small_model("new")
    model_shadow(version=version)
    scoring.slates_score(
        [SlateRequest(Scenario.HOME, shopper="anna"), SlateRequest(Scenario.BUY_AGAIN, "anna")],
        LiveModel().get(),
    )
    [(task, *arguments)] = ordered
    assert task == "recommender.shadow_score"
    traces = set(SlateTrace.objects.values_list("pk", flat=True))
    kept = cache.get(slate_key(SlateRequest(Scenario.HOME, shopper="anna")))
    assert rankings_score(*arguments) == 1
    row = ShadowRanking.objects.get()
    assert (row.version, row.live_version, row.shopper) == (
        version, live.version, small_shop.shoppers["anna"],
    )  # fmt: skip
    assert row.live == [item["product"] for item in kept["items"][:10]]
    # The same files and the same history: the same ranking.
    assert row.shadow == row.live
    assert row.taken is None
    assert set(SlateTrace.objects.values_list("pk", flat=True)) == traces
    assert cache.get(slate_key(SlateRequest(Scenario.HOME, shopper="anna"))) == kept
    # Once a day is enough, whoever orders it.
    assert rankings_score(*arguments) == 0


def test_only_who_agreed_is_kept_and_only_what_is_still_in_shadow(small_shop, sample):
    version = small_model("new")
    model_shadow(version=version)
    Shopper.objects.filter(external_id="ben").update(consent=Consent.WITHDRAWN)
    shown = {"anna": ["p1"], "ben": ["p1"], "nobody": ["p1"]}
    assert rankings_score("other", "live", time.time(), shown) == 0
    assert rankings_score("new", "live", time.time(), shown) == 1
    assert ShadowRanking.objects.get().shopper.external_id == "anna"
    assert shadow.shadow_model.current is not None
    model_refuse(version=version, code="shadow-worse")
    assert rankings_score("new", "live", time.time(), {"cleo": ["p1"]}) == 0
    assert shadow.shadow_model.current is None


def test_there_is_memory_for_one(small_shop, sample):
    for name in ("one", "two"):
        model_shadow(version=small_model(name))
        assert shadow.shadow_model.get().version == name
    damaged = small_model("three")
    model_shadow(version=damaged)
    (model_folder(damaged) / "weights.json").write_text("{}")
    assert shadow.shadow_model.get() is None
    damaged.refresh_from_db()
    assert damaged.status == "refused"
    assert ModelVersion.objects.get(version="two").status == "retired"


def test_the_sample_is_bounded(db, ordered, settings, monkeypatch):
    settings.SHADOW_SLATES_PER_MINUTE = 3
    now = 0.0
    sample = ShadowSample(clock=lambda: now)
    assert sample.note([slate("anna")]) == 0
    version = ModelVersion.objects.create(version="new", folder="x", watermark=0, status="shadow")
    assert sample.note([slate("anna")]) == 0, "it looks every few seconds only"
    now = 10.0
    noted = [slate("anna"), slate("anna"), slate(""), slate("ben", Scenario.BUY_AGAIN)]
    assert sample.note(noted) == 1
    assert sample.note([slate(name) for name in ("anna", "ben", "cleo", "dora")]) == 2
    assert sample.note([slate("eve")]) == 0
    now = 70.0
    assert sample.note([slate("anna"), slate("eve")]) == 1
    assert [sorted(shown) for *_rest, shown in ordered] == [["anna"], ["ben", "cleo"], ["eve"]]
    version.delete()
    now = 80.0
    assert sample.note([slate("fay")]) == 0


def test_both_read_the_same_history(small_shop):
    moment = time.time() - 60
    for product in (0, 11):
        Event.objects.create(
            origin="t", client_id=f"later-{product}", shopper=small_shop.shoppers["ben"],
            product=small_shop.products[product], type=EventType.PURCHASE.value,
            time=timezone.now(),
        )  # fmt: skip
    # What was bought before is known as it was then.
    Event.objects.create(
        origin="t", client_id="again", shopper=small_shop.shoppers["ben"],
        product=small_shop.products[6], type=EventType.PURCHASE.value, time=timezone.now(),
    )  # fmt: skip
    state = shopper_states_read(["ben"])["ben"]
    earlier = as_of(state, moment)
    assert len(state.deeds) == len(earlier.deeds) + 3
    assert set(state.purchases) - set(earlier.purchases) == {"p0", "p11"}
    assert earlier.purchases["p6"].last == earlier.purchases["p6"].first < moment
    assert as_of(state, time.time() + 1) == state
