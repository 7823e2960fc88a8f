"""A generator of a worker process whose memory a test can take away."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from recommender.explanation.generation import Generated, Prompt
from recommender.worker.text_generation.choice import server_generator

FAULT_FILE = "RECSITE_TEST_FAULT"


class FaultGenerator:
    """The configured server; the named file, where it is there, says what is wrong here.

    ``out of memory``, or how many megabytes the worker may have from now on.
    """

    can_score = False

    def __init__(self) -> None:
        self.inner = server_generator()
        self.name, self.model = self.inner.name, self.inner.model
        self.keeps_grammar, self.circuit = self.inner.keeps_grammar, self.inner.circuit

    def generate(self, prompts: Sequence[Prompt], *, deadline_seconds: float) -> list[Generated]:
        """As the server does, after what is wrong here."""
        fault = Path(os.environ[FAULT_FILE])
        if fault.exists():
            if not (told := fault.read_text()).isdecimal():
                raise MemoryError(told)
            settings.EXPLAIN_MEMORY_MB = int(told)
        return self.inner.generate(prompts, deadline_seconds=deadline_seconds)

    def likelihoods(self, prompt: Prompt, continuations: Sequence[str]) -> list[float]:
        """Not by a server."""
        return self.inner.likelihoods(prompt, continuations)
