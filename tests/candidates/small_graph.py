"""A graph that fits on a page: six items, two brands, one use."""

import numpy as np

from recommender.contracts import ItemTable, TripleTable

#: comb and brush by Ada, soap and cream by Bea; comb goes with brush; soap and brush clean.
ITEMS = ("comb", "brush", "soap", "cream", "towel", "lamp")
ENTITIES = ("brand:Ada", "brand:Bea", "use:cleaning")
PREDICATES = ("made_by", "complements", "used_for", "substitutes")
FACTS = (
    ("comb", "made_by", "brand:Ada", 1.0),
    ("brush", "made_by", "brand:Ada", 1.0),
    ("soap", "made_by", "brand:Bea", 1.0),
    ("cream", "made_by", "brand:Bea", 1.0),
    ("comb", "complements", "brush", 0.5),
    ("brush", "used_for", "use:cleaning", 1.0),
    ("soap", "used_for", "use:cleaning", 0.8),
    ("soap", "substitutes", "cream", 0.9),
)


def make_items(ids=ITEMS, brands=None, groups=None):
    nothing = ("",) * len(ids)
    return ItemTable(
        tuple(ids),
        tuple(ids),
        brands or nothing,
        groups or nothing,
        np.zeros((len(ids), 0), np.float32),
    )


def make_facts(facts=FACTS):
    keys = [f"product:{item}" for item in ITEMS] + list(ENTITIES)
    places = {key: place for place, key in enumerate(keys)}

    def place(name):
        return places.get(name, places.get(f"product:{name}"))

    return TripleTable(
        tuple(keys),
        tuple(key.partition(":")[2] for key in keys),
        ITEMS + ("",) * len(ENTITIES),
        PREDICATES,
        np.array([place(subject) for subject, _, _, _ in facts], np.int32),
        np.array([PREDICATES.index(predicate) for _, predicate, _, _ in facts], np.int32),
        np.array([place(object) for _, _, object, _ in facts], np.int32),
        np.array([confidence for _, _, _, confidence in facts], np.float32),
    )
