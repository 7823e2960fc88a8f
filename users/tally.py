"""Counting what somebody does in windows of time, together in all processes.

Windows begin at the same moments for everybody, so no count can outlive its window.
"""

from __future__ import annotations

import hashlib
import logging
import time
from dataclasses import dataclass

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache

logger = logging.getLogger(__name__)


def count_one(cache: BaseCache, key: str, timeout: int) -> int:
    """One more of ``key``, kept for ``timeout`` seconds; how many there are now."""
    try:
        return int(cache.incr(key))
    except ValueError:
        # The first of its window. Another may have been first at the same moment.
        cache.add(key, 0, timeout=timeout)
        return int(cache.incr(key))


@dataclass(frozen=True)
class Tally:
    """How often each may do one kind of thing in a window of ``seconds``.

    Without the cache nobody is counted and everything is allowed: refusing everybody would be
    worse.
    """

    kind: str
    most: int
    seconds: int = 15 * 60

    def take(self, who: str) -> bool:
        """Count one more of ``who``; whether that is still allowed. An empty name never counts."""
        if not who:
            return True
        try:
            return count_one(caches["logins"], self._key(who), self.seconds) <= self.most
        except Exception:
            logger.warning("The cache does not count “%s”; nobody is limited.", self.kind)
            return True

    def give_back(self, who: str) -> None:
        """Take one count off ``who`` again."""
        if not who:
            return
        try:
            caches["logins"].decr(self._key(who))
        except Exception:
            logger.debug("Nothing counted of “%s” to give back.", self.kind)

    def forget(self, who: str) -> None:
        """Let ``who`` begin anew."""
        if not who:
            return
        try:
            caches["logins"].delete(self._key(who))
        except Exception:
            logger.debug("Nothing counted of “%s” to forget.", self.kind)

    def seconds_left(self) -> int:
        """Seconds until everybody may again, at least one."""
        return int(self.seconds - time.time() % self.seconds) + 1

    def _key(self, who: str) -> str:
        # Names are personal and may hold characters that a cache refuses in keys.
        digest = hashlib.sha256(who.encode("utf-8", "backslashreplace")).hexdigest()[:32]
        return f"{self.kind}:{digest}:{int(time.time() // self.seconds)}"
