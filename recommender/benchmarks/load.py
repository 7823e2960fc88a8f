"""Load at a constant rate of arrivals, over connections that stay open.

Requests leave when the schedule says so, whether or not earlier ones have been answered, and
latency counts from the scheduled moment. A server that stalls is charged for all who would have
come meanwhile, which a loop of request and answer hides (Gil Tene's "coordinated omission").
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

#: An answer that takes longer is an error.
TIMEOUT_SECONDS = 5.0
#: Connections opened before the first request, so that none has to be opened while measuring.
CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of a response, and when it was complete (``time.perf_counter``)."""

    status: int
    body: bytes
    at: float


@dataclass(slots=True)
class LoadResult:
    """Latencies in milliseconds of the good answers, and what went wrong with the others."""

    latencies_ms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def percentile_ms(self, percent: float) -> float:
        """The latency that this share of the good answers did not exceed."""
        return float(np.percentile(self.latencies_ms, percent)) if self.latencies_ms else 0.0

    @property
    def rps(self) -> float:
        """Good answers a second."""
        return len(self.latencies_ms) / self.seconds if self.seconds else 0.0


class Connection:
    """One HTTP/1.1 connection that is kept open; one request at a time."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection(self.host, self.port)

    def close(self) -> None:
        """Drop the connection, whatever state it is in."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def send(self, request: bytes) -> Answer:
        """Send a whole request and read the whole answer, which must name its length.

        Raises:
            OSError, EOFError, ValueError: the connection broke or the answer makes no sense.
        """
        if self._reader is None or self._writer is None:
            await self.open()
        assert self._reader is not None
        assert self._writer is not None
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        status_line, *lines = head[:-4].split(b"\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _colon, value in (line.partition(b":") for line in lines)
        }
        if b"content-length" not in headers:
            raise ValueError("an answer without Content-Length")
        body = await self._reader.readexactly(int(headers[b"content-length"]))
        at = time.perf_counter()
        if headers.get(b"connection", b"").lower() == b"close":
            self.close()
        return Answer(int(status_line.split()[1]), body, at)


def http_request(
    method: str, path: str, *, host: str, token: str, body: bytes | None = None
) -> bytes:
    """A request in bytes, ready to be sent as often as wanted."""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host}",
        f"Authorization: Bearer {token}",
        "Accept: application/json",
    ]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


async def load(
    requests: Sequence[bytes],
    *,
    host: str,
    port: int,
    rate: float,
    seconds: float,
    judge: Callable[[Answer], str],
    before: Callable[[int], None] | None = None,
) -> LoadResult:
    """Send ``requests`` in turn, ``rate`` a second for ``seconds``.

    ``judge`` names what is wrong with an answer, or returns the empty word. ``before`` is called
    with each request's number ahead of its scheduled time; it has to be quick.
    """
    result = LoadResult()
    # In turn, as a balancer would: always the warmest connection would mean always one process.
    idle = deque(Connection(host, port) for _ in range(CONNECTIONS))
    for connection in idle:
        # One after the other: of a sudden crowd one process of the server would take nearly all.
        await connection.open()
        await asyncio.sleep(0.02)

    async def one(number: int, intended: float) -> None:
        connection = idle.popleft() if idle else Connection(host, port)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                answer = await connection.send(requests[number % len(requests)])
        except (OSError, EOFError, ValueError) as error:
            connection.close()
            result.errors.append(f"{type(error).__name__}: {error}")
        else:
            if reason := judge(answer):
                result.errors.append(reason)
            else:
                result.latencies_ms.append((answer.at - intended) * 1000)
        idle.append(connection)

    # A collection of garbage in the client would be charged to the server.
    gc.collect()
    gc.disable()
    try:
        began = time.perf_counter()
        async with asyncio.TaskGroup() as running:
            for number in range(round(rate * seconds)):
                intended = began + number / rate
                if before is not None:
                    before(number)
                if (wait := intended - time.perf_counter()) > 0:
                    await asyncio.sleep(wait)
                running.create_task(one(number, intended))
        result.seconds = time.perf_counter() - began
    finally:
        gc.enable()
        for connection in idle:
            connection.close()
    return result
