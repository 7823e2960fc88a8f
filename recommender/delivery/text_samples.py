"""One text from the pool for somebody who waits for it: a preview in the admin."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TypedDict

from django.core.cache import cache

from recommender.delivery.pool import heartbeat_key, is_heard, order, wait_for
from recommender.explanation.generation import Prompt

SAMPLE_TASK = "recommender.text_sample"
#: An answer that nobody has fetched by then is forgotten.
SAMPLE_SECONDS = 60
POLL_SECONDS = 0.02


class SampleOrder(TypedDict):
    """What goes to the pool."""

    key: str
    system: str
    user: str
    grammar: str | None
    max_tokens: int
    deadline_seconds: float


@dataclass(frozen=True, slots=True)
class Sample:
    """A text, or the reason why there is none: pool (nobody answered), deadline, memory, ..."""

    text: str = ""
    tokens: int = 0
    seconds: float = 0.0
    model: str = ""
    reason: str = ""


def sample_key(key: str) -> str:
    """Cache key of the answer."""
    return f"text-sample:{key}"


def text_sample(prompt: Prompt, *, deadline_seconds: float) -> Sample:
    """Ask for one text and wait for it, no longer than the deadline."""
    try:
        if not is_heard(cache.get(heartbeat_key("explain"))):
            return Sample(reason="pool")
    except Exception:  # whatever a cache can raise
        return Sample(reason="pool")
    until = time.monotonic() + deadline_seconds
    wanted = SampleOrder(
        key=uuid.uuid4().hex,
        system=prompt.system,
        user=prompt.user,
        grammar=prompt.grammar,
        max_tokens=prompt.max_tokens,
        deadline_seconds=deadline_seconds,
    )
    if not order(SAMPLE_TASK, wanted, expires_seconds=deadline_seconds):
        return Sample(reason="pool")
    answer = wait_for(
        lambda: cache.get(sample_key(wanted["key"])), deadline=until, poll_seconds=POLL_SECONDS
    )
    return Sample(reason="deadline") if answer is None else Sample(**answer)
