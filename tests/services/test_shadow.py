"""The model in shadow in a real worker: scored aside, while pages get the live model's slates."""

from __future__ import annotations

import time

import pytest
from django.core.cache import cache

from recommender.contracts import Scenario, SlateRequest
from recommender.delivery.pool import wait_for
from recommender.delivery.slates import slate_get
from recommender.registry.online_models import ShadowRanking
from recommender.registry.versions import LIVE_KEY, model_shadow
from tests.registry.small_models import small_live_model, small_model

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]


def test_pages_get_the_live_slate_and_the_shadow_is_scored_behind_it(small_shop, pool):
    live = small_live_model()
    version = small_model("new")
    model_shadow(version=version)
    pool()
    deadline = time.monotonic() + 60
    assert wait_for(lambda: cache.get(LIVE_KEY), deadline=deadline)
    shown = {}
    for name in ("anna", "ben"):
        answer = slate_get(SlateRequest(Scenario.HOME, shopper=name), deadline_ms=5_000)
        assert (answer.slate.model_version, answer.slate.degraded) == (live.version, False)
        shown[name] = [item.product for item in answer.slate.items[:10]]
    rows = wait_for(
        lambda: rows if len(rows := list(ShadowRanking.objects.all())) == 2 else None,
        deadline=deadline,
    )
    assert rows is not None
    for row in rows:
        assert (row.version, row.live_version) == (version, live.version)
        assert row.live == shown[row.shopper.external_id]
    again = slate_get(SlateRequest(Scenario.HOME, shopper="anna"), deadline_ms=5_000)
    assert again.slate.model_version == live.version
