"""How long traces and counts are kept."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from recommender.delivery.models import SlateCount, SlateTrace
from recommender.explanation.models import ExplanationSentence

TRACE_AGE = timedelta(days=30)
COUNT_AGE = timedelta(days=90)
#: A sentence that is still wanted then is written anew.
SENTENCE_AGE = timedelta(days=60)


def traces_prune() -> int:
    """Delete slates older than a month and counts and sentences of old; returns the slates."""
    now = timezone.now()
    SlateCount.objects.filter(minute__lt=now - COUNT_AGE).delete()
    ExplanationSentence.objects.filter(made_at__lt=now - SENTENCE_AGE).delete()
    deleted, _ = SlateTrace.objects.filter(scored_at__lt=now - TRACE_AGE).delete()
    return deleted
