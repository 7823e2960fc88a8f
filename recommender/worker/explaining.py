"""Sentences for the first places of a shopper's slate, written in the pool when nobody waits."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError

from recommender.contracts import Scenario, Slate, SlateItem, SlateRequest
from recommender.delivery.evidences import evidence_read
from recommender.delivery.explaining import PLACES, explain_mark, is_untold
from recommender.delivery.models import SlateTrace
from recommender.delivery.slate_store import slate_item_as_dict, slate_write, slates_read
from recommender.explanation.facts import Evidence
from recommender.explanation.generation import TextGenerator
from recommender.explanation.languages import LANGUAGES
from recommender.explanation.models import ExplanationSentence
from recommender.explanation.prompts import TEMPLATES, PromptTemplate
from recommender.explanation.standing import facts_standing
from recommender.explanation.telling import WRITTEN, Told, told_by
from recommender.explanation.verifier import verify
from recsite import metrics

logger = logging.getLogger(__name__)

#: What all sentences of one slate may take.
DEADLINE_SECONDS = 60.0
#: Text by language.
Texts = dict[str, str]


def slates_explain(
    shoppers: Iterable[str],
    generator: TextGenerator | None,
    templates: Mapping[str, PromptTemplate] = TEMPLATES,
) -> int:
    """Write what the shoppers' home slates want told; returns how many places have sentences."""
    told = 0
    for shopper in shoppers:
        # First the mark, then the slate: one that is scored from now on orders anew.
        cache.delete(explain_mark(shopper))
        told += _slate_explain(SlateRequest(Scenario.HOME, shopper), generator, templates)
    return told


def _slate_explain(
    request: SlateRequest,
    generator: TextGenerator | None,
    templates: Mapping[str, PromptTemplate],
) -> int:
    slate = _kept(request)
    if slate is None:
        return 0
    evidences = evidence_behind(slate.items[:PLACES])
    texts = sentences_for(list(evidences.values()), generator, templates)
    if not texts:
        return 0
    standing = facts_standing(set().union(*(e.records for e in evidences.values())))
    told = {
        product: {"texts": texts[one.checksum], "titles": one.titles}
        for product, one in evidences.items()
        if one.checksum in texts and one.records <= standing
    }
    return _keep(request, slate.trace, told)


def _kept(request: SlateRequest) -> Slate | None:
    return next(iter(slates_read([request]).values()), None)


def evidence_behind(items: Sequence[SlateItem]) -> dict[str, Evidence]:
    """The evidence of those items about which something can be written, by product."""
    return evidence_read(
        (item.product, item.explanation, item.sources)
        for item in items
        if is_untold(item.explanation)
    )


def sentences_for(
    evidences: Sequence[Evidence],
    generator: TextGenerator | None,
    templates: Mapping[str, PromptTemplate] = TEMPLATES,
) -> dict[str, Texts]:
    """Verified sentences by the evidence's checksum and language; what is known is not asked."""
    found: dict[str, Texts] = {}
    model = "" if generator is None else generator.model
    for code in LANGUAGES:
        version = templates[code].version
        known = _known(evidences, code, model, version)
        fresh = list({e.checksum: e for e in evidences if e.checksum not in known}.values())
        told = told_by(
            fresh, code, generator, deadline_seconds=DEADLINE_SECONDS, templates=templates
        )
        for evidence, one in zip(fresh, told, strict=True):
            if one is not None:
                known[evidence.checksum] = one.text
                _count(code, one)
        _remember(fresh, told, code, model, version)
        for checksum, text in known.items():
            found.setdefault(checksum, {})[code] = text
    return found


def _known(evidences: Sequence[Evidence], code: str, model: str, version: str) -> Texts:
    """Sentences that were written before, by checksum; each is verified once more."""
    by_checksum = {evidence.checksum: evidence for evidence in evidences}
    rows = ExplanationSentence.objects.filter(
        evidence__in=by_checksum, language=code, prompt_version=version, model=model
    ).values_list("evidence", "text")
    return {
        checksum: text
        for checksum, text in rows
        if verify(text, by_checksum[checksum], LANGUAGES[code]).accepted
    }


def _count(code: str, told: Told) -> None:
    verdict = "not_written" if told.verdict is None else told.verdict.reason or "accepted"
    metrics.SENTENCES.labels(code, str(verdict), told.origin).inc()


def _remember(
    evidences: Sequence[Evidence],
    told: Sequence[Told | None],
    code: str,
    model: str,
    version: str,
) -> None:
    """Keep the sentences, but for those that only stand in until a generator answers."""
    rows = [
        ExplanationSentence(
            evidence=evidence.checksum,
            language=code,
            text=one.text,
            origin=one.origin,
            written=one.written.text[:1000] if one.written else "",
            refused=str((one.verdict and one.verdict.reason) or ""),
            detail=one.verdict.detail[:200] if one.verdict else "",
            model=model,
            prompt_version=version,
            tokens=one.written.tokens if one.written else 0,
            seconds=one.written.seconds if one.written else 0.0,
        )
        for evidence, one in zip(evidences, told, strict=True)
        if one is not None and model and (one.written is not None or code not in WRITTEN)
    ]
    if not rows:
        return
    fields = [f.name for f in ExplanationSentence._meta.fields if f.name != "id"]
    try:
        ExplanationSentence.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["evidence", "language"],
            update_fields=[name for name in fields if name not in {"evidence", "language"}],
        )
    except DatabaseError:
        logger.exception("%d sentences were not kept", len(rows))


def _keep(request: SlateRequest, trace: str, told: Mapping[str, Mapping[str, Any]]) -> int:
    """Put the sentences to the slate, if it is still the one that they are about."""
    slate = _kept(request)
    if slate is None or slate.trace != trace or not told:
        return 0
    items = tuple(
        replace(item, explanation={**item.explanation, "told": told[item.product]})
        if item.product in told
        else item
        for item in slate.items
    )
    slate_write(request, replace(slate, items=items))
    SlateTrace.objects.filter(pk=trace).update(items=[slate_item_as_dict(item) for item in items])
    return len(told)
