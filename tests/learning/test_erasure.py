"""Erased shoppers leave models, stores and files, and their receipts tell it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.utils import timezone

from recommender.learning.erasure import (
    erasures_settle,
    erasures_waiting,
    is_masked,
    names_masked,
)
from recommender.registry.decision_words import decision_words
from recommender.registry.models import ModelVersion
from recommender.registry.versions import model_folder
from users.erasure import shopper_erase
from users.erasure_receipts import receipt_told
from users.models import Consent, ErasureReceipt, Shopper


def folder_of(root: Path, name: str, shoppers: list[str] | None) -> Path:
    """A folder that says whom it has learnt from; None: it does not say."""
    folder = root / name
    folder.mkdir(parents=True)
    sources = ["popular", "content", "sequential"]
    (folder / "sources.json").write_text(json.dumps(sources))
    if shoppers is not None:
        pq.write_table(pa.table({"shopper": shoppers}), folder / "learnt.parquet")
    return folder


@pytest.fixture
def version(db, settings):
    """Registers a version whose folder knows these shoppers."""

    def make(name, shoppers, status="retired", minutes=0, kind="update", **more):
        folder_of(Path(settings.MODEL_DIR), name, shoppers)
        made = timezone.now() + timedelta(minutes=minutes)
        return ModelVersion.objects.create(
            version=name,
            status=status,
            folder=name,
            checksum="",
            watermark=0,
            settings={"kind": kind, "record_at": made.isoformat()},
            created_at=made,
            **more,
        )

    return make


def erase(small_shop, name="anna") -> ErasureReceipt:
    return shopper_erase(shopper=small_shop.shoppers[name], route="rest").receipt


def test_a_receipt_waits_until_the_live_model_does_not_know_the_shopper(
    small_shop, version, settings
):
    old = version("m1", ["anna", "ben"], minutes=-60)
    grown = version("m2", None, minutes=-50, kind="growth", parent=old)
    live = version("m3", ["ben", "anna"], "live", minutes=-40)
    other = version("m4", ["ben"], minutes=-30)
    probes = folder_of(Path(settings.MODEL_DIR), "learning-probes", ["anna", "cleo", "anna"])
    receipt = erase(small_shop)
    assert erasures_waiting() == [receipt]
    assert erasures_settle() == []
    assert [v.version for v in ModelVersion.objects.all() if (probes.parent / v.folder).is_dir()]
    ModelVersion.objects.filter(pk=live.pk).update(status="retired")
    free = version("m5", ["", "ben", "cleo"], "live", minutes=5)
    assert erasures_settle() == [receipt]
    assert erasures_waiting() == erasures_settle() == []
    left = {v for v in ModelVersion.objects.all() if (probes.parent / v.folder).is_dir()}
    assert left == {free, other}
    for gone in (old, grown, live):
        (decision,) = gone.decisions.all()
        assert receipt.number in decision_words(decision)
    assert pq.read_table(probes / "learnt.parquet")["shopper"].to_pylist() == ["cleo"]
    receipt.refresh_from_db()
    assert receipt.shopper_hash == ""
    told = receipt_told(receipt)
    assert told["status"] == "complete"
    assert told["models"]["version"] == "m5"
    assert told["models"]["parts"] == [
        {"part": "popular", "how": "subtracted"},
        {"part": "content", "how": "untouched"},
        {"part": "sequential", "how": "retrained"},
        {"part": "blend weights", "how": "averages"},
    ]
    assert told["models"]["files"] == {"snapshots": 0, "versions": 3, "stores": 2, "checkpoints": 0}


def test_what_was_too_new_for_any_model_was_not_learnt(small_shop, version):
    version("m1", ["ben"], "live", minutes=-5)
    receipt = erase(small_shop)
    assert erasures_settle() == [receipt]
    told = receipt_told(ErasureReceipt.objects.get())["models"]
    assert (told["had_learnt"], told["parts"], told["files"]["versions"]) == (False, [], 0)


def test_a_version_in_shadow_that_knows_the_shopper_serves_nobody_any_more(small_shop, version):
    shadow = version("m1", ["anna"], "shadow", minutes=-1)
    receipt = erase(small_shop)
    version("m2", ["ben"], "live", minutes=5)
    assert erasures_settle() == [receipt]
    shadow.refresh_from_db()
    assert shadow.status == "retired"


def test_a_model_that_does_not_say_whom_it_knows_is_free_only_when_made_anew(small_shop, version):
    old = version("m0", None, minutes=-5)
    receipt = erase(small_shop)
    live = version("m1", None, "live", minutes=5)
    assert erasures_settle() == []
    ModelVersion.objects.filter(pk=live.pk).update(settings={**live.settings, "kind": "training"})
    assert erasures_settle() == [receipt]
    receipt.refresh_from_db()
    assert {part["how"] for part in receipt.parts} == {"retrained", "untouched"}
    assert not model_folder(old).exists()


def test_who_comes_back_under_the_old_name_is_somebody_new(small_shop, version):
    receipt = erase(small_shop)
    names = names_masked(["anna", "", "ben"])
    assert [is_masked(name) for name in names] == [True, False, False]
    assert names[1:] == ("", "ben")
    before = version("m1", ["anna"], "live", minutes=-5)
    Shopper.objects.create(external_id="anna", consent=Consent.GRANTED)
    assert erasures_settle() == []
    ModelVersion.objects.filter(pk=before.pk).update(status="retired")
    version("m2", ["anna"], "live", minutes=5)
    assert erasures_settle() == [receipt]
    assert names_masked(["anna"]) == ("anna",)


def test_who_taught_nothing_waits_for_nothing(small_shop):
    stranger = Shopper.objects.create(external_id="dora")
    receipt = shopper_erase(shopper=stranger, route="admin").receipt
    assert erasures_waiting() == []
    assert receipt_told(receipt)["status"] == "complete"
