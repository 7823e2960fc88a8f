"""The explaining worker: its generator, its memory, and what others can see of both."""

from __future__ import annotations

import logging

import psutil
from celery.worker import state as celery_state
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured

from recommender.delivery.text_samples import SAMPLE_SECONDS, SampleOrder, sample_key
from recommender.delivery.writers import Writer, writer_tell
from recommender.explanation.generation import GenerationUnavailableError, Prompt
from recommender.worker.text_generation.choice import current_generator, text_generator
from recsite import metrics

logger = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024


def writer_report() -> None:
    """Tell pages and health checks who writes here; called with every heartbeat."""
    memory = psutil.Process().memory_info().rss
    metrics.WORKER_MEMORY.labels("explain").set(memory)
    generator = current_generator()
    if generator is None:
        writer_tell(Writer("", "", "", memory // MEGABYTE))
    else:
        megabytes = memory // MEGABYTE
        writer_tell(Writer(generator.name, generator.model, generator.circuit, megabytes))


def memory_check() -> bool:
    """End this worker after its task if it has grown too large; whoever runs it starts it anew.

    A pool of one process knows no other way to give memory back for certain.
    """
    megabytes = psutil.Process().memory_info().rss // MEGABYTE
    if megabytes <= settings.EXPLAIN_MEMORY_MB:
        return False
    logger.warning(
        "the explaining worker ends: %d MB, and EXPLAIN_MEMORY_MB is %d",
        megabytes,
        settings.EXPLAIN_MEMORY_MB,
    )
    vars(celery_state)["should_stop"] = 0  # the exit status
    return True


def sample_write(order: SampleOrder) -> None:
    """Write one text and leave it where the web looks, or why there is none."""
    answer: dict[str, object]
    try:
        generator = text_generator()
        prompt = Prompt(order["system"], order["user"], order["grammar"], order["max_tokens"])
        (one,) = generator.generate([prompt], deadline_seconds=order["deadline_seconds"])
        answer = {
            "text": one.text,
            "tokens": one.tokens,
            "seconds": one.seconds,
            "model": generator.model,
        }
    except GenerationUnavailableError as error:
        answer = {"reason": error.reason}
    except ImproperlyConfigured as error:
        logger.warning("nothing is written: %s", error)
        answer = {"reason": "broken"}
    cache.set(sample_key(order["key"]), answer, timeout=SAMPLE_SECONDS)
