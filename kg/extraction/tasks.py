"""The pool's entry point for reading texts."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from kg.extraction.ordering import EXTRACTION_TASK
from kg.extraction.run import facts_extract, verified_extractor
from recsite.celery import app


@app.task(name=EXTRACTION_TASK)
def extract(products: Sequence[int]) -> int:
    """Read what is new about products; returns how many proposals were made."""
    extractor = verified_extractor() if settings.EXTRACTION_LANGUAGE_MODEL else None
    return facts_extract(products=products, extractor=extractor).created
