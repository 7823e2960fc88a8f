"""What the shop does while its pool breaks: a worker that dies over its work, a broker that stops.

Each breaks real processes. Pages have to answer, events have to be kept, and all has to recover
without anybody's help.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from kombu import pools

from recommender.contracts import Scenario, SlateRequest
from recommender.delivery import pool as pool_door
from recommender.delivery.pool import slates_order, wait_for
from recommender.delivery.slate_store import LONG, SHORT, slate_key
from recommender.delivery.slates import slate_get
from recommender.events.models import Event
from recommender.events.record import EventInput, Verdict, events_record
from recommender.learning.update import learn
from recommender.registry.versions import LIVE_KEY
from recsite.celery import app
from tests.processes import WorkerProcess

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]

HOME = SlateRequest(Scenario.HOME, shopper="anna", count=6)
#: More than one batch of slates, each with a place of its own in the cache.
WAITING = list(
    {
        slate_key(request): request
        for scenario in (Scenario.SIMILAR, Scenario.COMPLEMENTARY)
        for count in (SHORT, LONG)
        for number in range(1, 13)
        for request in [SlateRequest(scenario, product=f"p{number}", count=count)]
    }.values()
)


def within(seconds: float, look: Callable[[], object]) -> object | None:
    """Wait for a condition; its value, or None when the time is over."""
    return wait_for(lambda: look() or None, deadline=time.monotonic() + seconds)


def hidden(product: str) -> Verdict:
    """Tell the event log that anna wants no more of the product."""
    event = EventInput(id=f"hide {product}", type="hide", shopper="anna", product=product)
    return events_record(origin="t", events=[event])[0]


def answered_without(product: str) -> bool:
    """Whether the pool gives anna a fresh slate that has taken the product's hiding in."""
    slate = slate_get(HOME, deadline_ms=2_000).slate
    return not slate.degraded and product not in [item.product for item in slate.items]


def test_a_worker_killed_in_the_middle_of_a_batch_costs_nobody_a_page_and_no_event(
    small_shop, pool
):
    learn(minimum_events=0)
    worker = pool()
    assert within(30, lambda: cache.get(LIVE_KEY))
    worker.signal(signal.SIGSTOP)
    for request in WAITING:
        assert slates_order([request])
    worker.signal(signal.SIGCONT)
    # As soon as the first batch is there the worker is at the next one.
    assert within(30, lambda: cache.get(slate_key(WAITING[0])))
    worker.kill()
    done = cache.get_many([slate_key(request) for request in WAITING])
    assert 0 < len(done) < len(WAITING), "the worker was killed over its work"

    assert hidden("p1").status == "accepted"
    meanwhile = slate_get(HOME).slate
    assert meanwhile.degraded
    assert meanwhile.items
    assert "p1" not in [item.product for item in meanwhile.items]

    pool()
    assert within(30, lambda: answered_without("p1"))
    assert Event.objects.filter(origin="t", type="hide").count() == 1
    # What waited in the queue or was lost with the worker is answered when it is asked for again.
    lost = next(request for request in WAITING if slate_key(request) not in done)
    assert within(30, lambda: not slate_get(lost, deadline_ms=5_000).slate.degraded)


class RedisBroker:
    """A Redis of its own, which can be stopped without anybody else noticing."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.folder = folder
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, empty, and wait until it listens."""
        self.process = subprocess.Popen(
            [
                "redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                "--appendonly", "no", "--dir", str(self.folder),
                "--logfile", str(self.folder / "redis.log"),
            ]
        )  # fmt: skip
        assert within(20, self._listens)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        """Stop it at once; what it held is lost."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)


def connections_drop() -> None:
    """Have the next order open a connection of its own."""
    app._pool = app.amqp._producer_pool = None
    # It remembers pools by address, those that are closed too.
    pools.reset()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RedisBroker]:
    """A broker for this test alone, which this process and its workers use."""
    if shutil.which("redis-server") is None:
        if os.environ.get("CI"):
            pytest.fail("Redis must run in CI: there is no redis-server")
        pytest.skip("no redis-server")
    own = RedisBroker(tmp_path)
    own.start()
    names = ("broker_url", "broker_read_url", "broker_write_url", "broker_transport_options")
    before = {name: app.conf[name] for name in names}
    app.conf.update(dict.fromkeys(names[:3], own.url), broker_transport_options={})
    connections_drop()
    yield own
    app.conf.update(before)
    connections_drop()
    own.stop()


def test_a_broker_that_stops_costs_nobody_a_page_and_no_event(small_shop, broker: RedisBroker):
    learn(minimum_events=0)
    worker = WorkerProcess(
        models=Path(settings.MODEL_DIR),
        snapshots=Path(settings.SNAPSHOT_DIR),
        queues="scoring",
        BROKER_URL=broker.url,
    )
    try:
        worker.wait_until_ready()
        assert not slate_get(HOME, deadline_ms=5_000).slate.degraded

        broker.stop()
        assert hidden("p1").status == "accepted"
        meanwhile = slate_get(HOME).slate
        assert meanwhile.degraded
        assert meanwhile.items
        assert "p1" not in [item.product for item in meanwhile.items]
        assert pool_door._resting_until > 0, "the broker is left alone for a moment"
        assert hidden("p2").status == "accepted"

        broker.start()
        assert within(60, lambda: answered_without("p1") and answered_without("p2"))
        assert Event.objects.filter(origin="t", type="hide").count() == 2
        assert worker.process.is_alive(), "the same worker went on"
    finally:
        worker.stop()
