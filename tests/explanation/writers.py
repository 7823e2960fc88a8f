"""Generators of text for tests: each writes what it was told to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from recommender.explanation.generation import Generated, GenerationUnavailableError, Prompt


class Writer:
    """Writes what a function makes of each prompt; likes long sentences best."""

    name = "writer"
    model = "writer-1"
    can_score = True
    keeps_grammar = True

    def __init__(self, write: Callable[[Prompt], str]) -> None:
        self.write = write
        self.prompts: list[Prompt] = []

    def generate(self, prompts: Sequence[Prompt], *, deadline_seconds: float) -> list[Generated]:
        self.prompts += prompts
        return [Generated(self.write(prompt), 7, 0.1) for prompt in prompts]

    def likelihoods(self, prompt: Prompt, continuations: Sequence[str]) -> list[float]:
        return [float(len(one)) for one in continuations]


def silent(prompt: Prompt) -> str:
    """Nobody writes now."""
    raise GenerationUnavailableError("the server hangs", reason="deadline")
