"""What writes text, as everybody else sees it: prompts in, texts out, within a deadline.

The implementations lie in ``recommender.worker.text_generation``; one contract suite
(tests/contracts/test_text_generators.py) runs on each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

#: What chat templates set between the turns; written by a shopper it would begin a turn of its own.
_TURN_MARKS = re.compile(
    r"<\|[^<>|]{0,40}\|>|</?s>|\[/?INST\]|</?(?:start|end)_of_turn>|<<?/?SYS>>?"
)


class GenerationUnavailableError(Exception):
    """No text can be had now: the deadline passed, or a model or a server fails.

    Whoever asked takes what needs no generator. ``reason`` is a word for counters: deadline,
    memory, broken (the model cannot be loaded or fails), refused (this prompt cannot be answered),
    and of a server: connection, status, garbage, too_long, circuit_open.
    """

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a text is to be about and what it may look like."""

    system: str
    user: str
    #: A grammar in GBNF, as llama.cpp reads it; the text is one of its sentences.
    grammar: str | None = None
    #: The text is cut off behind so many tokens.
    max_tokens: int = 64
    #: The text ends before the first of these.
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens must be at least 1, not {self.max_tokens}")
        if "" in self.stop:
            raise ValueError("stop holds an empty text, at which every text would end")

    def messages(self) -> list[dict[str, str]]:
        """The turns of a chat, in which no text can pass for the beginning of another turn."""
        turns = [("system", self.system), ("user", self.user)]
        return [
            {"role": role, "content": _TURN_MARKS.sub(" ", text)} for role, text in turns if text
        ]

    def cut(self, text: str) -> str:
        """A text up to the first of the stops."""
        ends = [text.index(stop) for stop in self.stop if stop in text]
        return text[: min(ends, default=len(text))]


@dataclass(frozen=True, slots=True)
class Generated:
    """A text, the tokens that it took, and the seconds from asking to having it."""

    text: str
    tokens: int
    seconds: float


@runtime_checkable
class TextGenerator(Protocol):
    """Writes texts. Deterministic: the likeliest token is taken each time. Not for two threads."""

    #: Which implementation it is.
    name: str
    #: Which model writes, as records of texts tell it.
    model: str
    #: Whether ``likelihoods`` answers.
    can_score: bool
    #: Whether grammars are kept; one that cannot writes freely, and says so here.
    keeps_grammar: bool

    def generate(self, prompts: Sequence[Prompt], *, deadline_seconds: float) -> list[Generated]:
        """One text for each prompt, in order; all of them within the deadline.

        Raises:
            GenerationUnavailableError: there will be no texts, or not in time.
        """

    def likelihoods(self, prompt: Prompt, continuations: Sequence[str]) -> list[float]:
        """Mean natural log-probability of each continuation's tokens as the answer to a prompt.

        Raises:
            NotImplementedError: this generator cannot (``can_score`` is false).
            GenerationUnavailableError: not now.
        """
