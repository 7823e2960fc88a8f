"""Rewards: exact values, their bounds, and which of two answers is worth more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.contracts import EventType
from recommender.feedback.rewards import (
    SKIPPED,
    WORDS,
    Answer,
    answers_reward,
    event_reward,
    lessened,
    slate_rewards,
    view_reward,
)

VALUES = st.none() | st.floats(allow_nan=False)
ANSWERS = st.lists(st.builds(Answer, st.sampled_from(list(EventType)), VALUES), max_size=8)


@pytest.mark.parametrize(
    ("kind", "value", "reward"),
    [
        ("purchase", 3, 1.0),
        ("like", None, 1.0),
        ("cart", 1, 0.6),
        ("click", None, 0.3),
        ("view", None, 0.2),
        ("view", 40, 0.2),
        ("view", 60, 0.25),
        ("view", 540, 0.45),
        ("view", 0, 0.0),
        ("view", -5, 0.0),
        ("impression", None, 0.0),
        ("search", None, 0.0),
        ("hide", None, -0.8),
        ("dislike", None, -1.0),
        ("rating", 5, 1.0),
        ("rating", 3, 0.0),
        ("rating", 2, -0.5),
        ("review", 1, -1.0),
        ("review", None, 0.0),
    ],
)
def test_the_reward_of_each_event(kind, value, reward):
    assert event_reward(EventType(kind), value) == pytest.approx(reward)


@given(st.sampled_from(list(EventType)), VALUES)
def test_rewards_lie_between_minus_one_and_one(kind, value):
    assert -1.0 <= event_reward(kind, value) <= 1.0


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_longer_view_is_worth_no_less_and_never_as_much_as_a_cart(one, other):
    short, long = sorted((one, other))
    assert view_reward(short) <= view_reward(long) <= 0.5 < event_reward(EventType.CART)


@given(st.floats(1, 5), st.floats(1, 5))
def test_more_stars_are_worth_no_less(one, other):
    few, many = sorted((one, other))
    assert event_reward(EventType.RATING, few) <= event_reward(EventType.RATING, many)


@given(ANSWERS)
def test_answers_together_stay_within_bounds_and_a_skip_never_reaches_a_rejection(answers):
    together = answers_reward(answers)
    assert -1.0 <= together <= 1.0
    for kind in (EventType.DISLIKE, EventType.HIDE):
        rejected = answers_reward([*answers, Answer(kind)])
        assert rejected == event_reward(kind)
        assert abs(SKIPPED) < abs(rejected)


@given(ANSWERS, st.floats(0, 3600))
def test_a_deed_more_never_lessens_what_was_no_word(answers, seconds):
    deeds = [a for a in answers if a.type not in WORDS]
    carted = answers_reward([*deeds, Answer(EventType.CART, 1)])
    assert carted == max(answers_reward(deeds), 0.6)
    assert answers_reward([*deeds, Answer(EventType.VIEW, seconds)]) >= view_reward(seconds)


def test_a_click_is_worth_what_the_view_after_it_shows():
    clicked = [Answer(EventType.CLICK), Answer(EventType.VIEW)]
    assert answers_reward(clicked) == pytest.approx(0.3)
    assert answers_reward([Answer(EventType.CLICK), Answer(EventType.VIEW, 2)]) < 0.02
    assert answers_reward([Answer(EventType.CLICK), Answer(EventType.VIEW, 240)]) == 0.4


def test_the_newest_word_counts():
    bought, like, dislike = map(Answer, (EventType.PURCHASE, EventType.LIKE, EventType.DISLIKE))
    assert answers_reward([bought, dislike]) == -1.0
    assert answers_reward([dislike, like]) == 1.0
    assert answers_reward([bought, Answer(EventType.REVIEW, 2)]) == -0.5


def test_what_stood_above_what_was_taken_and_was_left_alone_was_skipped():
    shown = ["a", "b", "c", "d"]
    taken = {"c": [Answer(EventType.CART)], "b": [Answer(EventType.HIDE)]}
    assert slate_rewards(shown, taken) == {"a": SKIPPED, "b": -0.8, "c": 0.6, "d": 0.0}
    assert slate_rewards(shown, {}) == dict.fromkeys("abcd", 0.0)


@given(st.floats(0, 1), st.floats(-1, 1))
def test_a_word_against_a_product_lessens_what_was_done_before_and_never_adds(weight, reward):
    left = lessened(weight, reward)
    assert 0 <= left <= weight
    assert lessened(weight, -1.0) == 0
    assert (left == weight) or reward < 0
