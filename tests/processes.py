"""Real processes beside the tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.core.cache import cache
from django.db import connection

from recommender.delivery.pool import heartbeat_key
from tests.forked_worker import worker_start

#: Importing torch on a busy machine takes its time.
READY_SECONDS = 120.0


def test_database_url() -> str:
    """The test database for other processes, where it is not SQLite."""
    if connection.vendor == "sqlite":
        return ""
    told = connection.settings_dict
    user = quote(str(told["USER"]))
    password = f":{quote(str(told['PASSWORD']))}" if told["PASSWORD"] else ""
    host = quote(str(told["HOST"] or ""), safe="")
    port = f":{told['PORT']}" if told["PORT"] else ""
    return f"postgres://{user}{password}@{host}{port}/{told['NAME']}"


def child_environment(**extra: str) -> dict[str, str]:
    """Environment in which another process sees the test's database, broker and cache."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "recsite.settings.test",
        "RECSITE_VAR": str(settings.VAR_DIR),
        "RECSITE_TEST_CHILD": "1",
        "OMP_NUM_THREADS": "1",
        **extra,
    }
    if url := test_database_url():
        environment["DATABASE_URL"] = url
    return environment


class WorkerProcess:
    """One Celery worker of the pool, as production runs it."""

    def __init__(
        self,
        *,
        models: Path,
        snapshots: Path,
        queues: str = "scoring,training,ingest",
        **environment: str,
    ) -> None:
        self.first = queues.partition(",")[0]
        cache.delete(heartbeat_key(self.first))
        self.log = Path(settings.VAR_DIR) / f"worker-{self.first}.log"
        self.process = worker_start(
            [
                "-A", "recsite.worker", "worker",
                "-Q", queues, "-P", "solo", "-n", f"test-{self.first}-{os.getpid()}@%h",
                "-l", "INFO", "--without-mingle", "--without-gossip", "--without-heartbeat",
            ],
            child_environment(
                RECSITE_MODELS=str(models), RECSITE_SNAPSHOTS=str(snapshots), **environment
            ),
            self.log,
        )  # fmt: skip

    def wait_until_ready(self) -> None:
        """Wait for the first heartbeat; a worker that dies before it fails the test."""
        deadline = time.monotonic() + READY_SECONDS
        while cache.get(heartbeat_key(self.first)) is None:
            if not self.process.is_alive() or time.monotonic() > deadline:
                raise AssertionError(f"the worker did not start:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.1)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        self.process.kill()
        self.process.join(10)

    def stop(self) -> None:
        """Ask it to stop and wait."""
        self.process.terminate()
        self.process.join(15)
        if self.process.is_alive():
            self.kill()


class BeatProcess:
    """Celery beat, as production runs it; ``environment`` sets how often it orders what."""

    def __init__(self, **environment: str) -> None:
        self._stream = (Path(settings.VAR_DIR) / "beat.log").open("wb")
        schedule = Path(settings.VAR_DIR) / f"beat-{os.getpid()}"
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "celery", "-A", "recsite.celery", "beat",
                "--pidfile=", "-s", str(schedule),
            ],
            cwd=settings.BASE_DIR,
            env=child_environment(**environment),
            stdout=self._stream,
            stderr=subprocess.STDOUT,
        )  # fmt: skip

    def stop(self) -> None:
        """Ask it to stop and wait."""
        _stopped(self.process)
        self._stream.close()


def _stopped(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait(10)
