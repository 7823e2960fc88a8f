"""The history of the models: told from what was recorded, alike for any length of it."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from recommender.contracts import EventType
from recommender.registry.families import GROWTH, ROOT
from recommender.registry.history import Quality, chapters_read, learnt_versions, quality_of
from recommender.registry.models import ModelVersion
from recommender.registry.proportions import Share
from recommender.registry.rollback import model_roll_back
from recommender.registry.versions import (
    model_activate,
    model_refuse,
    model_register,
    model_shadow,
)
from tests.admin.conftest import boss, boss_client
from tests.registry.live_traffic import DAY, HOUR, NOW, clicks, did, judged, products, shopper
from tests.registry.test_versions import make
from users.models import User

__all__ = ["boss", "boss_client"]

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/admin/recommender/modelversion/history/"
NEWEST = {"probes": {"newest": {"cases": 500, "ndcg_at_10": 0.05, "ndcg_error": 0.004}}}


def text(client: Client, **headers: str) -> str:
    """The page's words, without marks and gaps."""
    html = client.get(PAGE, headers=headers).content.decode()
    html = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", html, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def learnt(settings, name: str, kind: str, parent: ModelVersion | None, upto: int) -> ModelVersion:
    folder = settings.MODEL_DIR / name
    folder.mkdir(parents=True)
    return model_register(
        version=name,
        folder=folder,
        watermark=upto,
        parent=parent,
        trained_with={"kind": kind},
        metrics=NEWEST,
        seed=0,
    )


def grown(settings, name: str, parent: ModelVersion, root: str) -> ModelVersion:
    version = make(settings, name, parent)
    version.settings = {"kind": GROWTH, ROOT: root}
    version.save()
    return version


def test_without_a_model_the_page_says_where_one_comes_from(boss_client: Client):
    assert "There is no model yet" in text(boss_client)


def test_what_was_learnt_is_told_with_its_dates(settings, boss_client: Client):
    products("a")
    anna = shopper()
    events = [did(anna, "a", at=NOW + days * DAY) for days in (0, 3, 3, 10)]
    did(anna, "a", EventType.IMPRESSION, at=NOW + 12 * DAY)
    first = learnt(settings, "first", "training", None, events[1].pk)
    learnt(settings, "second", "update", first, events[-1].pk)
    told = text(boss_client)
    assert "everything anew: 2 events from March 10, 2026 to March 13, 2026" in told
    assert "Learnt 2 events from March 13, 2026 to March 20, 2026" in told
    assert "NDCG@10 0.0500 ± 0.0040 on what 500 shoppers did last" in told


def test_a_model_is_told_with_what_carried_it_on(settings):
    old, new = make(settings, "old"), make(settings, "new")
    more = grown(settings, "new2", new, "new")
    for version in (old, new, more):
        model_activate(version=version)
    for name in ("old", "new", "new2"):
        clicks(name, 5, 100, at=NOW - HOUR)
    second, first = chapters_read(learnt_versions())
    assert [chapter.version for chapter in (second, first)] == [new, old]
    assert (second.is_live, second.growths, second.shown) == (True, 1, Share(10, 200))
    assert (first.is_live, first.growths, first.shown) == (False, 0, Share(5, 100))
    assert [d.code for d in second.decisions] == ["trained"]
    assert [d.code for d in first.decisions] == ["trained", "replaced"]
    # What serves last is left for all of them.
    model_roll_back(code="rolled-back-by-hand")
    second, first = chapters_read(learnt_versions())
    assert (second.is_live, first.is_live) == (False, True)
    assert [d.code for d in second.decisions] == ["trained", "rolled-back-by-hand"]


