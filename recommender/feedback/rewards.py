"""What each thing a shopper does says of what they were shown, as a reward from -1 to 1.

A weight (``features.shopper_state.event_weight``) says how much a deed tells about a shopper's
interest and is never below zero; a reward says how well it went and may be. Where both speak in
favour they are the same number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from recommender.contracts import EVENT_WEIGHTS, REJECTIONS, EventType

#: Rewards of events whose value changes nothing.
REWARDS: Mapping[EventType, float] = {
    EventType.CLICK: EVENT_WEIGHTS[EventType.CLICK],
    EventType.CART: EVENT_WEIGHTS[EventType.CART],
    EventType.PURCHASE: EVENT_WEIGHTS[EventType.PURCHASE],
    EventType.LIKE: EVENT_WEIGHTS[EventType.LIKE],
    EventType.HIDE: -0.8,
    EventType.DISLIKE: -1.0,
    # Being shown something is no answer, and words that are searched for are about no product.
    EventType.IMPRESSION: 0.0,
    EventType.SEARCH: 0.0,
}
#: A product that stood above one that was taken, was in view and was left alone.
SKIPPED = -0.1
#: A shopper asked to be reminded of a product no more, or to see fewer of its kind.
FORGET, FEWER = -0.5, -0.3
#: A view of this many seconds is worth half of the most that a view can be worth.
HALF_SECONDS = 60.0
VIEW_MOST = 0.5
#: Words that a shopper says of a product on purpose; of several the newest counts.
WORDS = REJECTIONS | {EventType.LIKE, EventType.RATING, EventType.REVIEW}


@dataclass(frozen=True, slots=True)
class Answer:
    """Something a shopper did about one product, in the order of time."""

    type: EventType
    value: float | None = None


def view_reward(seconds: float | None) -> float:
    """What a view is worth, 0 to 0.5: the longer the more, and ever less so.

    A view whose length nobody measured counts as one of forty seconds.
    """
    if seconds is None:
        return EVENT_WEIGHTS[EventType.VIEW]
    seconds = max(0.0, seconds)
    return VIEW_MOST * seconds / (seconds + HALF_SECONDS)


def stars_reward(stars: float) -> float:
    """One star -1, three 0, five 1."""
    return max(-1.0, min(1.0, (stars - 3.0) / 2.0))


def event_reward(type: EventType, value: float | None = None) -> float:
    """The reward of one event by itself, -1 to 1.

    ``value`` is what the event log keeps: seconds of a view, stars of a rating or a review.
    """
    if type is EventType.VIEW:
        return view_reward(value)
    if type in (EventType.RATING, EventType.REVIEW):
        return 0.0 if value is None else stars_reward(value)
    return REWARDS.get(type, 0.0)


def answers_reward(answers: Iterable[Answer]) -> float:
    """What all that a shopper did about one product is worth together, -1 to 1.

    The newest word counts for all where it speaks against the product; otherwise the strongest
    deed does. A click by itself only says that the card looked good: where the length of a view is
    known, it says what the click was worth.
    """
    word, strongest, click, longest = 0.0, 0.0, False, None
    for answer in answers:
        if answer.type in WORDS:
            word = event_reward(answer.type, answer.value)
        elif answer.type is EventType.CLICK:
            click = True
        elif answer.type is EventType.VIEW and answer.value is not None:
            longest = max(longest or 0.0, answer.value)
        else:
            strongest = max(strongest, event_reward(answer.type, answer.value))
    if word < 0:
        return word
    if longest is not None:
        strongest = max(strongest, view_reward(longest))
    elif click:
        strongest = max(strongest, REWARDS[EventType.CLICK])
    return max(word, strongest)


def slate_rewards(
    in_view: Sequence[str], answers: Mapping[str, Iterable[Answer]]
) -> dict[str, float]:
    """The reward of each product of a slate that was in view, by external id.

    ``in_view`` are the products in the order of their places; ``answers`` what the shopper did
    about a product afterwards. What stands above the last taken product and got no answer was
    skipped; below it nobody knows whether it was looked at.
    """
    given = [(product, list(answers.get(product, ()))) for product in in_view]
    rewards = {product: answers_reward(done) for product, done in given}
    last = max((at for at, product in enumerate(in_view) if rewards[product] > 0), default=0)
    for product, done in given[:last]:
        if not done:
            rewards[product] = SKIPPED
    return rewards


def lessened(weight: float, reward: float) -> float:
    """What is left of an earlier deed's weight after a word: nothing after a dislike."""
    return weight * (1.0 + min(0.0, max(-1.0, reward)))
