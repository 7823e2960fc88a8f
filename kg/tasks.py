"""Celery's entry points into the knowledge graph; each hands on."""

from __future__ import annotations

import logging

from django.conf import settings

from recsite.celery import app
from recsite.locks import BusyError

logger = logging.getLogger(__name__)


@app.task(name="kg.project")
def project_waiting() -> int:
    """Deliver what waits in the outbox; beat asks again for what could not be delivered."""
    if not settings.NEO4J_URL:
        return 0
    from kg.backends.connection import GraphUnavailable
    from kg.projection import project

    try:
        return project()
    except BusyError:
        return 0
    except GraphUnavailable as error:
        logger.warning("changes to the graph wait: %s", error)
        return 0


@app.task(name="kg.reconcile")
def reconcile_nightly() -> int:
    """Compare the projection with the record and mend it; returns how much differed."""
    if not settings.NEO4J_URL:
        return 0
    from kg.backends.connection import GraphUnavailable
    from kg.reconciliation import reconcile

    try:
        drift = reconcile()
    except (BusyError, *GraphUnavailable) as error:
        logger.warning("the graph was not reconciled: %s", error)
        return 0
    if drift.total:
        logger.error("the graph had drifted and was repaired: %s", drift)
    return drift.total
