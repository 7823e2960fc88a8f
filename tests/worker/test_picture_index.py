"""The pool's index of pictures: kept up with the table, exact, one row per product in answers."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Media, Product
from recommender.features.models import MediaVector
from recommender.worker import pictures
from recommender.worker.pictures import PictureIndex, nearest_products
from tests.media_samples import packed, stripes

pytestmark = pytest.mark.django_db


def unit(*numbers: float) -> np.ndarray:
    vector = np.array(numbers, "<f4")
    return np.asarray(vector / np.linalg.norm(vector))


def keep(product: Product, numbers: np.ndarray, medium: Media | None = None, **changes):
    values = {"kind": "image", "source": "s", "encoder": "e", "vector": numbers.tobytes()}
    return MediaVector.objects.create(product=product, medium=medium, **(values | changes))


@pytest.fixture
def products(small_shop) -> list[Product]:
    return list(Product.objects.order_by("pk"))


@pytest.fixture
def index(products) -> PictureIndex:
    for place, vector in enumerate([(1, 0), (0, 1), (1, 1)]):
        keep(products[place], unit(*vector))
    index = PictureIndex("e")
    index.refresh()
    return index


def near(index: PictureIndex, *vector: float, limit: int = 10) -> list[tuple[str, float]]:
    return [(p, round(s, 3)) for p, s in index.nearest(unit(*vector), limit=limit)]


def test_the_nearest_come_first_with_their_cosines(index):
    assert near(index, 1, 0) == [("p0", 1.0), ("p2", 0.707), ("p1", 0.0)]
    assert near(index, 1, 0, limit=1) == [("p0", 1.0)]
    assert PictureIndex("other").nearest(unit(1, 0), limit=3) == []


def test_a_product_counts_by_its_most_similar_picture(index, products):
    medium = Media.objects.create(product=products[1], file="a.png")
    keep(products[1], unit(1, 0.1), medium)
    index.refresh()
    assert near(index, 1, 0) == [("p0", 1.0), ("p1", 0.995), ("p2", 0.707)]


def test_new_changed_and_deleted_pictures_are_noticed(index, products):
    keep(products[3], unit(-1, 0))
    index.refresh()
    assert near(index, -1, 0, limit=1) == [("p3", 1.0)]
    MediaVector.objects.filter(product=products[0]).update(
        vector=unit(-1, -0.1).tobytes(), encoded_at=timezone.now()
    )
    index.refresh()
    assert near(index, 1, 0, limit=1) == [("p2", 0.707)]
    MediaVector.objects.filter(product=products[3]).delete()
    index.refresh()
    assert [product for product, _ in near(index, -1, 0)] == ["p0", "p1", "p2"]


def test_a_row_that_appears_with_a_stamp_of_the_past_is_noticed(index, products):
    past = timezone.now() - timedelta(seconds=40)
    keep(products[4], unit(-1, 0), encoded_at=past)
    index.refresh()
    assert near(index, -1, 0, limit=1) == [("p4", 1.0)]


def test_nothing_new_costs_one_question(index, django_assert_num_queries):
    with django_assert_num_queries(1):
        index.refresh()


def test_sounds_refusals_and_other_encoders_stay_out(index, products):
    keep(products[5], unit(1, 0), kind="audio")
    keep(products[6], unit(1, 0), encoder="older")
    keep(products[7], unit(1, 0), refusal="broken", vector=b"")
    index.refresh()
    assert [product for product, _ in near(index, 1, 0)] == ["p0", "p2", "p1"]


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_the_answer_is_that_of_comparing_with_every_picture(seed, limit):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 900))
    index = PictureIndex("e")
    index._rows = {key: key for key in range(count)}
    # Products with many pictures, so that few products stand behind many rows.
    index._products = [f"p{n}" for n in rng.integers(0, max(1, count // 8), count)]
    index._vectors = rng.normal(size=(count, 4)).astype(np.float32)
    asked = rng.normal(size=4).astype(np.float32)
    best: dict[str, float] = {}
    for product, score in zip(index._products, index._vectors @ asked, strict=True):
        best[product] = max(best.get(product, -np.inf), float(score))
    expected = sorted(best.values(), reverse=True)[:limit]
    found = index.nearest(asked, limit=limit)
    assert [score for _, score in found] == pytest.approx(expected, abs=1e-5)
    assert all(best[product] == pytest.approx(score, abs=1e-5) for product, score in found)


def test_only_active_products_are_found(products, monkeypatch):
    class Flat:
        checksum, dimensions = "e", 2

        def encode(self, images):
            return np.tile(unit(1, 0), (len(images), 1))

    monkeypatch.setattr(pictures, "image_encoder", Flat)
    monkeypatch.setattr(pictures, "_index", None)
    for product in products[:4]:
        keep(product, unit(1, 0.1 * product.pk))
    Product.objects.filter(pk=products[0].pk).update(status=Product.Status.ARCHIVED)
    Product.objects.filter(pk=products[1].pk).update(status=Product.Status.DRAFT)
    found = nearest_products(packed(stripes()), limit=5)
    assert [product for product, _ in found] == ["p2", "p3"]
