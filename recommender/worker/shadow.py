"""The model in shadow: which requests it gets to see, and what it would have shown.

The scoring worker only notes a few of its requests. They are scored in the ingest queue, where
nobody waits, by a process that holds this one model beside its other work.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction

from recommender.contracts import Scenario, Slate, SlateRequest
from recommender.delivery.pool import order
from recommender.delivery.slate_store import SHORT
from recommender.features.shopper_state import ShopperState, shopper_states_read
from recommender.pipeline import SlateOrder, slates_build
from recommender.policy.eligibility import unavailable_among
from recommender.ranking.model import BlendedModel, ModelFolderError
from recommender.registry.models import ModelVersion
from recommender.registry.online_models import ShadowRanking
from recommender.registry.served_version import DamagedModelError
from recommender.registry.shadow import PLACES, TAKEN_WITHIN
from recommender.registry.versions import (
    model_folder,
    model_refuse,
    model_shadowing,
    model_verify,
)
from recommender.worker.live_model import LoadedModel
from users.models import Consent, Shopper

logger = logging.getLogger(__name__)

SHADOW_TASK = "recommender.shadow_score"
#: An order that nobody took by then would be scored with a history that has gone on.
EXPIRES_SECONDS = 300.0
#: How often the scoring worker asks whether there is a version in shadow.
LOOK_SECONDS = 5.0


class ShadowSample:
    """Notes home slates for the version in shadow: a few a minute, each shopper once a day."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._version = ""
        self._looked_at = float("-inf")
        self._minute = float("-inf")
        self._taken = 0

    def version(self) -> str:
        """Name of the version in shadow, as it was a few seconds ago at most; empty for none."""
        now = self._clock()
        if now - self._looked_at >= LOOK_SECONDS:
            shadowing = model_shadowing()
            self._version = shadowing.version if shadowing else ""
            self._looked_at = now
        return self._version

    def note(self, slates: Sequence[Slate]) -> int:
        """Order that the version in shadow scores some of these, too; returns how many."""
        version = self.version()
        if not version:
            return 0
        noted: dict[str, Slate] = {}
        for slate in slates:
            if slate.scenario is Scenario.HOME and slate.shopper and self._room() > len(noted):
                try:
                    first = cache.add(
                        _mark(version, slate.shopper), 1, TAKEN_WITHIN.total_seconds()
                    )
                except Exception:  # whatever a cache can raise
                    return 0
                if first:
                    noted[slate.shopper] = slate
        if noted:
            self._taken += len(noted)
            any_slate = next(iter(noted.values()))
            shown = {name: [i.product for i in s.items[:PLACES]] for name, s in noted.items()}
            order(
                SHADOW_TASK,
                version,
                any_slate.model_version,
                any_slate.scored_at,
                shown,
                expires_seconds=EXPIRES_SECONDS,
            )
        return len(noted)

    def _room(self) -> int:
        if self._clock() - self._minute >= 60:
            self._minute, self._taken = self._clock(), 0
        return max(0, settings.SHADOW_SLATES_PER_MINUTE - self._taken)


def _mark(version: str, shopper: str) -> str:
    return f"shadow:{version}:" + shopper.encode("utf-8").hex()


class ShadowModel:
    """Holds the version in shadow, and nothing as soon as there is none."""

    def __init__(self) -> None:
        self._loaded: LoadedModel | None = None

    @property
    def current(self) -> LoadedModel | None:
        """What is in memory, without asking anybody."""
        return self._loaded

    def tidy(self) -> ModelVersion | None:
        """Let go of what is in shadow no more; returns what is."""
        row = model_shadowing()
        if row is None or (self._loaded is not None and self._loaded.version != row.version):
            self._loaded = None
        return row

    def get(self) -> LoadedModel | None:
        """The version in shadow; one whose files cannot be read is refused."""
        # Before the next one is read: there is memory for one.
        row = self.tidy()
        if row is None or self._loaded is not None:
            return self._loaded
        try:
            model_verify(row)
            self._loaded = LoadedModel(row.version, BlendedModel.load(model_folder(row)))
        except (DamagedModelError, ModelFolderError) as error:
            logger.error("model %s cannot be compared: %s", row.version, error)
            model_refuse(version=row, code="damaged", figures={"error": str(error)})
        return self._loaded


sample = ShadowSample()
shadow_model = ShadowModel()


def rankings_score(
    version: str, live_version: str, scored_at: float, shown: Mapping[str, Sequence[str]]
) -> int:
    """Score what was noted as of the same moment, and keep both rankings; returns how many.

    ``shown`` names by shopper what the live model put first. What another version in shadow was
    to score, and shoppers who did not agree to be recorded, are passed over.
    """
    loaded = shadow_model.get()
    if loaded is None or loaded.version != version:
        return 0
    moment = datetime.fromtimestamp(scored_at, UTC)
    today = ShadowRanking.objects.filter(
        version__version=version, scored_at__gt=moment - TAKEN_WITHIN
    )
    known = dict(
        Shopper.objects.filter(external_id__in=shown, consent=Consent.GRANTED)
        .exclude(pk__in=today.values("shopper"))
        .values_list("external_id", "pk")
    )
    states = shopper_states_read(known)
    orders = [
        SlateOrder(SlateRequest(Scenario.HOME, name), as_of(states[name], scored_at), SHORT)
        for name in known
        if name in states
    ]
    slates = slates_build(
        orders,
        model=loaded.model,
        model_version=loaded.version,
        unavailable=unavailable_among,
        scored_at=scored_at,
    )
    row = model_shadowing()
    if row is None or row.version != version:
        return 0
    rows = [
        ShadowRanking(
            version=row,
            shopper_id=known[slate.shopper],
            live_version=live_version,
            scored_at=moment,
            live=list(shown[slate.shopper])[:PLACES],
            shadow=[item.product for item in slate.items[:PLACES]],
        )
        for slate in slates
    ]
    try:
        with transaction.atomic():
            ShadowRanking.objects.bulk_create(rows)
    except IntegrityError:
        # Somebody was erased while this was scored; what is lost is a sample.
        logger.info("%d rankings in shadow were not kept: a shopper is gone", len(rows))
        return 0
    return len(rows)


def as_of(state: ShopperState, moment: float) -> ShopperState:
    """The state without what has come since, so that both models read the same history."""
    purchases = {
        product: bought if bought.last <= moment else replace(bought, last=bought.first)
        for product, bought in state.purchases.items()
        if bought.first <= moment
    }
    deeds = tuple(deed for deed in state.deeds if deed.time <= moment)
    return replace(state, deeds=deeds, purchases=purchases)
