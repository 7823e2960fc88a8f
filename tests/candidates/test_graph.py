import dataclasses

import numpy as np
import pytest

from recommender.candidates.fact_edges import fact_edges
from recommender.candidates.graph import Graph, walk_weights
from recommender.contracts import FactSource, History, InteractionLog, TripleTable
from tests.candidates.small_graph import ENTITIES, FACTS, ITEMS, make_facts, make_items

NOTHING = InteractionLog(
    np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32),
    np.zeros(0, np.int64), 0, len(ITEMS),
)  # fmt: skip


def fitted(facts=None, items=None, **settings):
    graph = Graph(**settings)
    graph.take_facts(facts if facts is not None else make_facts())
    graph.fit(NOTHING, items or make_items())
    return graph


def dense_transitions(weights, damping):
    """P of the small graph, written from the definition with plain loops."""
    names = [*ITEMS, *ENTITIES]
    degree = {name: sum(name in (s, o) for s, _, o, _ in FACTS) for name in names}
    matrix = np.zeros((len(names), len(names)))
    for subject, predicate, object, confidence in FACTS:
        one, two = names.index(subject), names.index(object)
        value = weights.get(predicate, 1.0) * confidence
        value *= (degree[subject] * degree[object]) ** -damping
        matrix[one, two] += value
        matrix[two, one] += value
    sums = matrix.sum(axis=1, keepdims=True)
    return matrix / np.where(sums > 0, sums, 1.0)


@pytest.mark.parametrize("damping", [0.0, 0.3])
@pytest.mark.parametrize("start", range(len(ITEMS)))
def test_long_walks_are_the_pagerank_that_a_dense_solve_gives(start, damping):
    weights, follow = {"made_by": 0.3, "complements": 2.0}, 0.6
    graph = fitted(predicate_weights=weights, follow=follow, hub_damping=damping, steps=60)
    transitions = dense_transitions(weights, damping)
    restart = np.zeros(len(transitions))
    restart[start] = 1.0
    expected = np.linalg.solve(
        (np.eye(len(transitions)) - follow * transitions).T, (1 - follow) * restart
    )
    expected = expected[: len(ITEMS)]
    # Of one item alone nothing speaks for itself: what it has are its own walks coming back.
    assert graph.returns[start] == pytest.approx(expected[start] - (1 - follow), abs=1e-6)
    expected[start] = 0.0
    np.testing.assert_allclose(graph.score([History.of([start])])[0], expected, atol=1e-6)


def test_walks_of_two_steps_by_hand():
    """comb → Ada → brush, and comb → brush: made_by counts 1, complements .5 of confidence."""
    graph = fitted(predicate_weights={}, follow=0.5, hub_damping=0.0, steps=2, history_decay=1.0)
    scores = graph.score([History.of([0])])[0]
    # From comb: Ada with 1 / 1.5, brush with .5 / 1.5; from Ada half to brush.
    assert scores[1] == pytest.approx(0.5 * (0.5 * (1 / 3) + 0.25 * (2 / 3) * 0.5))
    # From brush (Ada 1, comb .5, cleaning 1) nothing else is reached in two steps.
    assert np.flatnonzero(scores).tolist() == [1]


def test_an_item_of_the_history_is_scored_by_the_rest_of_it():
    graph = fitted(steps=4, history_decay=1.0)
    both = graph.score([History.of([0, 1])])[0]
    comb, brush = graph.score([History.of([0]), History.of([1])])
    np.testing.assert_allclose(both, comb + brush, rtol=1e-5)
    assert both[0] == pytest.approx(brush[0], rel=1e-5)


def test_a_sure_fact_leads_further_than_a_doubtful_one():
    sure = [*FACTS[:4], ("comb", "complements", "soap", 0.9), ("comb", "complements", "cream", 0.1)]
    scores = fitted(make_facts(sure), steps=1).score([History.of([0])])[0]
    assert scores[2] > 5 * scores[3] > 0


def test_a_predicate_without_weight_is_not_walked():
    graph = fitted(predicate_weights={"made_by": 0.0, "used_for": 0.0, "substitutes": 0.0})
    assert np.flatnonzero(graph.score([History.of([0])])[0]).tolist() == [1]


def test_without_facts_brand_and_group_give_the_edges():
    items = make_items(
        brands=("Ada", "Ada", "", "", "Bea", ""), groups=("hair", "", "hair", "", "", "light")
    )
    graph = fitted(TripleTable.empty(), items)
    assert np.flatnonzero(graph.score([History.of([0])])[0]).tolist() == [1, 2]
    assert graph.edges.keys == ("brand:Ada", "brand:Bea", "category:hair", "category:light")
    assert not graph.edges.told.any()


def test_a_told_brand_stands_above_the_tables_and_a_new_item_joins_by_the_tables():
    items = make_items((*ITEMS, "mirror"), brands=("Bea", "", "", "", "", "", "Ada"))
    graph = fitted(make_facts(), items)
    # The fact says that Ada makes the comb; the table's Bea is not added to it.
    scores = graph.score([History.of([6])])[0]
    assert scores[0] > 0
    assert scores[1] > 0
    made_by = graph.edges.predicates.index("made_by")
    mine = (graph.edges.subjects == 0) & (graph.edges.relations == made_by)
    assert mine.sum() == 1
    assert graph.edges.told[mine].all()


def test_facts_outlive_a_save_and_serve_an_update_with_new_items(tmp_path):
    fitted().save(tmp_path)
    again = Graph.load(tmp_path)
    grown = make_items((*ITEMS, "mirror"), brands=("", "", "", "", "", "", "Ada"))
    again.update(NOTHING, grown)
    expected = fitted(items=grown).score([History.of([0, 6])])
    np.testing.assert_array_equal(again.score([History.of([0, 6])]), expected)
    assert isinstance(again, FactSource)


def test_a_saved_graph_still_knows_the_facts_behind_its_scores(tmp_path):
    graph = fitted()
    graph.save(tmp_path)
    assert Graph.load(tmp_path).index.path(0, 2) == graph.index.path(0, 2) != ()


@pytest.mark.parametrize(
    "change",
    [
        {"objects": np.array([99] * len(FACTS), np.int32)},
        {"relations": np.array([-1] * len(FACTS), np.int32)},
        {"confidences": np.full(len(FACTS), 1.5, np.float32)},
        {"confidences": np.full(len(FACTS), np.nan, np.float32)},
        {"subjects": np.zeros(1, np.int32)},
        {"names": ("one",)},
    ],
)
def test_a_table_that_contradicts_itself_is_refused(change):
    with pytest.raises(ValueError, match="triple"):
        dataclasses.replace(make_facts(), **change)


def test_a_step_to_a_quantity_counts_a_tenth():
    keys = ("product:comb", "product:soap", "attribute:size=2 kg", "attribute:scent=lime")
    told = TripleTable(
        keys, keys, ("comb", "soap", "", ""), ("has_attribute",), np.zeros(2, np.int32),
        np.zeros(2, np.int32), np.array([2, 3], np.int32), np.ones(2, np.float32),
    )  # fmt: skip
    edges = fact_edges(make_items(), told)
    weights = walk_weights(edges, {}, 0.0)
    size, scent = (len(ITEMS) + edges.keys.index(key) for key in keys[2:])
    assert weights[0, size] == pytest.approx(0.1)
    assert weights[0, scent] == pytest.approx(1.0)
