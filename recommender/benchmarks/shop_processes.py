"""The site and its pool as real processes on the current database, for as long as a benchmark."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.cache import cache

from recommender.delivery.pool import heartbeat_key
from recommender.registry.versions import LIVE_KEY

HOST = "127.0.0.1"
READY_SECONDS = 120.0
#: A pool whose sign of life does not change for this long is gone.
SILENCE_SECONDS = 8.0
#: What further workers get to become ready after the first.
LATER_SECONDS = 10.0
WEB = ("gunicorn", "--config", "recsite/gunicorn_conf.py", "recsite.wsgi")
SCORING = (
    "celery", "-A", "recsite.worker", "worker", "-Q", "scoring", "-P", "solo",
    "--without-mingle", "--without-gossip", "--without-heartbeat", "--loglevel", "WARNING",
)  # fmt: skip


class ShopBusyError(RuntimeError):
    """Another shop runs on this database and would share in the work."""


class ShopStartError(RuntimeError):
    """The site or the pool did not come up; the message holds what they printed."""


@dataclass(frozen=True, slots=True)
class RunningShop:
    """Where the site listens."""

    host: str
    port: int


@contextmanager
def shop_running(
    *, workers: int = 1, variables: Mapping[str, str] | None = None
) -> Iterator[RunningShop]:
    """Start gunicorn and scoring workers, wait until they serve, stop them in the end.

    ``variables`` are added to the environment of all processes.

    Raises:
        ShopBusyError: a pool already works on this database.
        ShopStartError: a process ended or did not get ready.
    """
    if _pool_is_alive():
        raise ShopBusyError(
            "a shop already runs on this database; stop it first, so that it does not take part"
        )
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": os.environ.get(
            "DJANGO_SETTINGS_MODULE", "recsite.settings.embedded"
        ),
        "HOST": HOST,
        "PORT": str(port),
        **(variables or {}),
    }
    commands = [WEB, *((*SCORING, "-n", f"benchmark-{number}@%h") for number in range(workers))]
    with tempfile.TemporaryFile() as output:
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=settings.BASE_DIR, env=environment, stdout=output, stderr=output,
                start_new_session=True,
            )
            for command in commands
        ]  # fmt: skip
        try:
            _wait_until_ready(processes, port)
            if workers > 1:
                # All of them give one sign of life; the later ones need no longer than the first.
                time.sleep(LATER_SECONDS)
            yield RunningShop(HOST, port)
        except ShopStartError as error:
            output.seek(0)
            printed = output.read()[-4000:].decode(errors="replace")
            raise ShopStartError(f"{error}\n{printed}") from None
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _pool_is_alive() -> bool:
    """Whether a sign of life is there and is renewed; a pool that has stopped leaves one too."""
    first = cache.get(heartbeat_key("scoring"))
    if first is None or time.time() - first > SILENCE_SECONDS:
        return False
    end = time.monotonic() + SILENCE_SECONDS
    while time.monotonic() < end:
        if cache.get(heartbeat_key("scoring")) != first:
            return True
        time.sleep(0.2)
    return False


def _wait_until_ready(processes: list[subprocess.Popen[bytes]], port: int) -> None:
    began = time.time()
    while time.time() - began < READY_SECONDS:
        for process in processes:
            if process.poll() is not None:
                name = Path(str(process.args[2])).name  # type: ignore[index]
                raise ShopStartError(f"{name} ended with status {process.returncode}")
        pulse = cache.get(heartbeat_key("scoring")) or 0.0
        if pulse > began and cache.get(LIVE_KEY) and _answers(port):
            return
        time.sleep(0.2)
    raise ShopStartError(f"the shop was not ready after {READY_SECONDS:.0f} s")


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/health/live/")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
