"""Registering model versions, switching between them, and refusing damaged ones."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from catalog.models import Product
from recommender.registry.models import ModelVersion
from recommender.registry.served_version import (
    DamagedModelError,
    version_folder,
    version_switch,
)

#: Cache key under which readers find the live version without asking the database.
LIVE_KEY = "model:live"
#: How many retired versions keep their files, so that one can roll back. Of those that only took
#: in new products the newest alone keeps them: the others are contained in what followed.
KEPT_RETIRED = 3
#: ``settings["kind"]`` of a version that learnt nothing but new products.
GROWTH = "growth"
#: How many of a model's products are looked up to tell whether it knows this catalogue, and the
#: least share of them that has to be there.
LOOKED_UP = 1_000
LEAST_SHARE = 0.5


class ForeignModelError(DamagedModelError):
    """The files are whole, but the model was trained on another catalogue."""


def folder_checksum(folder: Path) -> str:
    """SHA-256 over the names and contents of all files of a folder, in the order of names."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(str(path.relative_to(folder)).encode())
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def model_folder(version: ModelVersion) -> Path:
    """Where the files of a version lie."""
    return version_folder(version)


def model_verify(version: ModelVersion) -> None:
    """Make sure that the files are those that were registered, and that they know this catalogue.

    Raises:
        DamagedModelError: a file is missing or its content has changed.
        ForeignModelError: most of the products that it knows are not in the catalogue.
    """
    folder = model_folder(version)
    if not folder.is_dir():
        raise DamagedModelError(f"the files of model {version.version} are gone: {folder.name}")
    if folder_checksum(folder) != version.checksum:
        raise DamagedModelError(f"the files of model {version.version} have changed")
    known = _known_products(folder)
    # Evenly from the whole table, so that a catalogue's oldest products do not decide alone.
    asked = known[:: max(1, len(known) // LOOKED_UP)]
    found = Product.objects.filter(external_id__in=asked).count() if asked else 0
    if found < LEAST_SHARE * len(asked):
        raise ForeignModelError(
            f"model {version.version} was trained on another catalogue:"
            f" of {len(asked)} products that it knows, {found} are in this one"
        )


def _known_products(folder: Path) -> list[str]:
    """External ids of the products that the model in the folder knows."""
    table = folder / "items.json"
    if not table.exists():
        return []
    ids: list[str] = json.loads(table.read_text())["ids"]
    return ids


def model_live() -> ModelVersion | None:
    """The version that serves."""
    return ModelVersion.objects.filter(status=ModelVersion.Status.LIVE).first()


def code_revision() -> str:
    """The commit of the running code, where it runs from a checkout."""
    try:
        return subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=True,
            timeout=5,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def model_register(
    *,
    version: str,
    folder: Path,
    watermark: int,
    parent: ModelVersion | None,
    trained_with: Mapping[str, Any],
    metrics: Mapping[str, Any],
    seed: int,
) -> ModelVersion:
    """Enter a trained model; ``folder`` lies below ``settings.MODEL_DIR`` and stays as it is."""
    return ModelVersion.objects.create(
        version=version,
        folder=str(folder.relative_to(settings.MODEL_DIR)),
        checksum=folder_checksum(folder),
        watermark=watermark,
        parent=parent,
        settings=dict(trained_with),
        metrics=dict(metrics),
        seed=seed,
        code_revision=code_revision(),
    )


def model_activate(*, version: ModelVersion) -> None:
    """Make a version the live one, atomically; also the way back to a retired one.

    Raises:
        DamagedModelError: its files are not those that were registered; the live one stays.
    """
    version_switch(version, verify=model_verify)
    transaction.on_commit(lambda: live_announce(version.version))


def live_announce(version: str) -> None:
    """Tell readers which version is live; without the cache they find out by age."""
    try:
        cache.set(LIVE_KEY, version, timeout=None)
    except Exception:
        return


def models_prune() -> int:
    """Delete the files of old retired versions; their lineage stays. Returns how many."""
    retired = ModelVersion.objects.filter(status=ModelVersion.Status.RETIRED)
    newest_first = list(retired.order_by("-live_since"))
    grown = [v for v in newest_first if v.settings.get("kind") == GROWTH]
    learnt = [v for v in newest_first if v.settings.get("kind") != GROWTH]
    pruned = 0
    for version in [*learnt[KEPT_RETIRED:], *grown[1:]]:
        folder = model_folder(version)
        if folder.is_dir():
            shutil.rmtree(folder)
            pruned += 1
    return pruned
