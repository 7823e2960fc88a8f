"""The model in shadow is judged by what shoppers took, and by nothing that favours either model."""

from __future__ import annotations

import uuid

import pytest

from recommender.contracts import EventType
from recommender.registry.alert_words import alert_text, alert_title
from recommender.registry.models import Alert
from recommender.registry.online_bounds import OnlineBounds
from recommender.registry.online_models import ShadowRanking
from recommender.registry.shadow import (
    Comparison,
    Verdict,
    comparison,
    rankings_judge,
    shadow_watch,
    verdict_of,
)
from recommender.registry.versions import model_activate, model_live, model_shadow, model_shadowing
from tests.registry.live_traffic import (
    DAY,
    HOUR,
    NOW,
    did,
    judged,
    products,
    ranked,
    shopper,
)
from tests.registry.test_versions import make
from users.erasure import shopper_erase
from users.export import shopper_export
from users.models import Consent, ErasureReceipt, Shopper

pytestmark = pytest.mark.django_db(transaction=True)

BOUNDS = OnlineBounds(shadow_cases=200, shadow_worse=0.05, shadow_days=7)
AT = NOW - DAY - HOUR


@pytest.fixture
def pair(settings):
    """A live version and one in shadow since two days."""
    live, shadow = make(settings, "live"), make(settings, "new")
    model_activate(version=live)
    model_shadow(version=shadow)
    shadow.decisions.update(decided_at=NOW - 2 * DAY)
    return live, shadow


def outcome(ranking: ShadowRanking) -> tuple[int | None, bool, bool]:
    ranking.refresh_from_db()
    return ranking.taken, ranking.live_hit, ranking.shadow_hit


def test_hits_are_counted_from_what_was_taken_within_a_day(pair):
    _live, version = pair
    products("abcdx")
    rows = [ranked(version, "ab", "bc", at=AT) for _ in range(7)]
    found_by_live, found_by_both, found_by_shadow, elsewhere, viewed, later, before = rows
    did(found_by_live.shopper, "a", EventType.CART, at=AT + HOUR)
    did(found_by_both.shopper, "b", EventType.CLICK, at=AT + HOUR)
    did(found_by_shadow.shopper, "c", EventType.PURCHASE, at=AT + DAY)
    did(elsewhere.shopper, "x", at=AT + HOUR)
    did(viewed.shopper, "a", EventType.VIEW, at=AT + HOUR)
    did(later.shopper, "a", at=AT + DAY + HOUR)
    did(before.shopper, "a", at=AT)
    not_over = ranked(version, "ab", "bc", at=NOW - DAY + HOUR)
    did(not_over.shopper, "a", at=NOW - HOUR)

    assert rankings_judge(version, now=NOW) == 7
    assert rankings_judge(version, now=NOW) == 0
    assert [outcome(row) for row in rows] == [
        (1, True, False),
        (1, True, True),
        (1, False, True),
        (1, False, False),
        (0, False, False),
        (0, False, False),
        (0, False, False),
    ]
    assert outcome(not_over) == (None, False, False)
    found = comparison(version)
    assert found == Comparison(cases=4, live_hits=2, shadow_hits=2, only_live=1, only_shadow=1)
    assert found.difference == 0
    assert found.error == pytest.approx(2**0.5 / 4)


def test_what_was_shown_counts_only_where_both_had_named_it(pair):
    """Only the live model's picks can be shown, so that a click on one proves nothing."""
    _live, version = pair
    products("abc")
    trace = uuid.uuid4()
    clicked, bought, both = (ranked(version, "ab", "bc", at=AT) for _ in range(3))
    did(clicked.shopper, "a", EventType.CLICK, at=AT + HOUR, trace=trace)
    did(bought.shopper, "a", EventType.IMPRESSION, at=AT + HOUR, trace=trace)
    did(bought.shopper, "a", EventType.PURCHASE, at=AT + 2 * HOUR)
    did(both.shopper, "b", EventType.CLICK, at=AT + HOUR, trace=trace)
    rankings_judge(version, now=NOW)
    assert [outcome(row) for row in (clicked, bought, both)] == [
        (0, False, False),
        (0, False, False),
        (1, True, True),
    ]


