"""Going back to the model before, by one button or because its figures fell.

A version that only took in new products is one with what it grew from: going back leaves them all,
to the newest version that had learnt something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recommender.registry.families import ROOT, family_of, root_of
from recommender.registry.models import ModelVersion
from recommender.registry.served_version import DamagedModelError
from recommender.registry.versions import (
    Status,
    model_activate,
    model_become,
    model_folder,
    model_live,
)
from users.models import User

#: Retired versions that are looked through; older ones have lost their files.
LOOKED_THROUGH = 1_000


class NothingBeforeError(Exception):
    """No earlier version has kept its files."""


def rollback_targets() -> Iterator[ModelVersion]:
    """Where one can go back to from the live version, the best first.

    They once served, were not refused, have their files, and had learnt something else than the
    live one.
    """
    live = model_live()
    if live is None:
        return
    here = root_of(live)
    served = ModelVersion.objects.filter(status=Status.RETIRED, live_since__isnull=False)
    # Settings are long, and most of these versions have lost their files.
    rows = served.order_by("-live_since").values_list(
        "pk", "version", "folder", "settings__kind", f"settings__{ROOT}"
    )
    for pk, version, folder, kind, root in rows[:LOOKED_THROUGH]:
        told = {"kind": kind, ROOT: root} if root else {}
        light = ModelVersion(pk=pk, version=version, folder=folder, settings=told)
        if root_of(light) != here and model_folder(light).is_dir():
            yield ModelVersion.objects.get(pk=pk)


def rollback_target() -> ModelVersion | None:
    """The version that ``model_roll_back`` goes to."""
    return next(rollback_targets(), None)


def model_roll_back(
    *,
    code: str,
    figures: Mapping[str, Any] | None = None,
    by: User | None = None,
) -> ModelVersion:
    """Make the version before live again, and refuse the one that was; returns the one that serves.

    What only added products to the refused version is refused with it. A version before whose
    files are damaged is passed over.

    Raises:
        NothingBeforeError: there is none to go back to; the live one stays.
    """

    def refused(left: ModelVersion) -> None:
        family_of(root_of(left)).filter(status=Status.RETIRED).update(status=Status.REFUSED)
        model_become(left, Status.REFUSED, code, figures, by)

    live = model_live()
    for target in list(rollback_targets()):
        came_from = {"from": live.version} if live else {}
        try:
            model_activate(
                version=target, code="went-back", figures=came_from, by=by, replaced=refused
            )
        except DamagedModelError:
            continue
        return target
    raise NothingBeforeError("no earlier version has kept its files")
