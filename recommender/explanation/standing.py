"""Whether the facts that an explanation would tell are still accepted."""

from __future__ import annotations

from collections.abc import Collection

from kg.entities import product_key
from kg.models import Fact
from recommender.explanation.walks import FactKey

_PRODUCT = "product:"


def facts_standing(facts: Collection[FactKey]) -> set[FactKey]:
    """Those of the facts that are accepted now, in one query."""
    stored = {fact: (_stored(fact[0]), fact[1], _stored(fact[2])) for fact in facts}
    accepted = set(
        Fact.objects.filter(
            status=Fact.Status.ACCEPTED,
            subject__key__in={subject for subject, _, _ in stored.values()},
            object__key__in={object for _, _, object in stored.values()},
        )
        .order_by()
        .values_list("subject__key", "predicate__key", "object__key")
    )
    return {fact for fact, keys in stored.items() if keys in accepted}


def _stored(key: str) -> str:
    """The key as the record has it: a product's is made of its external id."""
    return product_key(key[len(_PRODUCT) :]) if key.startswith(_PRODUCT) else key
