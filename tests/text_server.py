"""A real HTTP server that speaks OpenAI's protocol, well or badly as it is told."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class TextServer:
    """Answers on a port of its own. ``mode`` says how, and may change at any moment:

    ``well``, ``hang`` (no word comes), ``half`` (the stream breaks off), ``garbage``, ``nonsense``
    (a stream of broken JSON), ``endless``, ``drip`` (a word now and then, for ever), or a status.
    """

    def __init__(self, mode: str = "well", *, port: int = 0) -> None:
        self.mode = mode
        self.asked: list[dict[str, Any]] = []
        self._gone = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                owner.asked.append(body | {"key": self.headers.get("Authorization")})
                with contextlib.suppress(OSError):  # who asked may have gone
                    owner._answer(self, body)
                self.close_connection = True

            def log_message(self, *_: Any) -> None:
                """Tests speak for themselves."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        self.base_url = f"http://127.0.0.1:{self.port}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Answer nobody any more."""
        self._gone.set()
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, to: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        mode = self.mode
        if to.path != "/v1/chat/completions":
            mode = "404"
        if mode == "hang":
            self._gone.wait(30)
            return
        if mode.isdecimal():
            to.send_response(int(mode))
            to.send_header("Content-Length", "0")
            to.end_headers()
            return
        to.send_response(200)
        to.send_header("Content-Type", "text/event-stream")
        to.send_header("Connection", "close")
        to.end_headers()
        if mode == "garbage":
            to.wfile.write(b"<html>It works!</html>\n" * 3)
        elif mode == "nonsense":
            to.wfile.write(b'data: {"choices": [{"delta": \n\n')
        elif mode in ("endless", "drip"):
            until = time.monotonic() + 30
            while time.monotonic() < until and not self._gone.wait(0.1 * (mode == "drip")):
                _send(to, {"choices": [{"index": 0, "delta": {"content": "a " * 500}}]})
        else:
            words = _words(body)
            for word in words[: len(words) // 2] if mode == "half" else words:
                _send(to, {"choices": [{"index": 0, "delta": {"content": word}}]})
            if mode == "well":
                _send(to, {"choices": [], "usage": {"completion_tokens": len(words)}})
                to.wfile.write(b"data: [DONE]\n\n")


def _send(to: BaseHTTPRequestHandler, told: dict[str, Any]) -> None:
    to.wfile.write(f"data: {json.dumps(told)}\n\n".encode())


def _words(body: dict[str, Any]) -> list[str]:
    """What was asked, said back: a token for each word; or the first that the grammar allows."""
    if "grammar" in body:
        return [re.findall(r'"([^"]*)"', body["grammar"])[0]]
    said = body["messages"][-1]["content"]
    words = re.findall(r"\S+\s*", f"You said: {said}")[: body["max_tokens"]]
    text = "".join(words)
    ends = [text.index(stop) for stop in body.get("stop", ()) if stop in text]
    return words if not ends else [text[: min(ends)]]
