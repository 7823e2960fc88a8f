"""The registry: one live version, atomically switched, and damaged files refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.cache import cache

from recommender.registry.models import ModelVersion
from recommender.registry.pruning import KEPT_REFUSED, KEPT_RETIRED, models_prune
from recommender.registry.served_version import DamagedModelError
from recommender.registry.versions import (
    LIVE_KEY,
    folder_checksum,
    model_activate,
    model_folder,
    model_live,
    model_refuse,
    model_register,
    model_shadow,
)

pytestmark = pytest.mark.django_db(transaction=True)


def make(settings, name: str, parent: ModelVersion | None = None) -> ModelVersion:
    folder = Path(settings.MODEL_DIR) / name
    (folder / "sources").mkdir(parents=True)
    (folder / "sources" / "weights").write_text(name)
    return model_register(
        version=name,
        folder=folder,
        watermark=7,
        parent=parent,
        trained_with={},
        metrics={},
        seed=3,
    )


def test_exactly_one_version_is_live_and_the_cache_knows_it(settings):
    first, second = make(settings, "a"), make(settings, "b")
    assert model_live() is None
    model_activate(version=first)
    model_activate(version=second)
    first.refresh_from_db()
    assert (model_live(), first.status) == (second, ModelVersion.Status.RETIRED)
    assert cache.get(LIVE_KEY) == "b"
    model_activate(version=first)
    assert model_live() == first


@pytest.mark.parametrize("damage", ["change", "add", "remove"])
def test_a_damaged_version_is_refused_and_the_live_one_stays(settings, damage):
    live, bad = make(settings, "live"), make(settings, "bad")
    model_activate(version=live)
    weights = model_folder(bad) / "sources" / "weights"
    if damage == "change":
        weights.write_text("other")
    elif damage == "add":
        (model_folder(bad) / "extra").write_text("")
    else:
        weights.unlink()
    with pytest.raises(DamagedModelError):
        model_activate(version=bad)
    bad.refresh_from_db()
    assert (model_live(), bad.status) == (live, ModelVersion.Status.REFUSED)


def test_the_checksum_depends_on_names_and_contents(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, name in ((one, "x"), (two, "y")):
        folder.mkdir()
        (folder / name).write_text("same")
    assert folder_checksum(one) != folder_checksum(two)
    (two / "y").rename(two / "x")
    assert folder_checksum(one) == folder_checksum(two)


def test_old_versions_lose_their_files_but_not_their_lineage(settings):
    versions = [make(settings, f"v{n}") for n in range(KEPT_RETIRED + 3)]
    for version in versions:
        model_activate(version=version)
    assert models_prune() == 2
    assert [model_folder(v).is_dir() for v in versions] == [False] * 2 + [True] * (KEPT_RETIRED + 1)
    assert ModelVersion.objects.count() == len(versions)


def test_what_nobody_goes_back_to_loses_its_files(settings):
    refused = [make(settings, f"r{n}") for n in range(KEPT_REFUSED + 1)]
    for version in refused:
        model_refuse(version=version, code="gate-refused")
    candidate, shadow, replaced = (make(settings, name) for name in ("c", "s", "old"))
    model_shadow(version=replaced)
    model_shadow(version=shadow)
    assert models_prune() == 2
    kept = [model_folder(v).is_dir() for v in (*refused, candidate, shadow, replaced)]
    assert kept == [False] + [True] * KEPT_REFUSED + [True, True, False]
