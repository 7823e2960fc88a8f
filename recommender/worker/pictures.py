"""Search by picture in the pool: the products whose pictures lie nearest, found exactly."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Count, Max, QuerySet
from PIL import Image

from catalog.models import Product
from recommender.contracts import Floats
from recommender.features.media_vectors import vectors_unpacked
from recommender.features.models import MediaVector
from recommender.features.pictures import picture_read
from recommender.learning.media_encoders import image_encoder

logger = logging.getLogger(__name__)

#: Writers stamp a row when they begin to look, so rows may appear with stamps of the past.
OVERLAP = timedelta(minutes=5)


class PictureIndex:
    """The vectors of all pictures in memory, kept up with the table by reading what is new."""

    def __init__(self, encoder: str) -> None:
        self.encoder = encoder
        self._rows: dict[int, int] = {}
        self._products: list[str] = []
        self._vectors: Floats = np.zeros((0, 0), np.float32)
        self._count = -1
        self._newest: datetime | None = None

    def refresh(self) -> None:
        """Read what changed since the last time: one short query where nothing did."""
        mine = MediaVector.objects.filter(
            kind=MediaVector.Kind.IMAGE, encoder=self.encoder, refusal=""
        )
        told = mine.aggregate(count=Count("pk"), newest=Max("encoded_at"))
        if (told["count"], told["newest"]) == (self._count, self._newest):
            return
        if self._newest is not None:
            self._take(mine.filter(encoded_at__gte=self._newest - OVERLAP))
        if len(self._rows) != told["count"]:
            # Something was deleted, or is older than it looks: read all of it.
            self._rows, self._products = {}, []
            self._vectors = np.zeros((0, 0), np.float32)
            self._take(mine)
        self._count, self._newest = told["count"], told["newest"]

    def _take(self, rows: QuerySet[MediaVector]) -> None:
        keys, products, stored = [], [], []
        for key, product, vector in (
            rows.order_by("pk").values_list("pk", "product__external_id", "vector").iterator()
        ):
            keys.append(key)
            products.append(product)
            stored.append(bytes(vector))
        if not keys:
            return
        vectors = vectors_unpacked(stored)
        old = [place for place, key in enumerate(keys) if key in self._rows]
        for place in old:
            self._products[self._rows[keys[place]]] = products[place]
            self._vectors[self._rows[keys[place]]] = vectors[place]
        new = [place for place, key in enumerate(keys) if key not in self._rows]
        for place in new:
            self._rows[keys[place]] = len(self._products)
            self._products.append(products[place])
        if new:
            kept = self._vectors if self._vectors.size else vectors[:0]
            self._vectors = np.concatenate([kept, vectors[new]])

    def nearest(self, vector: Floats, *, limit: int) -> list[tuple[str, float]]:
        """External ids and cosines, best first; a product counts by its most similar picture."""
        if not self._rows:
            return []
        similarity = self._vectors @ vector
        count = len(similarity)
        # Sorting all of them would take longer than comparing; a product may fill many rows.
        looked_at = min(count, max(8 * limit, 64))
        while True:
            rows = np.argpartition(-similarity, looked_at - 1)[:looked_at]
            found: dict[str, float] = {}
            for row in rows[np.lexsort((rows, -similarity[rows]))]:
                found.setdefault(self._products[row], float(similarity[row]))
                if len(found) == limit:
                    return list(found.items())
            if looked_at == count:
                return list(found.items())
            looked_at = min(count, 8 * looked_at)


_searching = threading.Lock()
_index: PictureIndex | None = None


def nearest_products(picture: bytes, *, limit: int) -> list[tuple[str, float]]:
    """Active products that look like the picture, with their cosines, the most alike first.

    Raises:
        BrokenPictureError: the bytes are no picture; the web has looked before it asked.
    """
    vector = image_encoder().encode([picture_read(picture)])[0]
    with _searching:
        index = _refreshed()
        # Drafts and archived products have vectors too: some more are looked at than wanted.
        near = index.nearest(vector, limit=limit * 3 + 20)
    active = set(
        Product.objects.filter(
            external_id__in=[product for product, _score in near], status=Product.Status.ACTIVE
        )
        .order_by()
        .values_list("external_id", flat=True)
    )
    return [(product, score) for product, score in near if product in active][:limit]


def _refreshed() -> PictureIndex:
    global _index
    checksum = image_encoder().checksum
    if _index is None or _index.encoder != checksum:
        _index = PictureIndex(checksum)
    _index.refresh()
    return _index


def warm_up() -> None:
    """Load encoder and vectors before the first search asks for them."""
    try:
        image_encoder().encode([Image.new("RGB", (8, 8))])
    except OSError as error:
        logger.error("there is no search by picture: %s", error)
        return
    with _searching:
        _refreshed()
