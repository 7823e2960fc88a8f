"""What every trained thing that serves has in common: its record, and how one replaces another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ServedVersion(models.Model):
    """One version of something trained. Its files never change once it is entered."""

    class Status(models.TextChoices):
        CANDIDATE = "candidate", _("candidate")
        SHADOW = "shadow", _("in shadow")
        LIVE = "live", _("live")
        RETIRED = "retired", _("retired")
        REFUSED = "refused", _("refused")

    version = models.CharField(_("version"), max_length=40, unique=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.CANDIDATE)
    #: Folder below settings.MODEL_DIR.
    folder = models.CharField(_("folder"), max_length=200)
    checksum = models.CharField(_("SHA-256"), max_length=64)
    settings = models.JSONField(_("settings"), default=dict)
    metrics = models.JSONField(_("metrics"), default=dict)
    seed = models.IntegerField(_("seed"), default=0)
    created_at = models.DateTimeField(_("trained"), default=timezone.now)
    live_since = models.DateTimeField(_("live since"), null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.version


class DamagedModelError(Exception):
    """The files of a version are not those that were registered."""


Version = TypeVar("Version", bound=ServedVersion)


def version_folder(version: ServedVersion) -> Path:
    """Where the files of a version lie."""
    return Path(settings.MODEL_DIR) / version.folder


def version_switch(
    version: Version,
    *,
    verify: Callable[[Version], None],
    switched: Callable[[Version | None], None] | None = None,
) -> None:
    """Make a version the live one of its kind, atomically; also the way back to a retired one.

    ``switched`` is called with the version that was live, as a part of the same transaction.

    Raises:
        DamagedModelError: ``verify`` raised it; the version is refused and the live one stays.
    """
    status, kind = ServedVersion.Status, type(version)._default_manager
    try:
        verify(version)
    except DamagedModelError:
        kind.filter(pk=version.pk).exclude(status=status.LIVE).update(status=status.REFUSED)
        raise
    with transaction.atomic():
        # Whoever switches at the same moment waits here, and then finds another one live.
        before = kind.select_for_update().filter(status=status.LIVE).exclude(pk=version.pk).first()
        kind.filter(status=status.LIVE).exclude(pk=version.pk).update(status=status.RETIRED)
        version.status = status.LIVE
        version.live_since = timezone.now()
        version.save(update_fields=["status", "live_since"])
        if switched is not None:
            switched(before)
