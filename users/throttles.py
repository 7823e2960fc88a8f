"""How many requests a REST client may send in a minute."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.core.cache import caches
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from users.models import ApiToken
from users.tally import count_one

if TYPE_CHECKING:
    from rest_framework.views import APIView

WINDOW_SECONDS = 60


class TokenThrottle(BaseThrottle):
    """Counts per token in windows of a minute: one increment a request, no list of times."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        token = request.auth
        if not isinstance(token, ApiToken):
            return True
        self.now = time.time()
        key = f"{token.pk}:{int(self.now // WINDOW_SECONDS)}"
        try:
            return (
                count_one(caches["throttle"], key, 2 * WINDOW_SECONDS) <= token.requests_per_minute
            )
        except Exception:
            # Without the cache nobody counts; refusing everybody would be worse.
            return True

    def wait(self) -> float:
        """Seconds until the next window."""
        return WINDOW_SECONDS - self.now % WINDOW_SECONDS
