"""Clicks by version and hour, and going back when they fall."""

from __future__ import annotations

import pytest

from recommender.contracts import EventType
from recommender.registry.alert_words import alert_text
from recommender.registry.families import GROWTH, ROOT
from recommender.registry.models import Alert
from recommender.registry.online import online_count
from recommender.registry.online_models import OnlineHour
from recommender.registry.online_watch import online_compare, online_watch
from recommender.registry.versions import StatusError, model_activate, model_live
from tests.registry.live_traffic import DAY, HOUR, NOW, clicks, did, products, shopper, slate
from tests.registry.test_versions import make

pytestmark = pytest.mark.django_db(transaction=True)

IMPRESSION, CLICK = EventType.IMPRESSION, EventType.CLICK


def counted() -> list[tuple[str, int, int, int]]:
    rows = OnlineHour.objects.values_list("model_version", "hour", "shown", "clicked")
    return [(version, hour.hour, shown, clicked) for version, hour, shown, clicked in rows]


def test_a_product_in_a_slate_counts_once_in_the_hour_in_which_it_was_first_seen():
    products("abc")
    anna, ben = shopper(), shopper()
    first, second, third = slate("v1", anna), slate("v2", anna), slate("v2", ben)
    for trace, product, hours in (
        (first, "a", 2), (first, "b", 2), (first, "a", 1), (second, "a", 1), (third, "a", 1),
    ):  # fmt: skip
        did(anna, product, IMPRESSION, at=NOW - hours * HOUR, trace=trace)
    # Clicked twice, and in a later hour than it was seen; and clicked elsewhere.
    did(anna, "a", CLICK, at=NOW - HOUR, trace=first)
    did(anna, "a", CLICK, at=NOW, trace=first)
    did(anna, "c", CLICK, at=NOW, trace=second)
    did(anna, "a", CLICK, at=NOW)
    assert online_count(now=NOW + HOUR) == 2
    assert counted() == [("v1", 10, 2, 1), ("v2", 11, 2, 0)]


def test_other_shelves_strangers_and_lost_slates_do_not_count():
    products("a")
    anna = shopper()
    for trace in (slate("v1", anna, "similar"), slate("none", None)):
        did(anna, "a", IMPRESSION, at=NOW - HOUR, trace=trace)
    did(anna, "a", IMPRESSION, at=NOW - HOUR, trace=None)
    assert online_count(now=NOW) == 0


def test_counting_again_adds_what_came_late_and_nothing_twice():
    products("a")
    anna = shopper()
    trace = slate("v1", anna)
    did(anna, "a", IMPRESSION, at=NOW - 2 * HOUR, trace=trace)
    online_count(now=NOW)
    did(anna, "a", CLICK, at=NOW, trace=trace)
    online_count(now=NOW + HOUR / 2)
    online_count(now=NOW + HOUR / 2)
    assert counted() == [("v1", 10, 1, 1)]


def test_what_nobody_counted_for_days_is_made_good():
    products("ab")
    anna = shopper()
    clicks("v0", 1, 5, at=NOW - 5 * DAY)
    for product, age in (("a", 4 * DAY), ("b", HOUR)):
        did(anna, product, IMPRESSION, at=NOW - age, trace=slate("v1", anna))
    online_count(now=NOW)
    assert counted() == [("v0", 12, 5, 1), ("v1", 12, 1, 0), ("v1", 11, 1, 0)]


@pytest.fixture
def two(settings):
    """The version that served for a week and the one that serves since yesterday."""
    before, live = make(settings, "old"), make(settings, "new")
    for version, since in ((before, NOW - 7 * DAY), (live, NOW - DAY)):
        model_activate(version=version)
        version.decisions.filter(status="live").update(decided_at=since)
    return before, live


def test_a_fall_beyond_the_bound_goes_back_and_says_why(two):
    before, live = two
    clicks("old", 1_000, 10_000, at=NOW - 2 * DAY)
    clicks("new", 850, 10_000, at=NOW - HOUR)
    assert online_watch(now=NOW) == before
    live.refresh_from_db()
    assert (model_live(), live.status) == (before, "refused")
    assert live.decisions.last().figures == {
        "rate": 0.085, "rate_before": 0.1, "shown": 10_000, "clicked": 850,
        "shown_before": 10_000, "clicked_before": 1_000, "errors": 3.66, "matched": False,
    }  # fmt: skip
    alert = Alert.objects.get()
    assert alert.severity == Alert.Severity.SERIOUS
    assert alert_text(alert) == (
        "old serves again in the place of new: "
        "click-through 8.50 % against 10.00 % before, of 10,000 shown."
    )
    # It does not come back by itself, and there is nothing left to go back to.
    with pytest.raises(StatusError):
        model_activate(version=live)
    assert online_watch(now=NOW) is None
    assert model_live() == before


@pytest.mark.parametrize(
    ("clicked", "shown", "is_beyond"),
    [
        (90_000, 1_000_000, False),  # exactly a tenth less
        (89_999, 1_000_000, True),
        (100_000, 1_000_000, False),
        (120_000, 1_000_000, False),
        (0, 1_999, False),  # too few to tell
        (0, 2_000, True),
        (170, 2_000, False),  # 8.5 % for 10 %, which chance does, too
    ],
)
def test_exactly_where_it_begins(two, clicked, shown, is_beyond):
    _before, live = two
    clicks("old", 100_000, 1_000_000, at=NOW - 2 * DAY)
    clicks("new", clicked, shown, at=NOW - HOUR)
    assert (online_watch(now=NOW) is not None) == is_beyond
    assert (model_live() != live) == is_beyond


def test_too_little_was_shown_before(two):
    clicks("old", 1_999, 1_999, at=NOW - 2 * DAY)
    clicks("new", 0, 10_000, at=NOW - HOUR)
    assert online_watch(now=NOW) is None


def test_the_night_is_compared_with_nights(two):
    _before, live = two
    noon, night = NOW - 2 * DAY, NOW - 2 * DAY - 9 * HOUR
    clicks("old", 2_000, 10_000, at=noon)
    clicks("old", 500, 10_000, at=night)
    clicks("new", 500, 10_000, at=NOW - 9 * HOUR)
    assert online_watch(now=NOW) is None
    assert online_compare(now=NOW).fall.before == 0.05
    assert model_live() == live


def test_what_grew_from_the_live_version_counts_with_it_and_old_figures_do_not(settings, two):
    before, live = two
    grown = make(settings, "new2", live)
    grown.settings = {"kind": GROWTH, ROOT: "new"}
    grown.save()
    model_activate(version=grown)
    clicks("old", 1_000, 10_000, at=NOW - 2 * DAY)
    clicks("old", 0, 10_000, at=NOW - 40 * DAY)
    clicks("new", 300, 5_000, at=NOW - HOUR)
    clicks("new2", 500, 5_000, at=NOW - HOUR)
    clicks("new", 0, 10_000, at=NOW - 3 * DAY)
    found = online_compare(now=NOW)
    assert (found.before, found.shown.hits, found.shown.of) == (before, 800, 10_000)
    assert (found.shown_before.hits, found.shown_before.of) == (1_000, 10_000)
