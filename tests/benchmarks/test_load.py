"""The load generator against a server whose delays are known."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from recommender.benchmarks.load import Answer, LoadResult, http_request, load

Reply = Callable[[int], Awaitable[bytes]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def measure(reply: Reply, *, rate: float, seconds: float) -> tuple[LoadResult, list[bytes], int]:
    """Load a small server for a moment; also the heads it saw and the connections it took."""
    heads: list[bytes] = []
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                heads.append(head)
                writer.write(await reply(len(heads)))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> LoadResult:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        requests = [http_request("GET", f"/{n}", host="h", token="t") for n in range(3)]
        result = await load(
            requests, host="127.0.0.1", port=port, rate=rate, seconds=seconds, judge=judge
        )
        server.close()
        return result

    return asyncio.run(run()), heads, connections


def judge(answer: Answer) -> str:
    return "" if answer.status == 200 else f"status {answer.status}"


def test_every_request_leaves_once_and_in_turn_over_open_connections() -> None:
    async def at_once(number: int) -> bytes:
        return OK

    result, heads, connections = measure(at_once, rate=200, seconds=0.5)
    assert len(result.latencies_ms) == 100
    assert result.errors == []
    paths = [head.split()[1] for head in heads]
    assert [paths.count(path) for path in (b"/0", b"/1", b"/2")] == [34, 33, 33]
    assert b"Authorization: Bearer t\r\n" in heads[0]
    assert connections == 16
    assert result.rps == pytest.approx(200, rel=0.2)


def test_a_stall_is_charged_to_all_who_would_have_come_meanwhile() -> None:
    stalled_until = 0.0

    async def stalls_once(number: int) -> bytes:
        nonlocal stalled_until
        loop = asyncio.get_running_loop()
        if number == 1:
            stalled_until = loop.time() + 0.4
        await asyncio.sleep(max(0.0, stalled_until - loop.time()))
        return OK

    result, _heads, _connections = measure(stalls_once, rate=50, seconds=1.0)
    assert len(result.latencies_ms) == 50
    assert result.percentile_ms(100) == pytest.approx(400, abs=120)
    # A loop of request and answer would have seen one slow request; here some twenty waited.
    assert sum(latency > 50 for latency in result.latencies_ms) >= 12


def test_what_is_not_a_good_answer_is_an_error_and_no_latency() -> None:
    async def fails_sometimes(number: int) -> bytes:
        if number % 4 == 0:
            return b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
        if number % 4 == 1:
            return b"HTTP/1.1 200 OK\r\n\r\n"
        return OK

    result, _heads, _connections = measure(fails_sometimes, rate=100, seconds=0.4)
    assert len(result.latencies_ms) == 20
    assert result.errors.count("status 503") == 10
    assert result.errors.count("ValueError: an answer without Content-Length") == 10


def test_a_server_that_is_gone_gives_errors_not_a_crash() -> None:
    async def hangs_up(number: int) -> bytes:
        raise ConnectionError

    result, _heads, _connections = measure(hangs_up, rate=50, seconds=0.2)
    assert result.latencies_ms == []
    assert len(result.errors) == 10
    assert result.percentile_ms(99) == 0.0
    assert result.rps == 0.0
