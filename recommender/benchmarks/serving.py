"""How fast slates are served: from the cache under load, from the pool, and after an event.

The protocol, on whatever database the shop uses (the demo's, where nothing else is set):

1. gunicorn and one scoring worker start as ``make serve`` would start them.
2. Shoppers with a history are drawn by seed; each one's home slate is scored once.
3. *cached*: ``GET /api/v1/slates/home/`` for these shoppers at a constant rate of arrivals,
   latency from the scheduled moment. Anything but a whole, undegraded slate is an error.
4. *scored*: the same with each shopper's slate dropped just before the request, ten a second.
5. *event to slate*: a shopper hides the first product of the slate (``POST /api/v1/events/``);
   the clock runs from sending the event until a slate without that product, with another trace
   and undegraded, has been received. Twenty shoppers; the figure is the slowest of them.

Events and token of the benchmark are deleted afterwards.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
import uuid
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.core.cache import cache
from django.db.models import Count
from django.utils import timezone

from recommender.benchmarks.load import (
    CONNECTIONS,
    Answer,
    Connection,
    LoadResult,
    http_request,
    load,
)
from recommender.benchmarks.report import BenchmarkReport, Table
from recommender.benchmarks.shop_processes import (
    RunningShop,
    ShopBusyError,
    ShopStartError,
    shop_running,
)
from recommender.contracts import Scenario, SlateRequest
from recommender.delivery.slate_store import slate_key
from recommender.events.models import Event
from users.models import ApiToken, Consent, Scope, Shopper

SHOPPERS = 400
COUNT = 12
SCORED_RATE = 10.0
SCORED_REQUESTS = 300
EVENT_TRIALS = 20
EVENT_LIMIT_SECONDS = 10.0
POLL_SECONDS = 0.01
WARM_ATTEMPTS = 50


#: What the shop has promised itself, by figure.
BARS = {"cached.p99_ms": 25.0, "cached.errors": 0.0, "scored.p95_ms": 120.0}
EVENT_BAR_MS = 1000.0


def add_arguments(parser: ArgumentParser) -> None:
    """Options of ``manage.py benchmark serving``."""
    parser.add_argument(
        "--rate", type=float, default=200.0, help="cached slates asked for in a second"
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="how long they are asked for")


def run(options: Mapping[str, Any]) -> BenchmarkReport:
    """Measure on the current database.

    Raises:
        ValueError: there is nothing to serve, another shop runs, or the shop does not start.
    """
    rate, seconds, seed = options["rate"], options["seconds"], options["seed"]
    if rate <= 0 or seconds <= 0:
        raise ValueError("--rate and --seconds must be above zero")

    def say(words: str) -> None:
        print(words, file=sys.stderr, flush=True)  # noqa: T201

    try:
        result = serving_benchmark(rate=rate, seconds=seconds, seed=seed, say=say)
    except (NothingToServeError, ShopBusyError, ShopStartError) as error:
        raise ValueError(str(error)) from error
    return serving_report(
        result,
        command=f"manage.py benchmark serving --rate {rate:g} --seconds {seconds:g} --seed {seed}",
        seed=seed,
    )


@dataclass(frozen=True, slots=True)
class ServingResult:
    """Everything measured; ``figures`` has the published names."""

    cached: LoadResult
    scored: LoadResult
    event_ms: list[float]
    shoppers: Sequence[str]
    rate: float
    seconds: float

    @property
    def figures(self) -> dict[str, float]:
        """The figures by name, in milliseconds, requests a second, or numbers of requests."""
        ordered = sorted(self.event_ms)
        values = {
            "cached.p50_ms": self.cached.percentile_ms(50),
            "cached.p95_ms": self.cached.percentile_ms(95),
            "cached.p99_ms": self.cached.percentile_ms(99),
            "cached.max_ms": self.cached.percentile_ms(100),
            "cached.rps": self.cached.rps,
            "cached.errors": len(self.cached.errors),
            "scored.p50_ms": self.scored.percentile_ms(50),
            "scored.p95_ms": self.scored.percentile_ms(95),
            "scored.errors": len(self.scored.errors),
            "event_to_slate_ms": ordered[-1],
            "event_to_slate_ms.median": ordered[len(ordered) // 2],
        }
        return {name: round(value, 2) for name, value in values.items()}


def serving_report(result: ServingResult, *, command: str, seed: int) -> BenchmarkReport:
    """The figures beside what was promised, and what went wrong."""
    figures = result.figures
    bars = BARS | {"cached.rps": result.rate, "event_to_slate_ms": EVENT_BAR_MS}
    rows = [(name, value, bars.get(name)) for name, value in figures.items()]
    notes = [
        f"{len(result.shoppers)} shoppers, {COUNT} items a slate, {CONNECTIONS} connections kept "
        "open; gunicorn, the pool and the client share the machine.",
        "Latency counts from the moment at which a request was due, so a stall is charged to all "
        "who would have come meanwhile.",
        f"Scored: {SCORED_REQUESTS} slates dropped from the cache just before they were asked "
        f"for, {SCORED_RATE:g} a second.",
        f"Event to slate: the slowest of {EVENT_TRIALS} shoppers who hid the first product of "
        "their slate.",
    ]
    for name, outcome in (("cached", result.cached), ("scored", result.scored)):
        notes += [f"{name}: {n} x {words}" for words, n in Counter(outcome.errors).most_common(5)]
    return BenchmarkReport(
        benchmark="serving",
        dataset="completejourney" if result.shoppers[0].startswith("household-") else "own",
        seed=seed,
        command=command,
        figures=figures,
        tables=[Table("Serving", ("figure", "measured", "bar"), rows, digits=2)],
        notes=notes,
    )


class NothingToServeError(RuntimeError):
    """The database has no shopper with a history."""


def serving_benchmark(
    *, rate: float = 200.0, seconds: float = 60.0, seed: int = 0, say: Callable[[str], None]
) -> ServingResult:
    """Run the protocol on the current database; see the module's text."""
    shoppers = shoppers_draw(SHOPPERS, seed)
    with benchmark_token() as key, shop_running() as shop:
        bench = ServingBench(shop, key, shoppers)
        say(f"Warming {len(shoppers)} shoppers' slates ...")
        asyncio.run(bench.warm())
        say(f"Cached slates: {rate:g} requests a second for {seconds:g} s ...")
        cached = asyncio.run(bench.cached(rate, seconds))
        say(f"Scored slates: {SCORED_REQUESTS} requests, {SCORED_RATE:g} a second ...")
        scored = asyncio.run(bench.scored())
        say(f"Event to changed slate: {EVENT_TRIALS} shoppers ...")
        event_ms = asyncio.run(bench.events())
    return ServingResult(cached, scored, event_ms, shoppers, rate, seconds)


