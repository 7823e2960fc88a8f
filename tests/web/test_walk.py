"""The facts behind a place, on "why am I seeing this?"."""

from __future__ import annotations

import pytest
from django.test import Client

from kg.vocabulary import vocabulary_make
from recommender.contracts import Scenario
from tests.web.conftest import shopper_of, slate_shown
from tests.web.test_reasons import why


def slate_with_walk(anna: Client, *, told: bool) -> str:
    """A slate whose first place the graph explains by the brand of a known product.

    ``told``: by accepted facts rather than by the catalogue.
    """
    vocabulary_make()
    step = {"forward": True, "told": told, "name": "", "product": ""}
    path = [
        step | {"predicate": "", "key": "product:p0", "product": "p0"},
        step | {"predicate": "made_by", "key": "brand:Meadow", "name": "Meadow <b>"},
        step | {"predicate": "made_by", "forward": False, "key": "product:p5", "product": "p5"},
    ]
    return slate_shown(
        Scenario.HOME, ["p5", "p6"], shopper=shopper_of(anna),
        sources={"graph": 3.0, "content": 1.0},
        explanation={
            "template": "graph-path", "product": "p0", "because": "because-bought", "path": path,
        },
    )  # fmt: skip


@pytest.fixture
def walked(anna: Client) -> str:
    """The catalogue itself says the brand."""
    return slate_with_walk(anna, told=False)


def test_the_walk_is_told_step_by_step_and_nothing_in_a_name_is_markup(anna, walked):
    html = why(anna, walked)
    assert "Also by Meadow &lt;b&gt;, like Oat milk, 1 litre" in html
    walk = html.partition('<ol class="walk"')[2].partition("</ol>")[0]
    places = [
        "You",
        "bought",
        "Oat milk, 1 litre",
        "made by",
        "Meadow &lt;b&gt;",
        "makes",
        "Wheat bread",
    ]
    assert [walk.index(word) for word in places] == sorted(walk.index(word) for word in places)
    assert walk.count("<li ") == 4
    assert "what they have in common, and what goes together" in html


def test_a_deed_alone_is_a_way_of_three_places(anna: Client):
    trace = slate_shown(
        Scenario.HOME, ["p5"], shopper=shopper_of(anna),
        explanation={"template": "because-viewed", "product": "p0"},
    )  # fmt: skip
    walk = why(anna, trace).partition('<ol class="walk"')[2].partition("</ol>")[0]
    places = ["You", "looked at", "Oat milk, 1 litre", "led to", "Wheat bread"]
    assert [walk.index(word) for word in places] == sorted(walk.index(word) for word in places)


def test_a_way_over_a_fact_that_was_taken_back_is_not_shown(anna: Client):
    html = why(anna, slate_with_walk(anna, told=True))
    assert "Meadow" not in html.partition("why__sentence")[2].partition("What counted")[0]
    assert "Because you bought Oat milk, 1 litre" in html


def test_where_nothing_was_walked_there_is_no_list(anna: Client):
    trace = slate_shown(Scenario.HOME, ["p5"], shopper=shopper_of(anna))
    assert "walk" not in why(anna, trace)
