"""The supervisor with real processes: small ones that stand for the site and its workers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = """
import http.server, os, pathlib, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        self.wfile.write(b'{{"status": "live", "degraded": []}}')
pathlib.Path("{folder}/web.pid").write_text(str(os.getpid()))
http.server.HTTPServer(("127.0.0.1", {port}), Answer).serve_forever()
"""
WORKER = """
import os, pathlib, signal, time
{extra}
pathlib.Path("{folder}/worker.pid").write_text(str(os.getpid()))
time.sleep(600)
"""
RUN = """
import sys
from pathlib import Path
from honcho.printer import Printer
from recsite import supervisor
supervisor.STOP_SECONDS = {stop_seconds}
supervisor.credentials_read = lambda: None
sys.exit(supervisor.Supervisor(
    Path("{folder}/Procfile"), Printer(sys.stdout), ("127.0.0.1", {port})).run())
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for a condition, generously: the machine may be slow."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


@dataclass
class Shop:
    folder: Path
    port: int
    process: subprocess.Popen[str]

    def pid(self, name: str) -> int:
        try:
            return int((self.folder / f"{name}.pid").read_text() or 0)
        except OSError:
            return 0

    def output(self) -> str:
        return (self.folder / "output").read_text()

    def wait_until_greeted(self) -> None:
        eventually(lambda: "The site is at" in self.output() and bool(self.pid("worker")))


Start = Callable[..., Shop]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    begun: list[Shop] = []

    def start_shop(*, web: str = WEB, worker_extra: str = "", stop_seconds: float = 10) -> Shop:
        port = free_port()
        (tmp_path / "web.py").write_text(web.format(folder=tmp_path, port=port))
        (tmp_path / "worker.py").write_text(WORKER.format(folder=tmp_path, extra=worker_extra))
        (tmp_path / "Procfile").write_text(
            f"web: exec python {tmp_path}/web.py\nworker: exec python {tmp_path}/worker.py\n"
        )
        code = RUN.format(folder=tmp_path, port=port, stop_seconds=stop_seconds)
        with (tmp_path / "output").open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", code],
                cwd=ROOT, stdout=output, stderr=output, text=True, start_new_session=True,
            )  # fmt: skip
        begun.append(Shop(tmp_path, port, process))
        return begun[-1]

    yield start_shop
    for shop in begun:
        for pid in (shop.process.pid, shop.pid("web"), shop.pid("worker")):
            if pid and is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        shop.process.wait(timeout=10)


def test_it_says_where_the_site_is_once_the_site_answers(start: Start) -> None:
    shop = start()
    shop.wait_until_greeted()
    assert f"The site is at http://127.0.0.1:{shop.port}/" in shop.output()
    eventually(lambda: "slates are personal from now on" in shop.output())


def test_a_worker_that_dies_comes_back_and_the_site_stays(start: Start) -> None:
    shop = start()
    shop.wait_until_greeted()
    web, worker = shop.pid("web"), shop.pid("worker")
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: shop.pid("worker") != worker and is_alive(shop.pid("worker")))
    assert shop.pid("web") == web
    assert is_alive(web)
    assert "worker ended (exit status -9)" in shop.output()


def test_a_site_that_dies_later_comes_back_too(start: Start) -> None:
    shop = start()
    shop.wait_until_greeted()
    web = shop.pid("web")
    os.kill(web, signal.SIGKILL)
    eventually(lambda: shop.pid("web") not in {0, web} and is_alive(shop.pid("web")))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_every_process(start: Start, number: signal.Signals) -> None:
    shop = start()
    shop.wait_until_greeted()
    os.kill(shop.process.pid, number)
    assert shop.process.wait(timeout=30) == 0
    assert not is_alive(shop.pid("web"))
    assert not is_alive(shop.pid("worker"))
    assert "All processes have stopped." in shop.output()


def test_a_worker_that_will_not_end_is_killed(start: Start) -> None:
    shop = start(worker_extra="signal.signal(signal.SIGTERM, signal.SIG_IGN)", stop_seconds=1)
    shop.wait_until_greeted()
    os.kill(shop.process.pid, signal.SIGTERM)
    assert shop.process.wait(timeout=30) == 0
    assert not is_alive(shop.pid("worker"))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells orphans")
def test_nothing_lives_on_when_the_supervisor_is_killed(start: Start) -> None:
    shop = start()
    shop.wait_until_greeted()
    os.kill(shop.process.pid, signal.SIGKILL)
    eventually(lambda: not is_alive(shop.pid("web")) and not is_alive(shop.pid("worker")))


def test_a_site_that_cannot_start_ends_the_whole(start: Start) -> None:
    shop = start(web="raise SystemExit('no settings ({folder}, {port})')")
    assert shop.process.wait(timeout=30) == 1
    assert "no settings" in shop.output()
    assert "web could not start (exit status 1)" in shop.output()
    assert not is_alive(shop.pid("worker"))


def supervisor_at(port: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "recsite.supervisor"],
        cwd=ROOT, env={**os.environ, "PORT": port, "HOST": "127.0.0.1"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_port_in_use_is_named_with_a_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = supervisor_at(str(port))
    assert done.returncode == 1
    assert done.stderr == (
        f"Port {port} on 127.0.0.1 cannot be used (Address already in use). Stop the program "
        f"that uses it, or choose another port: PORT={port + 1} make serve\n"
    )


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1", ""])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    done = supervisor_at(port)
    assert done.returncode == 1
    assert done.stderr == f"PORT must be a number from 1 to 65535, not “{port}”.\n"
