"""Alerts: told once while open, in words, and put away by a person who may."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils.translation import override

from recommender.registry.alert_words import WORDS, alert_text, alert_title
from recommender.registry.alerts import alert_raise, alerts_done, alerts_open
from recommender.registry.models import Alert
from tests.admin.conftest import boss, boss_client, merchandiser, merchandiser_client

__all__ = ["boss", "boss_client", "merchandiser", "merchandiser_client"]

pytestmark = pytest.mark.django_db

REASONS = [{"code": "forgetting", "probe": "inactive", "figure": 0.0512345, "bound": 0.02}]
REFUSED = {"version": "v7", "reasons": REASONS}


def refuse(**changes) -> Alert:
    told = {
        "kind": "candidate-refused",
        "severity": Alert.Severity.WARNING,
        "arguments": REFUSED,
        "link": "/admin/",
    }
    return alert_raise(**(told | changes))


def test_what_is_open_is_raised_once_and_counted(boss):
    first, again = refuse(), refuse()
    assert (again.pk, again.times, Alert.objects.count()) == (first.pk, 2, 1)
    assert again.raised_at == first.raised_at < again.last_at
    other = refuse(arguments={**REFUSED, "version": "v8"})
    assert other.pk != first.pk
    assert alerts_done(alerts=[first, other], by=boss) == 2
    assert refuse().pk not in {first.pk, other.pk}


def test_what_an_alert_is_about_tells_it_from_others():
    first = refuse(about="gate")
    worse = refuse(
        about="gate", arguments={"version": "v9", "reasons": []}, severity=Alert.Severity.SERIOUS
    )
    assert (worse.pk, worse.arguments["version"], worse.severity) == (first.pk, "v9", 3)
    assert refuse(about="other").pk != first.pk


def test_the_database_itself_holds_no_two_open_alerts_alike():
    alert = refuse()
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(kind=alert.kind, about=alert.about, severity=1)


@pytest.mark.parametrize("link", ["https://example.com/", "//example.com/", "admin/"])
def test_an_alert_leads_nowhere_else(link):
    with pytest.raises(ValueError, match="link"):
        refuse(link=link)


def test_the_words_say_why_in_the_readers_language():
    alert = refuse()
    assert alert_title(alert) == "A learnt model was refused by the gate"
    assert alert_text(alert) == (
        "v7 was not let through, the live model stays: forgetting (inactive): 0.05123, bound 0.02."
    )
    with override("zh-hans"):
        assert alert_title(alert) != "A learnt model was refused by the gate"
        assert "v7" in alert_text(alert)
        assert "not let through" not in alert_text(alert)


@pytest.mark.parametrize("kind", [*WORDS, "from-another-time"])
def test_an_alert_whose_words_do_not_fit_is_still_readable(kind):
    alert = refuse(kind=kind, arguments={"strange": 3})
    assert alert_title(alert)
    assert alert_text(alert) == "strange: 3"


def test_the_gravest_comes_first():
    note = refuse(about="a", severity=Alert.Severity.NOTE)
    grave = refuse(about="b", severity=Alert.Severity.SERIOUS)
    later = refuse(about="c", severity=Alert.Severity.NOTE)
    assert list(alerts_open()) == [grave, later, note]


def test_the_overview_shows_it_and_puts_it_away(merchandiser_client: Client):
    assert "To look at" not in merchandiser_client.get("/admin/").content.decode()
    alert = refuse()
    page = merchandiser_client.get("/admin/").content.decode()
    assert "To look at" in page
    assert "forgetting (inactive): 0.05123, bound 0.02" in page
    done = f"/admin/recommender/alert/{alert.pk}/done/"
    assert f'action="{done}"' in page
    answer = merchandiser_client.post(done, {"next": "/admin/"})
    assert answer["Location"] == "/admin/"
    alert.refresh_from_db()
    assert alert.done_by.get_username() == "mercy"
    assert "To look at" not in merchandiser_client.get("/admin/").content.decode()


def test_looking_puts_nothing_away_and_a_strange_way_back_is_not_taken(boss_client: Client):
    done = f"/admin/recommender/alert/{refuse().pk}/done/"
    assert boss_client.get(done).status_code == 200
    assert Alert.objects.get().done_at is None
    answer = boss_client.post(done, {"next": "https://example.com/"})
    assert answer["Location"] == "/admin/recommender/alert/"
    assert Alert.objects.get().done_at is not None


def test_ticked_alerts_are_put_away_together(boss_client: Client):
    ids = [refuse(about=name).pk for name in "abc"]
    address = "/admin/recommender/alert/"
    boss_client.post(address, {"action": "put_away", "_selected_action": ids[:2]})
    assert [a.pk for a in alerts_open()] == ids[2:]
    assert boss_client.get(address, {"state": "done"}).context["cl"].result_count == 2


def test_who_may_only_look_puts_nothing_away(merchandiser_client: Client, merchandiser):
    from django.contrib.auth.models import Permission

    alert = refuse()
    merchandiser.groups.clear()
    address = f"/admin/recommender/alert/{alert.pk}/done/"
    assert merchandiser_client.post(address).status_code == 403
    merchandiser.user_permissions.add(Permission.objects.get(codename="view_alert"))
    page = merchandiser_client.get("/admin/").content.decode()
    assert "To look at" in page
    assert address not in page
    assert merchandiser_client.post(address).status_code == 403
    alert.refresh_from_db()
    assert alert.done_at is None
