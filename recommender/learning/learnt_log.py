"""What a model has learnt, by external id."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.contracts import InteractionLog


@dataclass(frozen=True, slots=True)
class LearntLog:
    """The interactions that a model has learnt; ``shoppers`` names their shoppers.

    An erased shopper leaves an empty place without a name.
    """

    shoppers: tuple[str, ...]
    log: InteractionLog

    def __post_init__(self) -> None:
        if len(self.shoppers) != self.log.n_shoppers:
            raise ValueError("a learnt log needs one name per shopper")
