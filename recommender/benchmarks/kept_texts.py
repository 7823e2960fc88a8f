"""Texts that were written once are kept in a file, so that a long run goes on after a stop."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from recommender.explanation.generation import Generated, Prompt, TextGenerator


class KeepingGenerator:
    """A generator that asks another one only for what the file does not hold.

    The file has a line of JSON for each prompt: what was asked, the text, tokens and seconds.
    """

    def __init__(self, generator: TextGenerator, file: Path | None) -> None:
        self.generator = generator
        self.file = file
        self.name, self.model = generator.name, generator.model
        self.can_score, self.keeps_grammar = generator.can_score, generator.keeps_grammar
        self.kept: dict[str, Generated] = {}
        if file is not None and file.exists():
            for line in file.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                self.kept[row["key"]] = Generated(row["text"], row["tokens"], row["seconds"])

    def generate(self, prompts: Sequence[Prompt], *, deadline_seconds: float) -> list[Generated]:
        """One text for each prompt, kept as soon as it is there."""
        return [self._one(prompt, deadline_seconds) for prompt in prompts]

    def keeps(self, *prompts: Prompt) -> bool:
        """Whether nothing would have to be written."""
        return all(self._key(prompt) in self.kept for prompt in prompts)

    def _key(self, prompt: Prompt) -> str:
        asked = [self.model, prompt.system, prompt.user, prompt.grammar or "", prompt.max_tokens]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()

    def _one(self, prompt: Prompt, deadline_seconds: float) -> Generated:
        key = self._key(prompt)
        if key not in self.kept:
            (text,) = self.generator.generate([prompt], deadline_seconds=deadline_seconds)
            self.kept[key] = text
            if self.file is not None:
                row = {
                    "key": key, "user": prompt.user, "free": prompt.grammar is None,
                    "text": text.text, "tokens": text.tokens, "seconds": text.seconds,
                }  # fmt: skip
                with self.file.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
        return self.kept[key]

    def likelihoods(self, prompt: Prompt, continuations: Sequence[str]) -> list[float]:
        """Asked anew: few texts are refused."""
        return self.generator.likelihoods(prompt, continuations)
