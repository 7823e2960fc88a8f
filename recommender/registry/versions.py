"""Registering model versions, and what becomes of them: candidate → shadow → live → retired.

A candidate may also go live at once, and may be refused at any step. Each change of status is kept
with its reason.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from catalog.models import Product
from recommender.registry.families import GROWTH, root_of
from recommender.registry.learnt_window import WINDOW, learnt_window
from recommender.registry.models import ModelVersion, VersionDecision
from recommender.registry.served_version import (
    DamagedModelError,
    version_folder,
    version_switch,
)
from users.models import User

Status = ModelVersion.Status

#: Cache key under which readers find the live version without asking the database.
LIVE_KEY = "model:live"
#: How many of a model's products are looked up to tell whether it knows this catalogue, and the
#: least share of them that has to be there.
LOOKED_UP = 1_000
LEAST_SHARE = 0.5


class ForeignModelError(DamagedModelError):
    """The files are whole, but the model was trained on another catalogue."""


class StatusError(Exception):
    """What a version is does not allow what was asked for."""


def folder_checksum(folder: Path) -> str:
    """SHA-256 over the names and contents of all files of a folder, in the order of names."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(str(path.relative_to(folder)).encode())
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def version_name() -> str:
    """A new version's name: the moment in UTC, to the millisecond."""
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]


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
    return ModelVersion.objects.filter(status=Status.LIVE).first()


def model_shadowing() -> ModelVersion | None:
    """The version that is compared with the live one on live traffic."""
    return ModelVersion.objects.filter(status=Status.SHADOW).first()


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
    """Enter a trained model; ``folder`` lies below ``settings.MODEL_DIR`` and stays as it is.

    What it has learnt is entered with it: how many events, from when to when.
    """
    told = dict(trained_with)
    if told.get("kind") != GROWTH:
        told[WINDOW] = learnt_window(kind=told.get("kind", ""), parent=parent, upto=watermark)
    return ModelVersion.objects.create(
        version=version,
        folder=str(folder.relative_to(settings.MODEL_DIR)),
        checksum=folder_checksum(folder),
        watermark=watermark,
        parent=parent,
        settings=told,
        metrics=dict(metrics),
        seed=seed,
        code_revision=code_revision(),
    )


def model_activate(
    *,
    version: ModelVersion,
    code: str = "",
    figures: Mapping[str, Any] | None = None,
    by: User | None = None,
    replaced: Callable[[ModelVersion], None] | None = None,
    also: Callable[[], None] | None = None,
) -> None:
    """Make a version the live one, atomically; also the way back to a retired one.

    ``code`` and ``figures`` say why, in the words of ``decision_words``; ``by`` is who decided it,
    if that was a person. What was live is retired, or becomes what ``replaced`` makes of it. A
    version in shadow that has not seen what this one has learnt is retired. ``also`` is done in the
    same transaction. One that is live already stays so.

    Raises:
        DamagedModelError: its files are not those that were registered; the live one stays.
        StatusError: it was refused, and no person asks for it.
    """
    status = _status_now(version)
    if status == Status.LIVE:
        return
    if status == Status.REFUSED and by is None:
        raise StatusError(f"model {version.version} was refused; only a person brings it back")
    why = code or ("growth" if version.settings.get("kind") == GROWTH else "trained")

    def decided(before: ModelVersion | None) -> None:
        # The same model with other products goes on: nothing was decided about the one before.
        carries_on = before is not None and root_of(before) == root_of(version)
        if before is not None and replaced is not None:
            replaced(before)
        elif before is not None and not carries_on:
            decision_note(before, Status.RETIRED, "replaced", {"by": version.version})
        decision_note(version, Status.LIVE, why, figures, by)
        if not carries_on:
            model_shadow_end("overtaken", {"by": version.version})
        if also is not None:
            also()

    with _damage_noted(version):
        version_switch(version, verify=model_verify, switched=decided)
    transaction.on_commit(lambda: live_announce(version.version))


def model_shadow(
    *,
    version: ModelVersion,
    code: str = "gate-unsure",
    figures: Mapping[str, Any] | None = None,
) -> None:
    """Have a candidate compared with the live model on live traffic before it may replace it.

    There is one at a time: the one that was is retired. A version that is in shadow stays there.

    Raises:
        DamagedModelError: its files are not those that were registered; it is refused.
        StatusError: it is no candidate.
    """
    with _damage_noted(version):
        model_verify(version)
    with transaction.atomic():
        status = _status_now(version, lock=True)
        if status == Status.SHADOW:
            return
        if status != Status.CANDIDATE:
            raise StatusError(
                f"model {version.version} is {status}; only a candidate goes in shadow"
            )
        model_shadow_end("replaced-in-shadow", {"by": version.version})
        model_become(version, Status.SHADOW, code, figures)


def model_refuse(
    *,
    version: ModelVersion,
    code: str,
    figures: Mapping[str, Any] | None = None,
) -> None:
    """Keep a candidate or the version in shadow out for good. A refused one stays refused.

    Raises:
        StatusError: it is live or was live; the way back from there is ``model_roll_back``.
    """
    with transaction.atomic():
        status = _status_now(version, lock=True)
        if status == Status.REFUSED:
            return
        if status not in (Status.CANDIDATE, Status.SHADOW):
            raise StatusError(f"model {version.version} is {status}; it cannot be refused any more")
        model_become(version, Status.REFUSED, code, figures)


def decision_note(
    version: ModelVersion,
    status: ModelVersion.Status,
    code: str,
    figures: Mapping[str, Any] | None = None,
    by: User | None = None,
) -> None:
    """Keep why a version became what it is; to be called in the transaction that changes it."""
    VersionDecision.objects.create(
        version=version, status=status, code=code, figures=dict(figures or {}), decided_by=by
    )


@contextmanager
def _damage_noted(version: ModelVersion) -> Iterator[None]:
    """What is damaged is refused, and the record says so."""
    try:
        yield
    except DamagedModelError as error:
        if _status_now(version) != Status.LIVE:
            model_become(version, Status.REFUSED, "damaged", {"error": str(error)})
        raise


def _status_now(version: ModelVersion, *, lock: bool = False) -> str:
    """What the database says; the record in hand may be older."""
    rows = ModelVersion.objects.select_for_update() if lock else ModelVersion.objects
    version.status = rows.values_list("status", flat=True).get(pk=version.pk)
    return version.status


def model_become(
    version: ModelVersion,
    status: ModelVersion.Status,
    code: str,
    figures: Mapping[str, Any] | None = None,
    by: User | None = None,
) -> None:
    """Give the version this status, and keep why."""
    version.status = status
    version.save(update_fields=["status"])
    decision_note(version, status, code, figures, by)


def model_shadow_end(code: str, figures: Mapping[str, Any]) -> None:
    """Retire the version in shadow, if there is one."""
    if (shadowing := model_shadowing()) is not None:
        model_become(shadowing, Status.RETIRED, code, figures)


def live_announce(version: str) -> None:
    """Tell readers which version is live; without the cache they find out by age."""
    try:
        cache.set(LIVE_KEY, version, timeout=None)
    except Exception:
        return