def test_only_the_first_ten_places_count(pair):
    _live, version = pair
    products("ak")
    row = ranked(version, "abcdefghijk", "kabcdefghij", at=AT)
    did(row.shopper, "k", at=AT + HOUR)
    rankings_judge(version, now=NOW)
    assert outcome(row) == (1, False, True)


@pytest.mark.parametrize(
    ("found", "days", "verdict"),
    [
        (Comparison(200, 100, 100, 0, 0), 0, Verdict.PASSED),
        (Comparison(199, 100, 100, 0, 0), 0, Verdict.WAIT),
        (Comparison(199, 100, 100, 0, 0), 6.99, Verdict.WAIT),
        (Comparison(199, 100, 100, 0, 0), 7, Verdict.UNDECIDED),
        # Allowed are .05 * .5 = .025 less; these are .0233 and .0254 less at worst.
        (Comparison(10_000, 5_000, 4_800, 300, 100), 0, Verdict.PASSED),
        (Comparison(10_000, 5_000, 4_780, 320, 100), 0, Verdict.WORSE),
        (Comparison(200, 100, 70, 40, 10), 0, Verdict.WORSE),
        # Neither surely as good nor surely worse.
        (Comparison(200, 100, 98, 12, 10), 6, Verdict.WAIT),
        (Comparison(200, 100, 98, 12, 10), 7, Verdict.UNDECIDED),
        (Comparison(200, 0, 0, 0, 0), 0, Verdict.PASSED),
        (Comparison(0, 0, 0, 0, 0), 8, Verdict.UNDECIDED),
    ],
)
def test_the_verdict(found, days, verdict):
    assert verdict_of(found, days=days, bounds=BOUNDS) is verdict


def test_as_good_as_the_live_one_it_goes_live(pair):
    live, version = pair
    judged(version, both=100, no=100)
    assert shadow_watch(now=NOW) is Verdict.PASSED
    assert (model_live(), model_shadowing()) == (version, None)
    told = version.decisions.last()
    assert (told.status, told.code) == ("live", "shadow-passed")
    assert told.figures == {
        "cases": 200, "live_hits": 100, "shadow_hits": 100, "only_live": 0, "only_shadow": 0,
        "days": 2, "bound": 0.05,
    }  # fmt: skip
    live.refresh_from_db()
    assert live.status == "retired"
    assert shadow_watch(now=NOW) is None


def test_worse_it_is_refused_and_people_are_told(pair):
    live, version = pair
    judged(version, both=60, live=40, shadow=10, no=90)
    assert shadow_watch(now=NOW) is Verdict.WORSE
    version.refresh_from_db()
    assert (model_live(), version.status) == (live, "refused")
    alert = Alert.objects.get()
    assert alert_title(alert) == "The model in shadow did worse than the live one"
    assert alert_text(alert) == (
        "new is kept out: live named it 100 times, the new one 70 times, of 200."
    )
    assert alert.link == f"/admin/recommender/modelversion/{version.pk}/change/"


def test_without_an_answer_it_waits_and_is_then_refused(pair):
    _live, version = pair
    judged(version, both=3)
    assert shadow_watch(now=NOW) is Verdict.WAIT
    assert model_shadowing() == version
    assert shadow_watch(now=NOW + 6 * DAY) is Verdict.UNDECIDED
    version.refresh_from_db()
    assert version.status == "refused"
    assert Alert.objects.get().severity == Alert.Severity.NOTE


def test_rankings_go_with_their_shopper_their_consent_and_their_age(pair):
    _live, version = pair
    who = [shopper() for _ in range(4)]
    for one in who:
        ranked(version, "a", "b", at=NOW - HOUR, who=one)
    ranked(version, "a", "b", at=NOW - 31 * DAY)
    assert shopper_export(who[0])["shadow_rankings"] == [
        {
            "scored_at": (NOW - HOUR).isoformat(), "live_version": "live", "live": ["a"],
            "shadow_version": "new", "shadow": ["b"],
        }
    ]  # fmt: skip
    erased = shopper_erase(shopper=who[0], route=ErasureReceipt.Route.ADMIN)
    assert erased.receipt.counts["shadow_rankings"] == 1
    Shopper.objects.filter(pk=who[1].pk).update(consent=Consent.WITHDRAWN)
    shadow_watch(now=NOW)
    assert set(ShadowRanking.objects.values_list("shopper", flat=True)) == {who[2].pk, who[3].pk}
