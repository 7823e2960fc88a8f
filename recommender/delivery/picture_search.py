"""Search by picture as the web asks for it: the pool's answer, or none in time.

The picture itself is kept nowhere: it waits in the cache for the pool, brought down to what the
encoder looks at, and is deleted there as soon as the answer has come or the time is up.
"""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.core.cache import cache
from PIL import Image

from recommender.delivery.pool import heartbeat_key, is_heard, order, wait_for
from recommender.features.pictures import picture_packed

logger = logging.getLogger(__name__)

#: Whatever happens, nothing of a search outlives this.
PICTURE_SECONDS = 30
LIMIT = 24


class Likeness(StrEnum):
    """A similarity in words. The bounds fit the packaged encoder and drawn or plain pictures.

    Of 300 products of the demo, half of the pairs of one kind lie above .97 and 95 % above .89;
    half of the pairs of different kinds lie below .58 and 95 % below .76.
    """

    SAME = "same"
    VERY = "very"
    SIMILAR = "similar"
    SLIGHT = "slight"
    FAR = "far"

    @classmethod
    def of(cls, similarity: float) -> Likeness:
        """The word for a cosine."""
        bounds = ((0.97, cls.SAME), (0.88, cls.VERY), (0.75, cls.SIMILAR), (0.6, cls.SLIGHT))
        return next((word for bound, word in bounds if similarity >= bound), cls.FAR)


@dataclass(frozen=True, slots=True)
class PictureMatch:
    """A product by its external id, and how alike (cosine) its most similar picture is."""

    product: str
    similarity: float

    @property
    def likeness(self) -> Likeness:
        """The same in words."""
        return Likeness.of(self.similarity)


@dataclass(frozen=True, slots=True)
class PictureAnswer:
    """The nearest products, best first; ``degraded`` where the pool did not answer."""

    matches: tuple[PictureMatch, ...]
    degraded: bool = False


def picture_key(search: str) -> str:
    """Cache key under which a picture waits for the pool."""
    return f"picture:asked:{search}"


def answer_key(search: str) -> str:
    """Cache key of the answer: pairs of external id and similarity."""
    return f"picture:found:{search}"


def products_by_picture(
    picture: Image.Image, *, limit: int = LIMIT, deadline_ms: int | None = None
) -> PictureAnswer:
    """Products whose pictures look like this one; degraded and empty where the pool is silent."""
    allowed = settings.PICTURE_DEADLINE_MS if deadline_ms is None else deadline_ms
    deadline = time.monotonic() + allowed / 1000
    search = uuid.uuid4().hex
    nothing = PictureAnswer((), degraded=True)
    try:
        if not is_heard(cache.get(heartbeat_key("scoring"))):
            return nothing
        cache.set(picture_key(search), picture_packed(picture), timeout=PICTURE_SECONDS)
        try:
            if not order(
                "recommender.search_by_picture", search, limit, expires_seconds=allowed / 1000 + 1
            ):
                return nothing
            found = wait_for(lambda: cache.get(answer_key(search)), deadline=deadline)
        finally:
            cache.delete_many([picture_key(search), answer_key(search)])
    except Exception as error:  # a cache that is down must not break the page
        logger.warning("a search by picture was not answered: %s", error)
        return nothing
    if found is None:
        return nothing
    return PictureAnswer(tuple(PictureMatch(str(id), float(score)) for id, score in found))
