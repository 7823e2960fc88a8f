"""Evidence that quotes a review leaves with the review.

The fact itself stays: what a person accepted does not become wrong because its witness is gone.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from kg.bulk import facts_write
from kg.models import Fact


@transaction.atomic
def review_evidence_forget(*, product: int, texts: Sequence[str]) -> int:
    """Take sentences of removed reviews of a product (primary key) out of evidence and history.

    Returns how many facts had quoted them.
    """
    quoted = [text for text in texts if text.strip()]
    about = Q(subject__product=product) | Q(object__product=product)
    mined = about & Q(source=Fact.Source.MINED) & ~Q(evidence="")
    changed = []
    for fact in Fact.objects.filter(mined).select_related("subject", "predicate", "object"):
        kept = _without(fact.evidence, quoted)
        if kept != fact.evidence:
            fact.evidence = kept
            changed.append(fact)
    facts_write(changed=changed, reason="evidence removed with its review")
    told = []
    for entry in Fact.history.filter(mined):
        kept = _without(entry.evidence, quoted)
        if kept != entry.evidence:
            entry.evidence = kept
            told.append(entry)
    Fact.history.bulk_update(told, ["evidence"], batch_size=200)
    return len(changed)


def _without(evidence: str, texts: Sequence[str]) -> str:
    lines = evidence.split("\n")
    return "\n".join(line for line in lines if not any(line in text for text in texts))
