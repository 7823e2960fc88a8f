"""From an erasure to a shop in which no file knows the shopper, through the loop that learns."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.utils import timezone

from catalog.models import Product
from recommender.contracts import EventType, History
from recommender.events.models import Event
from recommender.events.snapshots import snapshot_read, snapshot_write
from recommender.learning import update
from recommender.learning.fit import FittedModel, fit_sources
from recommender.learning.interactions import record_log
from recommender.learning.loop import learning_step
from recommender.registry.models import ModelVersion
from recommender.registry.versions import model_folder, model_live
from users.erasure import shopper_erase
from users.erasure_receipts import receipt_told
from users.models import Consent, Shopper

NAME = "person-7f3a-whom-nothing-remembers"
SOURCES = {
    "popular": {},
    "item_knn": {},
    "transitions": {},
    "sequential": {"width": 32, "blocks": 1, "epochs": 1, "window_epochs": 1},
}
EXACT = ("popular", "item_knn", "transitions")


class NoEncoder:
    """The same vector for every text."""

    checksum = "none"
    dimensions = 2

    def encode(self, texts):
        return np.tile(np.array([1.0, 0.0], np.float32), (len(texts), 1))


def files_that_name(name: str) -> list[str]:
    """Files below the folders of models, snapshots and trainings in which the name occurs."""
    roots = ("MODEL_DIR", "SNAPSHOT_DIR", "TRAINING_LOG_DIR", "CHECKPOINT_DIR")
    return [
        str(path.relative_to(folder))
        for folder in (Path(getattr(settings, root)) for root in roots)
        for path in sorted(p for p in folder.rglob("*") if p.is_file())
        if name.encode() in _plain(path)
    ]


def _plain(path: Path) -> bytes:
    """What the file holds, decompressed where it is compressed."""
    data = path.read_bytes()
    if path.suffix == ".parquet":
        return data + str(pq.read_table(io.BytesIO(data)).to_pydict()).encode()
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return data + b"".join(packed.read(entry) for entry in packed.namelist())
    return data


@pytest.fixture
def shop(small_shop, monkeypatch):
    """Twenty shoppers more, of whom one is going to ask to be erased."""
    monkeypatch.setattr(update, "default_sources", lambda *_, **__: SOURCES)
    for module in ("update", "growth", "loop.update_step", "loop.publish_step"):
        monkeypatch.setattr(f"recommender.learning.{module}.item_encoder", lambda **_: NoEncoder())
    dice = np.random.default_rng(0)
    for name in [NAME, *(f"s{number}" for number in range(20))]:
        person = Shopper.objects.create(external_id=name, consent=Consent.GRANTED)
        _buy(person, small_shop.products, dice.permutation(12)[:4], 20)
    return small_shop


def _buy(person: Shopper, products: list[Product], places, days: int) -> None:
    Event.objects.bulk_create(
        Event(
            origin="test",
            client_id=f"{person.pk}-{days}-{place}",
            shopper=person,
            product=products[place],
            type=EventType.PURCHASE.value,
            time=timezone.now() - timedelta(days=days - at),
        )
        for at, place in enumerate(places)
    )


def scores(model, source: str):
    asked = [History.of([item]) for item in range(12)]
    return model.sources[source].score(asked)


@pytest.mark.django_db(transaction=True)
def test_after_the_next_update_no_file_names_the_shopper_and_the_receipt_says_so(shop):
    first = learning_step(trigger="first").candidate
    assert files_that_name(NAME) == [
        f"{first.folder}/learnt.parquet",
        *sorted(path.name for path in Path(settings.SNAPSHOT_DIR).glob("*.parquet")),
    ]
    with_them = FittedModel.load(model_folder(first)).model
    receipt = shopper_erase(shopper=Shopper.objects.get(external_id=NAME), route="rest").receipt
    run = learning_step(trigger="erasure")
    run.refresh_from_db()
    assert run.status == "promoted"
    live = model_live()
    assert live != first
    assert files_that_name(NAME) == []
    assert [v for v in ModelVersion.objects.all() if model_folder(v).is_dir()] == [live]

    fitted = FittedModel.load(model_folder(live))
    record = record_log(snapshot_read(snapshot_write()), fitted.model.items)
    anew, _ = fit_sources(record.log, fitted.model.items, {name: {} for name in EXACT})
    for name in EXACT:
        expected = anew[name].score([History.of([item]) for item in range(12)])
        np.testing.assert_allclose(scores(fitted.model, name), expected, rtol=1e-5, atol=1e-6)
    assert any(np.abs(scores(with_them, n) - scores(fitted.model, n)).max() > 1e-3 for n in EXACT)

    receipt.refresh_from_db()
    told = receipt_told(receipt)
    assert (told["status"], told["models"]["version"]) == ("complete", live.version)
    assert told["models"]["parts"] == [
        {"part": "popular", "how": "subtracted"},
        {"part": "item_knn", "how": "subtracted"},
        {"part": "transitions", "how": "subtracted"},
        {"part": "sequential", "how": "retrained"},
        {"part": "blend weights", "how": "averages"},
    ]
    assert told["models"]["files"]["versions"] == 1
    assert receipt.shopper_hash == ""


@pytest.mark.django_db(transaction=True)
def test_who_left_no_trace_or_came_after_the_last_update_is_settled_too(shop):
    """One did nothing that a model learns from, one did all of it after the model was made."""
    idle, late = (
        Shopper.objects.create(external_id=name, consent=Consent.GRANTED)
        for name in ("idle", "late")
    )
    Event.objects.create(
        origin="test", client_id="idle", shopper=idle, product=shop.products[0],
        type=EventType.HIDE.value, time=timezone.now(),
    )  # fmt: skip
    first = learning_step(trigger="first").candidate
    assert files_that_name("idle")
    _buy(late, shop.products, [1, 2], 1)
    receipts = [shopper_erase(shopper=person, route="admin").receipt for person in (idle, late)]
    run = learning_step(trigger="erasure")
    assert run.candidate not in (None, first)
    for receipt in receipts:
        receipt.refresh_from_db()
    told = [receipt_told(receipt) for receipt in receipts]
    assert [one["status"] for one in told] == ["complete", "complete"]
    assert [one["models"]["had_learnt"] for one in told] == [True, False]
    assert files_that_name("idle") == files_that_name("late") == []
