"""Odds of yes to a short question about a sentence, asked of a language model.

A model of the default's size (SmolLM2-135M-Instruct) writes too loosely to be trusted with lists
of facts, but it can be asked for the odds of "Yes" against "No" to one short question about one
sentence. Those odds, less the odds for the same question about no sentence in particular, are the
score.
"""

from __future__ import annotations

from collections.abc import Sequence

from recommender.learning.language_model import LanguageModel

_SHOTS = (
    ("Lavender Hand Soap with Olive Oil, 8 oz", "made with olive oil", "Yes"),
    ("Plastic-free bamboo hair brush", "made with plastic", "No"),
    ("Night cream for dry skin, not for oily skin", "meant for oily skin", "No"),
    ("Shampoo for curly hair, 250 ml", "meant for curly hair", "Yes"),
    ("Red Velvet cake mix with vegan sprinkles", "vegan", "No"),
    ("Unscented body lotion, pack of 3", "a set of 3", "Yes"),
)
_NO_SENTENCE = "A product of our shop"


class LanguageModelScorer:
    """Log odds from a causal language model, shown six solved examples first."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        examples = "".join(
            f"{_question(text, claim)} {answer}\n\n" for text, claim, answer in _SHOTS
        )
        self._examples = model.read(model.tokens(examples, special=True))
        self._yes = self._first_tokens("Yes", "yes")
        self._no = self._first_tokens("No", "no")
        self._unconditional: dict[str, float] = {}

    def _first_tokens(self, *words: str) -> list[int]:
        return [self._model.tokens(f" {word}")[0] for word in words]

    def score(self, questions: Sequence[tuple[str, str]]) -> list[float]:
        """Log odds with the sentence less those without one, which are computed once per claim."""
        new = [c for c in dict.fromkeys(c for _s, c in questions) if c not in self._unconditional]
        bare = self._log_odds([(_NO_SENTENCE, claim) for claim in new])
        self._unconditional |= dict(zip(new, bare, strict=True))
        odds = self._log_odds(questions)
        return [
            value - self._unconditional[claim]
            for value, (_sentence, claim) in zip(odds, questions, strict=True)
        ]

    def _log_odds(self, questions: Sequence[tuple[str, str]]) -> list[float]:
        rows = [self._model.tokens(_question(*pair)) for pair in questions]
        logits = self._model.last_logits(self._examples, rows)  # (questions, vocabulary)
        odds = logits[:, self._yes].logsumexp(-1) - logits[:, self._no].logsumexp(-1)
        return [float(value) for value in odds]


def _question(sentence: str, claim: str) -> str:
    # A quotation mark in the sentence would end it for the model; a line break would end all.
    quoted = " ".join(sentence.replace('"', "'").split())
    return f'Product text: "{quoted}"\nQuestion: Is this product {claim}?\nAnswer:'
