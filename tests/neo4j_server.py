"""The real Neo4j beside the tests: started once, stopped and killed where a test asks for it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

RUN = Path(settings.BASE_DIR) / "deploy/neo4j/run.sh"
READY_SECONDS = 120.0
FETCH_SECONDS = 400


def shared_jars() -> Path:
    """Where the jars lie: kept between runs, since they never change."""
    return Path(os.environ.get("NEO4J_LIB", Path(settings.BASE_DIR) / "var/neo4j/lib"))


@cache
def missing() -> str:
    """Why Neo4j cannot run here, or the empty string."""
    absent = [name for name in ("java", "mvn") if shutil.which(name) is None]
    if absent:
        return f"{' and '.join(absent)} missing (Debian: openjdk-17-jdk-headless maven)"
    return ""


class Neo4jServer:
    """One server with its own data folder and port."""

    def __init__(self) -> None:
        self.data = Path(tempfile.mkdtemp(prefix="recsite-neo4j-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = self.data / "server.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What NEO4J_URL has to be."""
        return f"bolt://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, or start again on the same data, and wait until it answers."""
        environment = {**os.environ, "NEO4J_LIB": str(shared_jars()), "NEO4J_HEAP": "512m"}
        subprocess.run([RUN, "fetch"], env=environment, check=True, timeout=FETCH_SECONDS)
        with self.log.open("wb") as stream:
            self.process = subprocess.Popen(
                [RUN, "serve", self.data / "db", str(self.port)],
                env=environment,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + READY_SECONDS
        while "Neo4j answers" not in self.log.read_text(errors="replace"):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"Neo4j did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.2)

    def kill(self) -> None:
        """SIGKILL: as if the power had failed."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to stop and wait."""
        self._end(signal.SIGTERM)

    def remove(self) -> None:
        """Stop and delete the data."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)


def require() -> None:
    """Skip where Neo4j cannot run, but not in CI: there it has to."""
    if reason := missing():
        if os.environ.get("CI"):
            pytest.fail(f"Neo4j must run in CI: {reason}")
        pytest.skip(f"no Neo4j: {reason}")
