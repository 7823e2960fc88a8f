"""The reranker as the pool uses it: without the model where somebody waits, with it where not."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from recommender.delivery.reranking import gate_read
from recommender.delivery.titles import title_book
from recommender.ranking.rerank import Outcome, Reranker, TitleReader

logger = logging.getLogger(__name__)


def postponed() -> Reranker:
    """A reranker without a model: those whom the gate lets in are noted for the background."""
    return Reranker(gate_read(), None, title_book.titles, settings.RERANK_BUDGET_MS, Outcome.LATER)


def present() -> Reranker:
    """A reranker with the model that the gate was learnt with, where it is on this machine."""
    gate = gate_read()
    reader = _reader(gate.model) if gate is not None and gate.is_open else None
    if reader is not None:
        reader.keep_measured()
    return Reranker(gate, reader, title_book.titles, settings.RERANK_BUDGET_MS)


@lru_cache(maxsize=1)
def _reader(model: str) -> TitleReader | None:
    """Loaded when a gate first lets somebody in, and warmed up, so that its speed is known."""
    if model != settings.LANGUAGE_MODEL:
        logger.warning(
            "nobody is reranked: the gate was learnt with %s, and LANGUAGE_MODEL is %s",
            model,
            settings.LANGUAGE_MODEL,
        )
        return None
    try:
        return title_reader()
    except (OSError, ImportError) as error:
        logger.warning("nobody is reranked: %s cannot be loaded: %s", model, error)
        return None


def title_reader() -> TitleReader:
    """The configured language model, loaded and warmed up.

    Raises:
        FileNotFoundError, OSError: it is not on this machine.
    """
    # Loaded late: workers that rerank nobody do without.
    from recommender.learning.language_model import configured_model, quick_dtype
    from recommender.learning.rerank_language import LanguageTitleReader

    model = configured_model(dtype=quick_dtype())
    reader = LanguageTitleReader(model, Path(settings.MODEL_DIR) / "language")
    reader.warm_up()
    logger.info("%s reranks at %.2f ms a token", model.name, reader.ms_per_token)
    return reader
