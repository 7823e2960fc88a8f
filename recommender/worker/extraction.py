"""Reading new texts in the pool, with the language model where it has been found to help."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache

from django.conf import settings

from kg.extraction.rules import RuleExtractor
from kg.extraction.run import facts_extract
from kg.extraction.verification import (
    UnmeasuredModelError,
    VerifiedExtractor,
    YesNoScorer,
    fitted_verifier,
)

logger = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def _scorer(model: str) -> YesNoScorer:
    """Loading takes seconds; a process does it once for each model, when it is first wanted."""
    from recommender.learning.language_model import configured_model
    from recommender.learning.yes_no import LanguageModelScorer

    return LanguageModelScorer(configured_model())


def verified_extractor(*, limit: int | None = None) -> VerifiedExtractor:
    """The rules with the language model that the settings name, which is loaded.

    Raises:
        UnmeasuredModelError: it is not known how far it is to be believed.
        FileNotFoundError, OSError: there is no such model on this machine.
    """
    verifier = fitted_verifier(settings.LANGUAGE_MODEL)
    return VerifiedExtractor(
        RuleExtractor(), _scorer(settings.LANGUAGE_MODEL), verifier, limit=limit
    )


def texts_read(products: Sequence[int]) -> int:
    """Read what is new about products; returns how many proposals were made.

    A language model that is wanted but useless, unmeasured or missing is not asked: the rules
    read alone.
    """
    return facts_extract(products=products, extractor=_wanted_extractor()).created


def _wanted_extractor() -> VerifiedExtractor | None:
    if not settings.EXTRACTION_LANGUAGE_MODEL:
        return None
    try:
        if fitted_verifier(settings.LANGUAGE_MODEL).worth_asking:
            return verified_extractor()
        logger.warning(
            "%s is not asked about facts: measured on labelled passages, it adds nothing",
            settings.LANGUAGE_MODEL,
        )
    except (UnmeasuredModelError, OSError) as error:
        logger.warning("facts are read by rules alone: %s", error)
    return None
