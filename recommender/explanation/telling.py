"""Writing the sentences: the model's own where it is true, else the likeliest written beforehand.

Every text that comes out of here has passed the verifier as it stands.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recommender.explanation.facts import Evidence
from recommender.explanation.generation import (
    Generated,
    GenerationUnavailableError,
    Prompt,
    TextGenerator,
)
from recommender.explanation.languages import LANGUAGES
from recommender.explanation.paraphrases import paraphrases
from recommender.explanation.prompts import PromptTemplate, prompt_for
from recommender.explanation.verifier import Verdict, verify

logger = logging.getLogger(__name__)

#: Languages that a model is asked to write and to judge. The packaged one knows little of others:
#: there the first paraphrase is taken, which is the one that tells most.
WRITTEN = frozenset({"en"})
GENERATED, PARAPHRASE = "generated", "paraphrase"


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence about one item that may be shown, and how it came about."""

    text: str
    #: GENERATED or PARAPHRASE.
    origin: str
    #: What the model wrote, where it was asked, and what the verifier said of it.
    written: Generated | None = None
    verdict: Verdict | None = None


def told_by(
    evidences: Sequence[Evidence],
    code: str,
    generator: TextGenerator | None,
    *,
    deadline_seconds: float,
    templates: Mapping[str, PromptTemplate] | None = None,
) -> list[Told | None]:
    """One verified sentence for each evidence, None where nothing can be told.

    Without a generator, and where it fails, the first paraphrase is taken: which is the one that
    tells most.
    """
    if code not in WRITTEN:
        generator = None
    prompts = [prompt_for(one, code, template=(templates or {}).get(code)) for one in evidences]
    try:
        written = _written(prompts, generator, deadline_seconds)
    except GenerationUnavailableError as error:
        logger.warning("no sentences are written now (%s): %s", error.reason, error)
        written = [None] * len(prompts)
        # One that does not answer is not asked for an opinion either.
        generator = None
    return [
        _told(evidence, code, prompt, text, generator)
        for evidence, prompt, text in zip(evidences, prompts, written, strict=True)
    ]


def _written(
    prompts: Sequence[Prompt | None],
    generator: TextGenerator | None,
    deadline_seconds: float,
) -> list[Generated | None]:
    """The model's texts, None for each that is not to be had."""
    nothing: list[Generated | None] = [None] * len(prompts)
    asked = [place for place, prompt in enumerate(prompts) if prompt is not None]
    if generator is None or not asked:
        return nothing
    texts = generator.generate(
        [prompt for prompt in prompts if prompt is not None], deadline_seconds=deadline_seconds
    )
    for place, text in zip(asked, texts, strict=True):
        nothing[place] = text
    return nothing


def _told(
    evidence: Evidence,
    code: str,
    prompt: Prompt | None,
    written: Generated | None,
    generator: TextGenerator | None,
) -> Told | None:
    if prompt is None:
        return None
    verdict = None
    if written is not None:
        text = written.text.strip()
        verdict = verify(text, evidence, LANGUAGES[code])
        if verdict.accepted:
            return Told(text, GENERATED, written, verdict)
    sentences = paraphrases(evidence, code)
    if not sentences:
        return None
    return Told(likeliest(sentences, prompt, generator), PARAPHRASE, written, verdict)


def likeliest(sentences: Sequence[str], prompt: Prompt, generator: TextGenerator | None) -> str:
    """The sentence that the model finds likeliest; the first where it cannot say."""
    if generator is None or not generator.can_score or len(sentences) == 1:
        return sentences[0]
    try:
        scores = generator.likelihoods(prompt, sentences)
    except (GenerationUnavailableError, NotImplementedError):
        return sentences[0]
    return sentences[max(range(len(sentences)), key=lambda place: scores[place])]
