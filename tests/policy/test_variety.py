"""No kind of product fills a page."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from recommender.policy.variety import OF_A_KIND, PAGE, spread


def test_the_third_of_a_kind_waits_for_the_next_page():
    kinds = ["bar"] * 4 + list("abcdefghijk") + ["bar"]

    order, late = spread(kinds)

    # Two bars and ten others; then the two bars that waited, the last of the others. A page of
    # its own is left for the fifth bar.
    assert order == [0, 1, *range(4, 14), 2, 3, 14, 15]
    assert late == {2, 3, 15}


def test_what_is_of_no_known_kind_is_not_held_back():
    assert spread([""] * 5) == ([0, 1, 2, 3, 4], frozenset())


def test_a_single_kind_is_shown_all_the_same():
    order, late = spread(["soup"] * 5)

    assert order == [0, 1, 2, 3, 4]
    assert late == {2, 3, 4}


@given(st.lists(st.sampled_from(["", *"abcdefghijklmnop"]), max_size=60))
def test_nothing_is_lost_and_each_kind_keeps_its_order(kinds: list[str]):
    order, late = spread(kinds)

    assert sorted(order) == list(range(len(kinds)))
    for kind in set(kinds):
        places = [place for place in order if kinds[place] == kind]
        assert places == sorted(places)
    first = Counter(kinds[place] for place in order[:PAGE] if kinds[place])
    if len(kinds) - len(late) >= PAGE:
        assert max(first.values(), default=0) <= OF_A_KIND
