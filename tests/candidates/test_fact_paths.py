from dataclasses import replace

import numpy as np

from recommender.candidates.fact_edges import fact_edges
from recommender.candidates.fact_paths import FactIndex, Step
from recommender.contracts import TripleTable
from tests.candidates.small_graph import ENTITIES, FACTS, ITEMS, make_facts, make_items

ADA, BEA, CLEANING = range(len(ITEMS), len(ITEMS) + len(ENTITIES))
COMB, BRUSH, SOAP, CREAM, TOWEL, LAMP = range(len(ITEMS))


def index(facts=FACTS, weights=None):
    return FactIndex(fact_edges(make_items(), make_facts(facts)), weights or {})


def test_one_fact_is_told_rather_than_two():
    assert index().path(COMB, BRUSH) == (Step("complements", True, BRUSH, True),)
    assert index().path(BRUSH, COMB) == (Step("complements", False, COMB, True),)


def test_two_facts_meet_in_what_both_have():
    assert index().path(BRUSH, SOAP) == (
        Step("used_for", True, CLEANING, True),
        Step("used_for", False, SOAP, True),
    )


def test_of_two_middles_the_one_that_joins_fewer_is_told():
    facts = (
        ("towel", "made_by", "brand:Ada", 1.0),
        ("lamp", "made_by", "brand:Ada", 1.0),
        ("comb", "made_by", "brand:Ada", 1.0),
        ("towel", "used_for", "use:cleaning", 1.0),
        ("lamp", "used_for", "use:cleaning", 1.0),
    )
    assert [step.node for step in index(facts).path(TOWEL, LAMP)] == [CLEANING, LAMP]
    # Unless its predicate counts for less.
    weak = index(facts, {"used_for": 0.1})
    assert [step.node for step in weak.path(TOWEL, LAMP)] == [ADA, LAMP]


def test_three_facts_go_by_way_of_another_item():
    path = index().path(COMB, SOAP)
    assert [(step.predicate, step.node) for step in path] == [
        ("complements", BRUSH),
        ("used_for", CLEANING),
        ("used_for", SOAP),
    ]


def test_what_is_not_joined_has_no_path():
    assert index().path(COMB, LAMP) == ()
    assert index().path(COMB, COMB) == ()
    assert FactIndex(fact_edges(make_items(), TripleTable.empty()), {}).path(COMB, BRUSH) == ()


def test_a_product_that_is_not_offered_is_no_middle():
    facts = (("towel", "complements", "lamp", 1.0), ("lamp", "complements", "soap", 1.0))
    without_lamp = make_items(ITEMS[:5])
    edges = fact_edges(without_lamp, make_facts(facts))
    assert FactIndex(edges, {}).path(TOWEL, SOAP) == ()


def test_linked_sums_the_named_facts_between_items_alone():
    linked = index().linked(SOAP, {"substitutes": 2.0, "made_by": 5.0})
    np.testing.assert_allclose(linked, [0, 0, 0, 1.8, 0, 0], rtol=1e-6)
    np.testing.assert_allclose(index().linked(CREAM, {"substitutes": 1.0})[SOAP], 0.9)
    assert not index().linked(LAMP, {"substitutes": 1.0}).any()


def of_one_size():
    """Comb and soap are of one size and one use; the size is the rarer."""
    items = make_items()
    entities = ("product:comb", "product:soap", "attribute:size=18.8 oz", "attribute:scent=lime")
    column = np.array([0, 1, 0, 1], np.int32)
    facts = TripleTable(
        entities, entities, ("comb", "soap", "", ""), ("has_attribute",), column,
        np.zeros(4, np.int32), np.array([2, 2, 3, 3], np.int32), np.ones(4, np.float32),
    )  # fmt: skip
    return items, facts


def test_a_common_size_is_no_reason():
    items, facts = of_one_size()
    edges = fact_edges(items, facts)
    assert np.flatnonzero(edges.measures()).tolist() == [len(ITEMS)]
    (_first, second) = FactIndex(edges, {}).path(COMB, SOAP)
    assert second.node == SOAP
    scent = edges.keys.index("attribute:scent=lime") + len(ITEMS)
    assert [step.node for step in FactIndex(edges, {}).path(COMB, SOAP)] == [scent, SOAP]
    without_scent = replace(
        facts,
        subjects=facts.subjects[:2],
        relations=facts.relations[:2],
        objects=facts.objects[:2],
        confidences=facts.confidences[:2],
    )
    assert FactIndex(fact_edges(items, without_scent), {}).path(COMB, SOAP) == ()
