"""Text by llama.cpp from a GGUF file: the quick way on a processor, and it keeps grammars.

xllamacpp runs llama.cpp's server inside this process. Its port on the loopback answers only to a
key made here; it tells tokens and the chat template, all else goes by calls.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import xllamacpp

from recommender.explanation.generation import Generated, GenerationUnavailableError, Prompt

logger = logging.getLogger(__name__)

#: Tokens of prompt and text together.
CONTEXT_TOKENS = 2048
#: Asking the server in this very process for tokens.
OWN_SERVER_SECONDS = 10.0


class LlamaCppGenerator:
    """One model in this process, on as few threads as are asked for.

    Threads of llama.cpp wait for each other at every layer: where something else runs on one of
    the cores, two threads are many times slower than one.
    """

    name = "llamacpp"
    can_score = True
    keeps_grammar = True

    def __init__(
        self,
        file: Path,
        *,
        model: str,
        threads: int = 1,
        adapter: Path | None = None,
        context_tokens: int = CONTEXT_TOKENS,
    ) -> None:
        """Load ``file``, with the LoRA adapter in the GGUF file ``adapter`` added to it.

        Raises:
            GenerationUnavailableError: llama.cpp cannot read one of the files.
        """
        self.model = model
        self._key = secrets.token_urlsafe()
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(file)
        parameters.n_ctx = context_tokens
        parameters.n_parallel = 1
        parameters.n_gpu_layers = 0
        parameters.n_threads_http = 1
        parameters.api_keys = [self._key]
        parameters.endpoint_slots = False
        parameters.cache_ram_mib = 0
        parameters.verbosity = -1
        for threads_of in (parameters.cpuparams, parameters.cpuparams_batch):
            threads_of.n_threads = threads
            # Asleep, not spinning, while it waits.
            threads_of.poll = 0
        if adapter is not None:
            added = xllamacpp.CommonAdapterLoraInfo()
            added.path, added.scale = str(adapter), 1.0
            parameters.lora_adapters = [added]
        if not file.is_file():
            raise GenerationUnavailableError(f"{file} is not there", reason="broken")
        try:
            self._server: Any = xllamacpp.Server(parameters)
        except RuntimeError as error:
            message = f"llama.cpp cannot load {file.name}: {error}"
            raise GenerationUnavailableError(message, reason="broken") from error

    def generate(self, prompts: Sequence[Prompt], *, deadline_seconds: float) -> list[Generated]:
        """One after the other: on a processor several at once are no faster."""
        until = time.monotonic() + deadline_seconds
        return [self._written(prompt, until) for prompt in prompts]

    def _written(self, prompt: Prompt, until: float) -> Generated:
        began = time.monotonic()
        pieces: list[str] = []
        tokens = 0
        failure: Mapping[str, Any] = {}

        def heard(told: Mapping[str, Any]) -> bool:
            """Take in one token; True ends the writing."""
            nonlocal tokens, failure
            if "error" in told:
                failure = told["error"]
                return True
            tokens = told.get("usage", {}).get("completion_tokens", tokens)
            deltas = [choice.get("delta", {}) for choice in told.get("choices", ())]
            pieces.extend(delta["content"] for delta in deltas if delta.get("content"))
            return time.monotonic() >= until

        asked: dict[str, Any] = {
            "messages": prompt.messages(),
            "max_tokens": prompt.max_tokens,
            "temperature": 0.0,
            "stream": True,
            "stream_options": {"include_usage": True},
            "stop": list(prompt.stop),
        }
        if prompt.grammar is not None:
            asked["grammar"] = prompt.grammar
        answer = self._server.handle_chat_completions(asked, heard)
        if isinstance(answer, Mapping) and "error" in answer:
            failure = answer["error"]
        if failure:
            raise GenerationUnavailableError(str(failure.get("message")), reason="refused")
        if time.monotonic() >= until:
            raise GenerationUnavailableError("writing took too long", reason="deadline")
        return Generated(prompt.cut("".join(pieces)), tokens, time.monotonic() - began)

    def likelihoods(self, prompt: Prompt, continuations: Sequence[str]) -> list[float]:
        """Each continuation is written by a grammar of its tokens; the model says how readily."""
        beginning = str(self._own("/apply-template", {"messages": prompt.messages()})["prompt"])
        return [self._likelihood(beginning, continuation) for continuation in continuations]

    def _likelihood(self, beginning: str, continuation: str) -> float:
        tokens: list[int] = self._own("/tokenize", {"content": continuation})["tokens"]
        if not tokens:
            raise ValueError("a continuation needs at least one token")
        answer = self._server.handle_completions(
            {
                "prompt": beginning,
                "temperature": 0.0,
                "max_tokens": len(tokens),
                # Of the model itself, before the grammar forbids what it forbids.
                "logprobs": 1,
                "grammar": "root ::= " + " ".join(f"<[{token}]>" for token in tokens),
            }
        )
        if "error" in answer:
            raise GenerationUnavailableError(str(answer["error"].get("message")), reason="refused")
        told = answer["choices"][0]["logprobs"]["content"]
        if [one["id"] for one in told] != tokens:
            message = "llama.cpp did not read the continuation as it was asked to"
            raise GenerationUnavailableError(message, reason="refused")
        return float(sum(one["logprob"] for one in told) / len(tokens))

    def _own(self, path: str, body: Mapping[str, Any]) -> Any:
        request = Request(
            self._server.listening_address + path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"},
        )
        try:
            with urlopen(request, timeout=OWN_SERVER_SECONDS) as answer:
                return json.load(answer)
        except OSError as error:
            raise GenerationUnavailableError(str(error), reason="broken") from error
