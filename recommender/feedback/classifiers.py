"""Which opinion classifier serves: entering, switching, and refusing damaged ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from recommender.feedback.models import OpinionClassifierVersion
from recommender.registry.served_version import (
    DamagedModelError,
    version_folder,
    version_switch,
)
from recommender.registry.versions import folder_checksum

#: Classifiers lie in this folder below settings.MODEL_DIR.
FOLDER = "opinions"


def classifier_live() -> OpinionClassifierVersion | None:
    """The classifier that serves; None as long as none has been trained."""
    live = OpinionClassifierVersion.Status.LIVE
    return OpinionClassifierVersion.objects.filter(status=live).first()


def classifier_folder(version: OpinionClassifierVersion) -> Path:
    """Where the files of a classifier lie."""
    return version_folder(version)


def classifier_verify(version: OpinionClassifierVersion) -> None:
    """Make sure that the files are those that were entered.

    Raises:
        DamagedModelError: a file is missing or its content has changed.
    """
    folder = classifier_folder(version)
    if not folder.is_dir():
        raise DamagedModelError(f"the files of opinion classifier {version} are gone")
    if folder_checksum(folder) != version.checksum:
        raise DamagedModelError(f"the files of opinion classifier {version} have changed")


def classifier_register(
    *,
    version: str,
    folder: Path,
    trained_with: Mapping[str, Any],
    metrics: Mapping[str, Any],
    seed: int,
) -> OpinionClassifierVersion:
    """Enter a trained classifier; ``folder`` lies below ``settings.MODEL_DIR``."""
    return OpinionClassifierVersion.objects.create(
        version=version,
        folder=str(folder.relative_to(settings.MODEL_DIR)),
        checksum=folder_checksum(folder),
        settings=dict(trained_with),
        metrics=dict(metrics),
        seed=seed,
    )


def classifier_activate(*, version: OpinionClassifierVersion) -> None:
    """Make a classifier the live one, atomically; reviews are then judged anew by the pool.

    Raises:
        DamagedModelError: its files are not those that were entered; the live one stays.
    """
    version_switch(version, verify=classifier_verify)
