"""Text by a server that speaks OpenAI's protocol: vLLM, llama.cpp's server, or a service.

Nothing that the server does holds the worker for longer than the deadline: answers come as a
stream, whose silence and size are bounded; what can recover is tried again, and a server that
fails again and again is left alone for a while.
"""

from __future__ import annotations

import contextvars
import json
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpx2
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from recommender.explanation.generation import Generated, GenerationUnavailableError, Prompt
from recommender.worker.text_generation.circuit import Circuit

logger = logging.getLogger(__name__)

#: Statuses after which the same question may be answered: too many, or a fault that passes.
PASSING = frozenset({408, 429, 500, 502, 503, 504})
#: Statuses that speak of this prompt alone; another may be answered.
PROMPTS_OWN = frozenset({400, 413, 422})


class GrammarField(StrEnum):
    """Where the server wants a grammar, as the protocol has no place for one."""

    NONE = ""
    #: llama.cpp's server: a member of its own.
    LLAMA_CPP = "grammar"
    #: vLLM before 0.12.
    GUIDED = "guided_grammar"
    #: vLLM from 0.12 on.
    STRUCTURED = "structured_outputs"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long and how much; times in seconds."""

    connect: float = 1.0
    #: Silence within an answer; before its first word it may take this long too.
    read: float = 5.0
    attempts: int = 3
    #: Longest wait before another attempt; the waits are drawn at random, so that workers that
    #: failed together do not come back together.
    longest_wait: float = 1.0
    #: Bytes of one answer.
    answer_bytes: int = 256 * 1024
    #: Questions asked at once.
    at_once: int = 8
    #: After so many failures in a row the server rests for so long.
    failures: int = 3
    rest: float = 15.0


class _PassingError(GenerationUnavailableError):
    """It may go better at once."""


class OpenAICompatibleGenerator:
    """Asks ``POST {base_url}/chat/completions``."""

    name = "openai"
    can_score = False

    def __init__(
        self,
        base_url: str,
        *,
        model: str,
        key: str = "",
        grammar: GrammarField = GrammarField.NONE,
        bounds: Bounds | None = None,
    ) -> None:
        """``base_url`` ends before ``/chat/completions``: https://host/v1 for most servers."""
        self.model = model
        self.keeps_grammar = grammar is not GrammarField.NONE
        self.bounds = bounds or Bounds()
        self._grammar = grammar
        self._client = httpx2.Client(
            base_url=base_url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(self.bounds.read, connect=self.bounds.connect),
            limits=httpx2.Limits(max_connections=self.bounds.at_once),
        )
        self.circuit = Circuit(
            self._client.base_url.host, failures=self.bounds.failures, rest_seconds=self.bounds.rest
        )

    def close(self) -> None:
        """End the connections."""
        self._client.close()

    def generate(self, prompts: Sequence[Prompt], *, deadline_seconds: float) -> list[Generated]:
        """Several at once; the first that fails ends it for all."""
        until = time.monotonic() + deadline_seconds
        return self.circuit.call(lambda: self._all(prompts, until))

    def likelihoods(self, prompt: Prompt, continuations: Sequence[str]) -> list[float]:
        """The protocol's chats do not tell how likely given words are."""
        raise NotImplementedError("an OpenAI-compatible server cannot score given texts")

    def _all(self, prompts: Sequence[Prompt], until: float) -> list[Generated]:
        if not prompts:
            return []
        with ThreadPoolExecutor(min(len(prompts), self.bounds.at_once)) as threads:
            # The trace's id goes along into the threads.
            asked = [
                threads.submit(contextvars.copy_context().run, self._one, prompt, until)
                for prompt in prompts
            ]
            try:
                return [one.result() for one in asked]
            finally:
                for one in asked:
                    one.cancel()

    def _one(self, prompt: Prompt, until: float) -> Generated:
        attempts = Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, _PassingError)),
            stop=lambda state: (
                stop_after_attempt(self.bounds.attempts)(state)
                or time.monotonic() + state.upcoming_sleep >= until
            ),
            wait=wait_random_exponential(multiplier=0.1, max=self.bounds.longest_wait),
            before_sleep=_tell,
            reraise=True,
        )
        return attempts(self._asked, prompt, until)

    def _asked(self, prompt: Prompt, until: float) -> Generated:
        began = time.monotonic()
        left = until - began
        if left <= 0:
            raise GenerationUnavailableError("no time is left to ask", reason="deadline")
        timeout = httpx2.Timeout(
            min(self.bounds.read, left), connect=min(self.bounds.connect, left)
        )
        try:
            with self._client.stream(
                "POST", "chat/completions", json=self._body(prompt), timeout=timeout
            ) as answer:
                _check_status(answer)
                text, tokens = _read(self._lines(answer, until))
        except httpx2.ReadTimeout as error:
            message = "the server fell silent"
            # A server that hangs would hang again: what time is left is not spent on it.
            raise GenerationUnavailableError(message, reason="deadline") from error
        except httpx2.HTTPError as error:
            if time.monotonic() >= until:
                message = "asking took too long"
                raise GenerationUnavailableError(message, reason="deadline") from error
            raise _PassingError(f"{type(error).__name__}: {error}", reason="connection") from error
        return Generated(prompt.cut(text), tokens, time.monotonic() - began)

    def _body(self, prompt: Prompt) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": prompt.messages(),
            "max_tokens": prompt.max_tokens,
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if prompt.stop:
            body["stop"] = list(prompt.stop)
        if prompt.grammar is not None and self._grammar is not GrammarField.NONE:
            is_nested = self._grammar is GrammarField.STRUCTURED
            body[self._grammar] = {"grammar": prompt.grammar} if is_nested else prompt.grammar
        return body

    def _lines(self, answer: httpx2.Response, until: float) -> Iterator[str]:
        """Lines of the stream as they end, within the bounds of time and size."""
        size, rest = 0, b""
        for piece in answer.iter_bytes():
            size += len(piece)
            if size > self.bounds.answer_bytes:
                message = f"the answer is longer than {self.bounds.answer_bytes} bytes"
                raise GenerationUnavailableError(message, reason="too_long")
            if time.monotonic() >= until:
                raise GenerationUnavailableError("writing took too long", reason="deadline")
            *lines, rest = (rest + piece).split(b"\n")
            yield from (line.decode(errors="replace").strip() for line in lines)
        if rest:
            yield rest.decode(errors="replace").strip()


