"""Shoppers: from anonymous to account, and the proof of consent."""

from __future__ import annotations

import pytest

from recommender.events.models import Event
from recommender.events.record import EventInput, events_record
from users.models import Consent, ConsentDecision, Shopper, User
from users.shoppers import (
    consent_decide,
    shopper_for_user,
    shopper_merge,
    shoppers_resolve,
)


@pytest.fixture
def account(db) -> Shopper:
    return shopper_for_user(User.objects.create_user("kim", first_name="Kim", last_name="Lee"))


@pytest.fixture
def anonymous(small_shop) -> Shopper:
    shopper = Shopper.objects.create(
        external_id="visitor-1", session_key="s1", consent=Consent.GRANTED
    )
    events_record(
        origin="web",
        events=[EventInput(id="v", type="view", shopper="visitor-1", product="p1")],
    )
    return shopper


def test_an_account_has_one_shopper_with_its_name(account):
    assert shopper_for_user(account.user) == account
    assert account.display_name == "Kim Lee"


def test_each_change_of_mind_is_kept_and_a_repetition_is_not(account):
    for consent in (Consent.GRANTED, Consent.GRANTED, Consent.WITHDRAWN):
        consent_decide(shopper=account, consent=consent, source="web")
    decisions = ConsentDecision.objects.filter(shopper=account).order_by("pk")
    assert [d.consent for d in decisions] == ["granted", "withdrawn"]
    assert account.last_event_at is not None


def test_merging_hands_over_events_and_consent(account, anonymous):
    shopper_merge(anonymous=anonymous, account=account)
    account.refresh_from_db()
    assert account.consent == Consent.GRANTED
    assert [e.client_id for e in account.events.all()] == ["v"]
    assert not Shopper.objects.filter(external_id="visitor-1").exists()


def test_merging_into_an_account_that_withdrew_drops_the_events(account, anonymous):
    consent_decide(shopper=account, consent=Consent.WITHDRAWN, source="web")
    shopper_merge(anonymous=anonymous, account=account)
    account.refresh_from_db()
    assert account.consent == Consent.WITHDRAWN
    assert not Event.objects.filter(client_id="v").exists()


def test_an_account_is_never_merged_away(account, small_shop):
    other = shopper_for_user(User.objects.create_user("lou"))
    shopper_merge(anonymous=other, account=account)
    assert Shopper.objects.filter(pk=other.pk).exists()


def test_unknown_shoppers_are_made_only_where_consent_is_attested(small_shop):
    names = {"anna", "dora", "emil"}
    assert set(shoppers_resolve(external_ids=names, attests_consent=False, source="c")) == {"anna"}
    made = shoppers_resolve(external_ids=names, attests_consent=True, source="c")
    assert {n: s.consent for n, s in made.items()} == dict.fromkeys(names, Consent.GRANTED)
    assert ConsentDecision.objects.filter(source="c").count() == 2
