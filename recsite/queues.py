"""How much waits in the queues of the broker."""

from __future__ import annotations

import logging

from kombu.exceptions import OperationalError

from recsite.celery import QUEUES, app

logger = logging.getLogger(__name__)


def queue_lengths() -> dict[str, int]:
    """Messages that no worker has taken yet, by queue; empty where the broker does not answer."""
    lengths: dict[str, int] = {}
    try:
        with app.connection_for_read() as connection:
            connection.ensure_connection(max_retries=1, timeout=1)
            for queue in QUEUES:
                # A broker that does not know the queue closes the channel that asked.
                with connection.channel() as channel:
                    lengths[queue] = _length(channel, queue)
    except (OperationalError, OSError) as error:
        logger.warning("queues cannot be read: %s", error)
        return {}
    return lengths


def _length(channel: object, queue: str) -> int:
    try:
        return int(channel.queue_declare(queue, passive=True).message_count)  # type: ignore[attr-defined]
    except Exception as error:
        # A queue that nobody has used yet; every transport has an exception of its own for it.
        if "404" in (str(getattr(error, "code", "")), str(getattr(error, "reply_code", ""))):
            return 0
        raise
