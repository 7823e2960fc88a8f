"""A generator whose work is counted, and that fails in one foreseen way only."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from recommender.explanation.generation import (
    Generated,
    GenerationUnavailableError,
    Prompt,
    TextGenerator,
)
from recsite import metrics

logger = logging.getLogger(__name__)

T = TypeVar("T")


class CountedGenerator:
    """Passes everything on to another generator."""

    def __init__(self, inner: TextGenerator) -> None:
        self.inner = inner
        self.name, self.model = inner.name, inner.model
        self.can_score, self.keeps_grammar = inner.can_score, inner.keeps_grammar

    @property
    def circuit(self) -> str:
        """State of the circuit breaker, for a generator that has one."""
        return str(getattr(getattr(self.inner, "circuit", None), "state", ""))

    def generate(self, prompts: Sequence[Prompt], *, deadline_seconds: float) -> list[Generated]:
        """One text for each prompt, in order."""
        began = time.monotonic()
        written = self._foreseen(
            lambda: self.inner.generate(prompts, deadline_seconds=deadline_seconds)
        )
        metrics.GENERATION_SECONDS.labels(self.name).observe(time.monotonic() - began)
        metrics.GENERATED_TOKENS.labels(self.name).inc(sum(one.tokens for one in written))
        metrics.GENERATIONS.labels(self.name, "written").inc(len(written))
        return written

    def likelihoods(self, prompt: Prompt, continuations: Sequence[str]) -> list[float]:
        """Mean natural log-probability of each continuation's tokens."""
        return self._foreseen(lambda: self.inner.likelihoods(prompt, continuations))

    def _foreseen(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except GenerationUnavailableError as error:
            metrics.GENERATIONS.labels(self.name, error.reason).inc()
            raise
        except NotImplementedError:
            raise
        except MemoryError as error:
            metrics.GENERATIONS.labels(self.name, "memory").inc()
            raise GenerationUnavailableError("out of memory", reason="memory") from error
        except Exception as error:
            logger.exception("%s failed", self.name)
            metrics.GENERATIONS.labels(self.name, "broken").inc()
            raise GenerationUnavailableError(
                f"{type(error).__name__}: {error}", reason="broken"
            ) from error