def _tell(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.info("asking once more in %.2f s: %s", state.upcoming_sleep, error)


def _check_status(answer: httpx2.Response) -> None:
    status = answer.status_code
    if status == 200:
        return
    message = f"the server answered {status}"
    if status in PASSING:
        raise _PassingError(message, reason="status")
    reason = "refused" if status in PROMPTS_OWN else "status"
    raise GenerationUnavailableError(message, reason=reason)


def _read(lines: Iterator[str]) -> tuple[str, int]:
    """Text and number of tokens of a stream of server-sent events that came to its end."""
    pieces: list[str] = []
    tokens: int | None = None
    for line in lines:
        if not line.startswith("data:"):
            if line and not line.startswith((":", "event:", "id:", "retry:")):
                raise GenerationUnavailableError("the answer is no stream", reason="garbage")
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return "".join(pieces), len(pieces) if tokens is None else tokens
        try:
            told = json.loads(data)
            deltas = [choice["delta"] for choice in told.get("choices", ())]
            pieces += [str(delta["content"]) for delta in deltas if delta.get("content")]
            usage: Mapping[str, Any] | None = told.get("usage")
            tokens = tokens if usage is None else int(usage["completion_tokens"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise GenerationUnavailableError(
                "the stream holds nonsense", reason="garbage"
            ) from error
    raise _PassingError("the stream broke off", reason="garbage")
