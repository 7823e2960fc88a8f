"""A prompt as it would be asked now: with the evidence of a slate that somebody has just got."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.delivery.evidences import evidence_read
from recommender.delivery.models import SlateTrace
from recommender.delivery.text_samples import Sample, text_sample
from recommender.explanation.facts import Evidence
from recommender.explanation.generation import Prompt
from recommender.explanation.languages import LANGUAGES
from recommender.explanation.prompt_table import PromptTemplateVersion
from recommender.explanation.prompt_versions import prompt_template
from recommender.explanation.prompts import prompt_for
from recommender.explanation.verifier import verify

#: Slates that are looked through for something to tell.
SLATES = 5
#: Evidence shown in one preview.
CASES = 3
#: How long somebody who looks at a preview waits for the pool.
SAMPLE_DEADLINE_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Case:
    """A product of a recent slate, and what the model would be asked about it."""

    product: str
    title: str
    evidence: Evidence
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Written:
    """What the pool wrote, and why it would be refused; nothing where it would be shown."""

    sample: Sample
    refused: str = ""
    detail: str = ""


def cases(version: PromptTemplateVersion) -> list[Case]:
    """Up to three prompts about places of the newest slates; none before there are any."""
    template, found = prompt_template(version), []
    for evidence in _recent_evidence():
        prompt = prompt_for(evidence, version.language, template=template)
        if prompt is not None:
            found.append(Case(evidence.item.id, evidence.item.title, evidence, prompt))
        if len(found) == CASES:
            break
    return found


def case_written(case: Case, language: str) -> Written:
    """Have the pool write one text, and judge it as one that is to be shown."""
    sample = text_sample(case.prompt, deadline_seconds=SAMPLE_DEADLINE_SECONDS)
    if sample.reason:
        return Written(sample)
    verdict = verify(sample.text.strip(), case.evidence, LANGUAGES[language])
    return Written(sample, str(verdict.reason or ""), verdict.detail)


def _recent_evidence() -> list[Evidence]:
    """Evidence of the newest slates' places, each product once."""
    places = (
        (item["product"], item["explanation"], item.get("sources", {}))
        for trace in SlateTrace.objects.order_by("-scored_at")[:SLATES]
        for item in trace.items
        if item.get("explanation")
    )
    return list(evidence_read(places, quoted=False).values())