def test_the_page_tells_what_serves_what_waits_and_what_was_refused(settings, boss_client: Client):
    old, live, shadow, bad = (make(settings, name) for name in ("old", "live", "shade", "bad"))
    model_activate(version=old)
    model_activate(version=live)
    model_refuse(version=bad, code="gate-refused", figures={"reasons": ["too much forgotten"]})
    model_shadow(version=shadow)
    judged(shadow, both=40, live=5, no=5)
    clicks("old", 60, 1_000, at=NOW - DAY)
    clicks("live", 50, 1_000, at=NOW - HOUR)
    live.decisions.update(decided_at=NOW - DAY)
    old.decisions.update(decided_at=NOW - 2 * DAY)
    page = boss_client.get(PAGE)
    told = text(boss_client)
    assert page.context["live"]["version"] == live
    assert "Roll back to old…" in told
    assert "live named it 45 times, the new one 40 times, of 50. It is judged from 200 on" in told
    assert page.context["shadow"]["percent"] == "25"
    assert "the gate said no: too much forgotten" in told
    assert "old took its place" not in told
    assert "live took its place" in told
    assert "click-through 5.00 % (3.81 to 6.53), 50 of 1,000 shown" in told
    [curve, *_others] = page.context["charts"]
    assert [dot["label"].partition(",")[0] for dot in curve["dots"]] == ["old", "live"]
    assert [dot["is_live"] for dot in curve["dots"]] == [False, True]


def test_the_page_costs_the_same_for_twice_the_history(settings, boss_client: Client):
    def more(first: int) -> None:
        for n in range(first, first + 4):
            version = make(settings, f"m{n}", ModelVersion.objects.order_by("-pk").first())
            if n % 4 == 3:
                model_refuse(version=version, code="gate-refused")
                continue
            model_activate(version=version)
            model_activate(version=grown(settings, f"g{n}", version, version.version))
            clicks(version.version, 3, 100, at=NOW)

    def queries() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as counted:
            assert boss_client.get(PAGE).status_code == 200
        return len(counted)

    more(0)
    queries()
    before = queries()
    more(4)
    assert queries() == before
    assert before <= 36


def test_who_may_only_look_sees_no_way_back(settings, client: Client):
    for name in ("old", "new"):
        model_activate(version=make(settings, name))
    user = User.objects.create_user("mercy", is_staff=True)
    client.force_login(user)
    assert client.get(PAGE).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_modelversion"))
    told = text(client)
    assert "Now serving" in told
    assert "Roll back" not in told


def test_the_page_speaks_chinese(settings, boss_client: Client):
    model_activate(version=make(settings, "m"))
    clicks("m", 5, 100, at=NOW)
    boss_client.cookies["django_language"] = "zh-hans"
    told = text(boss_client)
    for words in ("当前在线", "点击率 5.00 %", "用全部日志训练"):
        assert words in told
    for words in ("Now serving", "trained from", "Signs", "Learnt"):
        assert words not in told


@pytest.mark.parametrize(
    ("metrics", "quality"),
    [
        ({}, None),
        ({"validation": {"ndcg_at_10": 0.05, "cases": 9}}, Quality(0.05, None, 9, "validation")),
        (
            {"validation": {"ndcg_at_10": 0.05}, "ranking": {"chosen": "x", "cases": 7,
             "x": {"ndcg_at_10": 0.09}}},
            Quality(0.09, None, 7, "validation"),
        ),
        (NEWEST, Quality(0.05, 0.004, 500, "newest")),
        ({"probes": {"newest": {"cases": 0, "ndcg_at_10": 0.0}}}, None),
        ({"validation": "strange", "ranking": ["strange"], "probes": {"newest": 3}}, None),
    ],
)  # fmt: skip
def test_the_figure_that_is_shown(metrics, quality):
    assert quality_of(metrics) == quality


def test_a_long_history_has_pages(settings, boss_client: Client):
    for n in range(21):
        ModelVersion.objects.create(version=f"v{n}", folder="x", checksum="0", watermark=n)
    assert len(boss_client.get(PAGE).context["chapters"]) == 20
    assert "Older" in text(boss_client)
    assert len(boss_client.get(PAGE, {"p": "2"}).context["chapters"]) == 1
    assert boss_client.get(PAGE, {"p": "x"}).status_code == 200
