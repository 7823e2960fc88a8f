"""What the serving benchmark counts as good, whom it asks, and that it cleans up."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from catalog.models import Product
from recommender.benchmarks.load import Answer, LoadResult
from recommender.benchmarks.serving import (
    COUNT,
    NothingToServeError,
    ServingResult,
    benchmark_token,
    freshly_scored_problem,
    serving_report,
    shoppers_draw,
    slate_problem,
)
from recommender.benchmarks.shop_processes import ShopBusyError, shop_running
from recommender.delivery.pool import heartbeat_key
from recommender.models import Event
from users.models import ApiToken, Consent, Shopper


def answer(status: int = 200, *, items: int = COUNT, **slate: object) -> Answer:
    body = {"degraded": False, "age_ms": 5, "items": [{}] * items, **slate}
    return Answer(status, json.dumps(body).encode(), 0.0)


def test_only_a_whole_undegraded_slate_is_good() -> None:
    assert slate_problem(answer()) == ""
    assert slate_problem(answer(degraded=True)) == "degraded"
    assert slate_problem(answer(items=3)) == "3 items"
    assert slate_problem(Answer(503, b"", 0.0)) == "status 503"


def test_a_slate_that_was_there_before_does_not_count_as_scored() -> None:
    assert freshly_scored_problem(answer(age_ms=40)) == ""
    assert freshly_scored_problem(answer(age_ms=1500)) == "not scored anew: 1500 ms old"
    assert freshly_scored_problem(answer(degraded=True, age_ms=1500)) == "degraded"


def test_the_figures_have_the_published_names() -> None:
    cached = LoadResult([float(n) for n in range(1, 101)], ["degraded"] * 2, seconds=0.5)
    scored = LoadResult([10.0, 20.0], [], seconds=1.0)
    result = ServingResult(cached, scored, [300.0, 100.0, 200.0], ["household-1"], 200.0, 0.5)
    report = serving_report(result, command="manage.py benchmark serving", seed=7)
    figures = json.loads(report.json_line())["figures"]
    assert figures["cached.p99_ms"] == pytest.approx(99.01)
    assert figures["cached.rps"] == 200.0
    assert figures["cached.errors"] == 2
    assert figures["scored.p95_ms"] == pytest.approx(19.5)
    assert figures["event_to_slate_ms"] == 300.0
    assert figures["event_to_slate_ms.median"] == 200.0
    assert (report.dataset, report.seed) == ("completejourney", 7)
    assert "cached: 2 x degraded" in report.notes


@pytest.fixture
def crowd(db: None) -> list[Shopper]:
    """Thirty shoppers with ten events each, of whom five did not agree, and one with nine."""
    product = Product.objects.create(external_id="p", title="P")
    shoppers = [
        Shopper.objects.create(
            external_id=f"s{n:02}",
            consent=Consent.GRANTED if n < 25 or n == 30 else Consent.WITHDRAWN,
        )
        for n in range(31)
    ]
    Event.objects.bulk_create(
        Event(
            origin="t", client_id=f"{s.pk}-{n}", shopper=s, product=product, type="view",
            time=datetime(2025, 1, 1, tzinfo=UTC),
        )
        for s in shoppers
        for n in range(9 if s.external_id == "s30" else 10)
    )  # fmt: skip
    return shoppers


def test_shoppers_are_drawn_by_seed_from_those_who_agreed(crowd: list[Shopper]) -> None:
    everybody = shoppers_draw(400, seed=0)
    assert sorted(everybody) == [f"s{n:02}" for n in range(25)]
    assert shoppers_draw(5, seed=1) == shoppers_draw(5, seed=1)
    assert shoppers_draw(5, seed=1) != shoppers_draw(5, seed=2)


@pytest.mark.django_db
def test_an_empty_shop_is_told_what_it_lacks() -> None:
    with pytest.raises(NothingToServeError, match="only 0 shoppers have a history"):
        shoppers_draw(400, seed=0)
    with pytest.raises(CommandError, match="make setup"):
        call_command("benchmark", "serving")


@pytest.mark.django_db
@pytest.mark.parametrize("options", [["--rate", "0"], ["--seconds", "-1"]])
def test_a_load_of_nothing_is_refused(options: list[str]) -> None:
    with pytest.raises(CommandError, match="above zero"):
        call_command("benchmark", "serving", *options)


def test_token_and_events_of_the_benchmark_go_and_the_slates_are_stale(
    crowd: list[Shopper],
) -> None:
    who = crowd[0]
    with benchmark_token() as key:
        token = ApiToken.objects.get(key_hash=ApiToken.hash_of(key))
        assert sorted(token.scopes) == ["events:write", "slates:read"]
        Event.objects.create(
            origin=token.name, client_id="1", shopper=who, type="search", query="x",
            time=datetime(2025, 1, 2, tzinfo=UTC),
        )  # fmt: skip
    assert not ApiToken.objects.exists()
    assert Event.objects.filter(shopper=who).count() == 10
    who.refresh_from_db()
    assert who.last_event_at is not None
    assert Shopper.objects.exclude(last_event_at=None).count() == 1


def test_a_shop_that_runs_already_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    beats = iter(range(100))
    real = cache.get

    def beating(key: str, *arguments: object) -> object:
        return time.time() + next(beats) if key == heartbeat_key("scoring") else real(key)

    monkeypatch.setattr(cache, "get", beating)
    with pytest.raises(ShopBusyError, match="already runs"), shop_running():
        pass
