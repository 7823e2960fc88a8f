"""Runs the processes of the Procfile on one machine: ``python -m recsite.supervisor``.

A process that dies is started again, so that a fault of the pool never takes the site with it;
only a web process that cannot start at all ends the whole. Ctrl-C or SIGTERM stops everything.
"""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

from honcho.environ import parse_procfile
from honcho.printer import Message, Printer

from recsite.demo_credentials import credentials_read, credentials_write

BASE_DIR = Path(__file__).resolve().parents[1]
#: After a second Ctrl-C, or this long after the first, what still runs is killed.
STOP_SECONDS = 10.0
RESTART_SECONDS = (0.5, 1.0, 2.0, 5.0, 15.0)
#: A process that ran this long before it died starts again without having to wait.
HEALTHY_SECONDS = 60.0
#: The web site has to answer within this time after its first start.
FIRST_ANSWER_SECONDS = 120.0
#: The other processes wait this long for the site's first answer, so that it comes soonest.
HEAD_START_SECONDS = 8.0
#: What is true of a demo on one's own machine and needs no warning at every start.
QUIET_WARNINGS = "ignore:You're running the worker with superuser,ignore:No directory at"
COLOURS = ("36", "33", "32", "35", "34")
PR_SET_PDEATHSIG = 1


def _die_with_supervisor() -> None:
    """Ask Linux to stop the new process when the supervisor is killed without a chance to."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One line of the Procfile and the process that runs it now."""

    name: str
    command: str
    colour: str
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    restart_at: float | None = field(default=0.0)

    def start(self, lines: queue.Queue[Message]) -> None:
        """Start the process in a group of its own and read what it prints."""
        self.process = subprocess.Popen(
            self.command,
            shell=True,
            cwd=BASE_DIR,
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_supervisor,
        )
        self.started_at = time.monotonic()
        self.restart_at = None
        threading.Thread(target=self._read, args=(self.process, lines), daemon=True).start()

    def _read(self, process: subprocess.Popen[bytes], lines: queue.Queue[Message]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(Message("line", line, datetime.now().astimezone(), self.name, self.colour))

    @property
    def is_running(self) -> bool:
        """Whether the process runs at this moment."""
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and all that it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


def child_environment() -> dict[str, str]:
    """The environment with this interpreter's programs first in the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {
        "PYTHONWARNINGS": QUIET_WARNINGS,
        **os.environ,
        "PATH": path,
        "PYTHONUNBUFFERED": "1",
    }


def address() -> tuple[str, int]:
    """Host and port of the web site, from the environment variables HOST and PORT."""
    text = os.environ.get("PORT", "8000")
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise SystemExit(f"PORT must be a number from 1 to 65535, not “{text}”.")
    return os.environ.get("HOST", "127.0.0.1"), int(text)


def port_check(host: str, port: int) -> None:
    """End with a clear message where the site could not listen on the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise SystemExit(f"Port {port} needs more rights: choose one above 1023.") from None
        except OSError as error:
            raise SystemExit(
                f"Port {port} on {host} cannot be used ({error.strerror}). Stop the program that "
                f"uses it, or choose another port: PORT={port + 1} make serve"
            ) from None


class Supervisor:
    """Starts, watches, restarts and stops the processes of one Procfile."""

    def __init__(self, procfile: Path, printer: Printer, web_address: tuple[str, int]) -> None:
        processes: dict[str, str] = parse_procfile(procfile.read_text()).processes
        self.children = [
            Child(name, command, COLOURS[index % len(COLOURS)])
            for index, (name, command) in enumerate(processes.items())
        ]
        self.printer = printer
        self.printer.width = max(len(child.name) for child in self.children)
        self.host, self.port = web_address
        self.lines: queue.Queue[Message] = queue.Queue()
        self.stop_since: float | None = None
        self.return_code = 0
        self.has_answered = False

    def say(self, text: str) -> None:
        """Print a line of the supervisor's own."""
        self.printer.write(Message("line", text, datetime.now().astimezone(), "recsite", None))

    def stop(self, number: int = signal.SIGTERM, frame: FrameType | None = None) -> None:
        """Ask all processes to end; asked a second time, kill them."""
        if self.stop_since is None:
            self.stop_since = time.monotonic()
            for child in self.children:
                child.signal(signal.SIGTERM)
        elif number == signal.SIGINT:
            self.stop_since = float("-inf")

    def run(self) -> int:
        """Run until somebody or something stops the whole; return the exit status."""
        signal.signal(signal.SIGINT, self.stop)
        signal.signal(signal.SIGTERM, self.stop)
        began = time.monotonic()
        threading.Thread(target=self._greet, daemon=True).start()
        while True:
            self._print_lines(timeout=0.1)
            now = time.monotonic()
            if self.stop_since is not None:
                if not any(child.is_running for child in self.children):
                    break
                if now - self.stop_since > STOP_SECONDS:
                    for child in self.children:
                        child.signal(signal.SIGKILL)
                continue
            for child in self.children:
                has_head_start = self.has_answered or now - began > HEAD_START_SECONDS
                if child.name == "web" or has_head_start:
                    self._watch(child, now)
            if not self.has_answered and now - began > FIRST_ANSWER_SECONDS:
                self.say(f"The site did not answer within {FIRST_ANSWER_SECONDS:.0f} s.")
                self.return_code = 1
                self.stop()
        self._print_lines(timeout=0.2)
        self.say("All processes have stopped.")
        return self.return_code

    def _print_lines(self, timeout: float) -> None:
        with contextlib.suppress(queue.Empty):
            self.printer.write(self.lines.get(timeout=timeout))
            while True:
                self.printer.write(self.lines.get_nowait())

    def _watch(self, child: Child, now: float) -> None:
        if child.is_running:
            return
        if child.restart_at is not None:
            if now >= child.restart_at:
                child.start(self.lines)
            return
        assert child.process is not None
        code = child.process.returncode
        # What the dead process had started must not live on beside its successor.
        child.signal(signal.SIGKILL)
        if child.name == "web" and not self.has_answered:
            self.say(f"web could not start (exit status {code}); its messages stand above.")
            self.return_code = 1
            self.stop()
            return
        child.failures = 0 if now - child.started_at > HEALTHY_SECONDS else child.failures + 1
        delay = RESTART_SECONDS[min(child.failures, len(RESTART_SECONDS) - 1)]
        child.restart_at = now + delay
        self.say(f"{child.name} ended (exit status {code}); it starts again in {delay:g} s.")

    def _greet(self) -> None:
        """Say where the site is and who can log in once it answers, and when the pool does."""
        if not self._wait_for("/health/live/", lambda told: told.get("status") == "live"):
            return
        self.has_answered = True
        self._announce(greeting(self.host, self.port))
        if self._wait_for("/health/ready/", lambda told: "pool" not in told.get("degraded", [""])):
            self._announce(["The workers are there too: slates are personal from now on."])

    def _announce(self, lines: list[str]) -> None:
        for line in lines:
            self.lines.put(
                Message("line", line, datetime.now().astimezone(), "recsite", COLOURS[2])
            )

    def _wait_for(self, path: str, fits: Callable[[dict[str, Any]], bool]) -> bool:
        """Ask the site until its answer fits; False where everything stops before."""
        while self.stop_since is None:
            connection = http.client.HTTPConnection(reachable(self.host), self.port, timeout=5)
            try:
                connection.request("GET", path)
                if fits(json.loads(connection.getresponse().read())):
                    return True
            except (OSError, http.client.HTTPException, ValueError, AttributeError):
                pass  # not there yet, or another program's answer
            finally:
                connection.close()
            time.sleep(0.1)
        return False


def reachable(host: str) -> str:
    """An address at which a client on this machine finds a server that listens on ``host``."""
    return "127.0.0.1" if host in {"0.0.0.0", "::", "localhost"} else host


def greeting(host: str, port: int) -> list[str]:
    """What to print once the site answers."""
    base_url = f"http://{reachable(host)}:{port}"
    credentials = credentials_read()
    if credentials is None:
        return [f"The site is at {base_url}/"]
    credentials_write({**credentials, "base_url": base_url})
    shopper, merchandiser = credentials["shopper_login"], credentials["merchandiser_login"]
    return [
        "",
        f"The shop         {base_url}/",
        f"  log in as      {shopper['username']}  {shopper['password']}"
        f"  (a shopper with history: {credentials['shopper']})",
        f"The admin        {base_url}/admin/",
        f"  log in as      {merchandiser['username']}  {merchandiser['password']}",
        f"The REST API     {base_url}/api/docs/",
        f"  token          {credentials['api_token']}",
        "",
        "Ctrl-C stops everything. The log-ins also stand in demo-credentials.json.",
    ]


def main() -> int:
    """Check the port, then run the Procfile."""
    host, port = address()
    port_check(host, port)
    # What processes before this start have counted would be kept, file by file, for ever.
    shutil.rmtree(Path(os.environ.get("RECSITE_VAR", BASE_DIR / "var")) / "metrics", True)
    return Supervisor(BASE_DIR / "Procfile", Printer(sys.stdout), (host, port)).run()


if __name__ == "__main__":
    sys.exit(main())
