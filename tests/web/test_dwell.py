"""How long a product's page was looked at, as the page tells it."""

from __future__ import annotations

import re

import pytest

from recommender.events.models import Event


def view_of(client, path="/products/p4/") -> str:
    found = re.search(r'data-view="([0-9a-f]{32})"', client.get(path).content.decode())
    return found[1] if found else ""


def tell(client, view, seconds):
    return client.post("/dwell/", {"view": view, "seconds": seconds}).status_code


def seconds_of(view: str) -> float | None:
    return Event.objects.get(client_id=view).value


def test_the_longest_report_counts_and_one_view_stays_one_event(agreed):
    view = view_of(agreed)
    assert seconds_of(view) is None
    for told, kept in (("12.34", 12.3), ("40", 40.0), ("15", 40.0), ("99999", 1800.0)):
        assert tell(agreed, view, told) == 204
        assert seconds_of(view) == kept
    assert Event.objects.filter(type="view").count() == 1


@pytest.mark.parametrize("seconds", ["", "soon", "-1", "nan", "inf"])
def test_seconds_that_are_none_are_refused(agreed, seconds):
    view = view_of(agreed)
    assert tell(agreed, view, seconds) == 400
    assert seconds_of(view) is None


def test_only_ones_own_view_can_be_told_and_nothing_without_consent(agreed, stranger, anna):
    view = view_of(agreed)
    assert tell(agreed, "x" * 32, "5") == 400
    assert tell(agreed, "0" * 32, "5") == 404
    assert tell(anna, view, "5") == 404
    assert tell(stranger, view, "5") == 204
    assert seconds_of(view) is None
    assert view_of(stranger) == ""