def shoppers_draw(limit: int, seed: int) -> list[str]:
    """External ids of shoppers who agreed and did at least ten things, drawn by seed."""
    names = list(
        Shopper.objects.filter(consent=Consent.GRANTED)
        .annotate(done=Count("events"))
        .filter(done__gte=10)
        .order_by("pk")
        .values_list("external_id", flat=True)
    )
    if len(names) < EVENT_TRIALS:
        raise NothingToServeError(
            f"only {len(names)} shoppers have a history; {EVENT_TRIALS} are needed: make setup, "
            "or import interactions and train first"
        )
    return random.Random(seed).sample(names, min(limit, len(names)))


@contextmanager
def benchmark_token() -> Iterator[str]:
    """A REST client of the benchmark's own, gone with all its events in the end."""
    name = f"benchmark-{uuid.uuid4().hex[:12]}"
    token, key = ApiToken.issue(name=name, scopes=[Scope.SLATES_READ, Scope.EVENTS_WRITE])
    try:
        yield key
    finally:
        events = Event.objects.filter(origin=name)
        # What the shoppers are said to have done they have not; their slates are made anew.
        Shopper.objects.filter(events__in=events).update(last_event_at=timezone.now())
        events.delete()
        token.delete()


class ServingBench:
    """The steps of the protocol against a running shop."""

    def __init__(self, shop: RunningShop, key: str, shoppers: Sequence[str]) -> None:
        self.shop, self.key, self.shoppers = shop, key, shoppers
        self.requests = [self.slate_request(shopper) for shopper in shoppers]

    def slate_request(self, shopper: str) -> bytes:
        """The bytes of a request for the shopper's home slate."""
        path = f"/api/v1/slates/home/?shopper={quote(shopper, safe='')}&count={COUNT}"
        return http_request("GET", path, host=self.shop.host, token=self.key)

    async def warm(self) -> None:
        """Ask for every shopper's slate until it is whole."""
        connection = Connection(self.shop.host, self.shop.port)
        for shopper, request in zip(self.shoppers, self.requests, strict=True):
            for _attempt in range(WARM_ATTEMPTS):
                answer = await connection.send(request)
                reason = slate_problem(answer)
                if not reason:
                    break
                await asyncio.sleep(0.1)
            else:
                raise RuntimeError(f"no whole slate for {shopper}: {reason}")
        connection.close()

    async def cached(self, rate: float, seconds: float) -> LoadResult:
        """Slates that are there already, at a constant rate."""
        return await load(
            self.requests,
            host=self.shop.host, port=self.shop.port, rate=rate, seconds=seconds,
            judge=slate_problem,
        )  # fmt: skip

    async def scored(self) -> LoadResult:
        """Slates that the pool has to score, each request another one."""
        keys = [
            slate_key(SlateRequest(Scenario.HOME, shopper=shopper, count=COUNT))
            for shopper in self.shoppers
        ]

        def drop(number: int) -> None:
            cache.delete(keys[number % len(keys)])

        return await load(
            self.requests,
            host=self.shop.host, port=self.shop.port, rate=SCORED_RATE,
            seconds=SCORED_REQUESTS / SCORED_RATE, judge=freshly_scored_problem,
            before=drop,
        )  # fmt: skip

    async def events(self) -> list[float]:
        """Milliseconds from sending an event to having the slate that it changed."""
        connection = Connection(self.shop.host, self.shop.port)
        taken = [await self._event_trial(connection, who) for who in self.shoppers[:EVENT_TRIALS]]
        connection.close()
        return taken

    async def _event_trial(self, connection: Connection, shopper: str) -> float:
        request = self.slate_request(shopper)
        before = await self._whole_slate(connection, request)
        hidden = before["items"][0]["product"]
        event = {
            "id": f"{uuid.uuid4().hex}", "shopper": shopper, "product": hidden, "type": "hide",
        }  # fmt: skip
        post = http_request(
            "POST", "/api/v1/events/", host=self.shop.host, token=self.key,
            body=json.dumps({"events": [event]}).encode(),
        )  # fmt: skip
        began = time.perf_counter()
        answer = await connection.send(post)
        if answer.status != 200 or json.loads(answer.body)["accepted"] != 1:
            raise RuntimeError(f"the event was not taken: {answer.status} {answer.body[:300]!r}")
        while time.perf_counter() - began < EVENT_LIMIT_SECONDS:
            answer = await connection.send(request)
            if not slate_problem(answer) and _has_changed(before, json.loads(answer.body), hidden):
                return (answer.at - began) * 1000
            await asyncio.sleep(POLL_SECONDS)
        raise RuntimeError(f"the slate did not change within {EVENT_LIMIT_SECONDS:g} s")

    async def _whole_slate(self, connection: Connection, request: bytes) -> dict[str, Any]:
        for _attempt in range(WARM_ATTEMPTS):
            answer = await connection.send(request)
            if not slate_problem(answer):
                slate: dict[str, Any] = json.loads(answer.body)
                return slate
            await asyncio.sleep(0.1)
        raise RuntimeError(f"no whole slate before the event: {slate_problem(answer)}")


def _has_changed(before: dict[str, Any], after: dict[str, Any], hidden: str) -> bool:
    shown = [item["product"] for item in after["items"]]
    return after["trace"] != before["trace"] and hidden not in shown


def slate_problem(answer: Answer) -> str:
    """What is wrong with a slate as an answer; empty where nothing is."""
    if answer.status != 200:
        return f"status {answer.status}"
    slate = json.loads(answer.body)
    if slate["degraded"]:
        return "degraded"
    return "" if len(slate["items"]) == COUNT else f"{len(slate['items'])} items"


def freshly_scored_problem(answer: Answer) -> str:
    """Like ``slate_problem``, but a slate that was there before is wrong too."""
    if reason := slate_problem(answer):
        return reason
    age_ms = json.loads(answer.body)["age_ms"]
    return "" if age_ms < 1000 else f"not scored anew: {age_ms} ms old"
