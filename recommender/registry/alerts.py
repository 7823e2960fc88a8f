"""Raising alerts that a person is to act on, and putting them away."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from recommender.registry.models import Alert
from users.models import User

logger = logging.getLogger(__name__)


def alert_raise(
    *,
    kind: str,
    severity: Alert.Severity,
    arguments: Mapping[str, Any] | None = None,
    link: str = "",
    about: str | None = None,
) -> Alert:
    """Tell the people in the admin of something that they are to look at.

    ``kind`` names the words in ``alert_words``, ``arguments`` fill them in and must be plain JSON.
    ``link`` is a page of this site. An alert that is open already is not raised a second time: it
    counts once more and takes the newest arguments. The same is what has the same kind and is
    ``about`` the same; left out, that are the arguments themselves.

    Raises:
        ValueError: the link leads to another site.
    """
    if link and (not link.startswith("/") or link.startswith("//")):
        raise ValueError(f"link: an alert leads to a page of this site, not to {link!r}")
    plain = json.dumps(arguments or {}, sort_keys=True, cls=DjangoJSONEncoder)
    told = json.loads(plain)
    same = hashlib.sha256(plain.encode()).hexdigest() if about is None else about
    now = timezone.now()
    with transaction.atomic():
        alert, made = Alert.objects.get_or_create(
            kind=kind,
            about=same,
            done_at=None,
            defaults={
                "severity": severity,
                "arguments": told,
                "link": link,
                "raised_at": now,
                "last_at": now,
            },
        )
        if not made:
            Alert.objects.filter(pk=alert.pk).update(
                severity=severity, arguments=told, link=link, last_at=now, times=F("times") + 1
            )
            alert.refresh_from_db()
    logger.warning("alert %s: %s", kind, plain)
    return alert


def alerts_open() -> QuerySet[Alert]:
    """What nobody has put away yet: the gravest first, then the newest."""
    return Alert.objects.filter(done_at=None).order_by("-severity", "-last_at", "-pk")


def alerts_done(*, alerts: Iterable[Alert], by: User) -> int:
    """Put alerts away; one that somebody else has put away stays theirs. Returns how many."""
    return Alert.objects.filter(pk__in=[alert.pk for alert in alerts], done_at=None).update(
        done_at=timezone.now(), done_by=by
    )
