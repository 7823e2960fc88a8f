"""Pictures with a real worker: the vector follows the upload, and search by picture finds it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from catalog.media import media_add
from catalog.models import Product
from recommender.delivery.picture_search import Likeness, products_by_picture
from recommender.delivery.pool import heartbeat_key, order, wait_for
from recommender.features.models import MediaVector
from tests.media_samples import gradient, packed, stripes
from users.models import ApiToken, Scope

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _shared_media(settings) -> None:
    """The worker looks for files where the settings of both processes say."""
    settings.MEDIA_ROOT = Path(settings.VAR_DIR) / "media"


def within(seconds: float, look):
    """Wait for a condition; its value, or None when the time is over."""
    return wait_for(lambda: look() or None, deadline=time.monotonic() + seconds)


def uploaded(image: Image.Image) -> SimpleUploadedFile:
    """A picture as a form sends it."""
    return SimpleUploadedFile("mine.png", packed(image))


def pictures_left() -> list[str]:
    """Files of the cache that hold a picture."""
    folder = Path(settings.CACHES["default"]["LOCATION"])
    return [str(p) for p in folder.rglob("*") if p.is_file() and b"JFIF" in p.read_bytes()]


def test_a_vector_follows_its_upload_and_search_by_picture_finds_the_product(small_shop, pool):
    pool()
    oats = Product.objects.get(external_id="p0")
    bread = Product.objects.get(external_id="p4")
    medium = media_add(product=oats, file=ContentFile(packed(stripes(300, 300)), "one"))
    row = within(60, lambda: MediaVector.objects.filter(medium=medium).first())
    assert row is not None
    assert row.refusal == ""
    # Nobody ordered the drawings of products that were there before: beat's sweep finds them.
    assert order("recommender.media_sweep")
    assert within(60, lambda: MediaVector.objects.filter(product=bread, medium=None).exists())

    smaller = stripes(300, 300).resize((260, 260))
    answer = products_by_picture(smaller, deadline_ms=20_000)
    assert not answer.degraded
    assert answer.matches[0].product == "p0"
    assert answer.matches[0].likeness in {Likeness.SAME, Likeness.VERY}
    assert answer.matches[0].similarity > answer.matches[1].similarity + 0.1
    if not settings.REDIS_URL:
        assert pictures_left() == []

    # The same through the page and through REST.
    page = Client().post("/search/picture/", {"picture": uploaded(stripes(300, 300))})
    assert re.findall(r'data-product="([^"]+)"', page.content.decode())[0] == "p0"
    _token, key = ApiToken.issue(name="t", scopes=[Scope.CATALOGUE_READ.value])
    told = Client(headers={"authorization": f"Bearer {key}"}).post(
        "/api/v1/search/picture/", {"picture": uploaded(stripes(300, 300)), "limit": 2}
    )
    assert told.json()["results"][0]["product"]["external_id"] == "p0"
    assert len(told.json()["results"]) == 2

    # What is uploaded while the worker runs is found at once, what is archived is not.
    second = media_add(product=bread, file=ContentFile(packed(gradient()), "two"))
    assert within(60, lambda: MediaVector.objects.filter(medium=second).exists())
    assert products_by_picture(gradient(), deadline_ms=20_000).matches[0].product == "p4"
    Product.objects.filter(pk=bread.pk).update(status=Product.Status.ARCHIVED)
    found = products_by_picture(gradient(), deadline_ms=20_000).matches
    assert "p4" not in [match.product for match in found]


def test_without_a_worker_the_answer_is_degraded_at_once_and_nothing_stays(small_shop):
    cache.delete(heartbeat_key("scoring"))
    began = time.monotonic()
    answer = products_by_picture(stripes())
    assert (answer.matches, answer.degraded) == ((), True)
    assert time.monotonic() - began < 1.0
    # A worker that is said to live and does not answer costs the deadline, not more.
    cache.set(heartbeat_key("scoring"), time.time())
    answer = products_by_picture(stripes(), deadline_ms=200)
    assert (answer.matches, answer.degraded) == ((), True)
    if not settings.REDIS_URL:
        assert pictures_left() == []
