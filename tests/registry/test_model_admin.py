"""A model's page tells what became of it, and one button goes back to the model before."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from recommender.registry.versions import model_activate, model_live, model_shadow
from recsite.locks import one_at_a_time
from tests.admin.conftest import boss, boss_client
from tests.registry.live_traffic import HOUR, NOW, clicks, judged, ranked
from tests.registry.test_versions import make
from users.models import User

__all__ = ["boss", "boss_client"]

pytestmark = pytest.mark.django_db(transaction=True)

ROLL_BACK = "/admin/recommender/modelversion/roll-back/"


@pytest.fixture
def two(settings):
    versions = make(settings, "old"), make(settings, "new")
    for version in versions:
        model_activate(version=version)
    return versions


def test_one_button_goes_back_after_asking(two, boss_client: Client):
    old, new = two
    assert ROLL_BACK in boss_client.get("/admin/recommender/modelversion/").content.decode()
    page = boss_client.get(ROLL_BACK).content.decode()
    assert "Roll back to old" in page
    assert model_live() == new
    page = boss_client.post(ROLL_BACK, follow=True).content.decode()
    assert "old is live now." in page
    new.refresh_from_db()
    assert (model_live(), new.status) == (old, "refused")
    assert new.decisions.last().decided_by.get_username() == "boss"
    page = boss_client.post(ROLL_BACK, follow=True).content.decode()
    assert "There is no version to go back to." in page
    assert model_live() == old


def test_a_model_that_is_just_being_published_is_waited_for(two, boss_client, monkeypatch):
    monkeypatch.setattr("recommender.registry.admin.PATIENCE_SECONDS", 0.0)
    with one_at_a_time("publishing"):
        page = boss_client.post(ROLL_BACK, follow=True).content.decode()
    assert "Try again" in page
    assert model_live() == two[1]


def test_who_may_only_look_does_not_go_back(two, client: Client):
    user = User.objects.create_user("mercy", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_modelversion"))
    client.force_login(user)
    page = client.get("/admin/recommender/modelversion/").content.decode()
    assert ROLL_BACK not in page
    for ask in (client.get, client.post):
        assert ask(ROLL_BACK).status_code == 403
    assert model_live() == two[1]


def test_the_page_of_a_model_tells_why_and_how_it_does(settings, two, boss_client: Client):
    clicks("new", 20, 400, at=NOW - HOUR)
    page = boss_client.get(f"/admin/recommender/modelversion/{two[0].pk}/change/").content.decode()
    assert "new took its place" in page
    version = make(settings, "shadow")
    model_shadow(version=version, figures={"reasons": ["too few cases"]})
    judged(version, both=3, live=2, no=1)
    ranked(version, "a", "b", at=NOW)
    page = boss_client.get(f"/admin/recommender/modelversion/{version.pk}/change/").content.decode()
    assert "the gate was not sure: too few cases" in page
    assert "in shadow: live named it 5 times, the new one 3 times, of 6" in page
    assert "1 ranking waits for its day to end" in page
    page = boss_client.get(f"/admin/recommender/modelversion/{two[1].pk}/change/").content.decode()
    assert "click-through 5.00 % (3.26 to 7.60), 20 of 400 shown" in page


def test_a_version_made_live_by_hand_says_by_whom(two, boss_client: Client):
    old, _new = two
    boss_client.post(f"/admin/recommender/modelversion/{old.pk}/make-live/")
    decision = old.decisions.last()
    assert (decision.code, decision.decided_by.get_username()) == ("by-hand", "boss")
