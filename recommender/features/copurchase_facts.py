"""Co-purchase facts as an earlier log would have shown them.

The record's ``bought_with`` facts are drawn from the whole log. Whoever judges a model by
interactions that are held back needs the facts as they were without those, or the answer is in
the graph already.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from kg.copurchases import PREDICATE, SUPPORT, copurchases_find
from kg.entities import product_key
from recommender.contracts import InteractionLog, ItemTable, TripleTable

DAY = 86_400
#: Interactions as strong as a purchase; the log does not say what else they were.
PURCHASE = 1.0


def facts_as_of(
    facts: TripleTable, log: InteractionLog, items: ItemTable, *, support: int = SUPPORT
) -> TripleTable:
    """The facts with ``bought_with`` drawn from this log alone, by the rule of the record."""
    kept = np.array([name != PREDICATE for name in facts.predicates], bool)[facts.relations]
    pairs = copurchases_find(_baskets(log), support=support)
    entities, names, products = list(facts.entities), list(facts.names), list(facts.products)
    places = {product: place for place, product in enumerate(products) if product}

    def place(item: int) -> int:
        product = items.ids[item]
        if product not in places:
            places[product] = len(entities)
            entities.append(product_key(product))
            names.append(product)
            products.append(product)
        return places[product]

    first = [place(pair.first) for pair in pairs]
    second = [place(pair.second) for pair in pairs]
    predicates = list(dict.fromkeys((*facts.predicates, PREDICATE)))
    relation = np.full(len(pairs), predicates.index(PREDICATE), np.int32)
    confidence = np.array([pair.confidence for pair in pairs], np.float32)
    return TripleTable(
        entities=tuple(entities),
        names=tuple(names),
        products=tuple(products),
        predicates=tuple(predicates),
        subjects=np.concatenate([facts.subjects[kept], np.array(first, np.int32)]),
        relations=np.concatenate([facts.relations[kept], relation]),
        objects=np.concatenate([facts.objects[kept], np.array(second, np.int32)]),
        confidences=np.concatenate([facts.confidences[kept], confidence]),
    )


def _baskets(log: InteractionLog) -> list[tuple[int, ...]]:
    """Distinct items of each shopper and day (UTC)."""
    bought = log.weights >= PURCHASE
    baskets: dict[tuple[int, int], set[int]] = defaultdict(set)
    for shopper, day, item in zip(
        log.shoppers[bought].tolist(),
        (log.times[bought] // DAY).tolist(),
        log.items[bought].tolist(),
        strict=True,
    ):
        baskets[shopper, day].add(item)
    return [tuple(sorted(basket)) for basket in baskets.values()]
