"""The one contract of a knowledge graph, held by both backends; Neo4j for real."""

from __future__ import annotations

import numpy as np
import pytest

from kg.backends import graph, neo4j_graph, relational_graph
from kg.backends.walks import HUB_DEGREE
from kg.models import Entity, Fact, Predicate
from kg.projection import rebuild
from kg.protocol import Edge, GraphPath, KnowledgeGraph, Node
from kg.vocabulary import vocabulary_make

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]

#: Names that would end a statement, were statements put together from names.
HOSTILE = "'}) DETACH DELETE e //\" `x` \\u0027 <b>"


def entity(key: str, name: str = "") -> Entity:
    made, _ = Entity.objects.get_or_create(
        key=key, defaults={"kind": key.split(":")[0], "name": name or key.split(":", 1)[1]}
    )
    return made


def fact(subject: str, predicate: str, object: str, confidence: float = 1.0, **more) -> None:
    Fact.objects.create(
        subject=entity(subject),
        predicate=Predicate.objects.get(key=predicate),
        object=entity(object),
        confidence=confidence,
        **{"source": "import", "status": "accepted", **more},
    )


@pytest.fixture
def shelf() -> None:
    """Two coffees of one brand, a mug that goes with one, tea apart from all."""
    vocabulary_make()
    fact("product:coffee", "made_by", "brand:harbour")
    fact("product:espresso", "made_by", "brand:harbour")
    fact("product:coffee", "complements", "product:mug", 0.8)
    fact("product:coffee", "in_category", "category:drinks", 0.5)
    fact("product:tea", "in_category", "category:drinks")
    fact("product:tea", "complements", "product:pot", status="proposed")


@pytest.fixture(params=["relational", "neo4j"])
def ask(request, transactional_db):
    """Gives the backend over whatever facts are in the record at that moment."""
    if request.param == "relational":
        return relational_graph
    request.getfixturevalue("neo4j_server")

    def projected() -> KnowledgeGraph:
        rebuild()
        return neo4j_graph()

    return projected


def test_neighbours_come_nearest_first_with_the_facts_among_them(ask, shelf):
    one = ask().neighbours("product:coffee")
    assert [node.key for node in one.nodes] == [
        "product:coffee", "brand:harbour", "category:drinks", "product:mug",
    ]  # fmt: skip
    assert one.nodes[1] == Node("brand:harbour", "brand", "harbour")
    assert one.edges == (
        Edge("product:coffee", "complements", "product:mug", 0.8),
        Edge("product:coffee", "in_category", "category:drinks", 0.5),
        Edge("product:coffee", "made_by", "brand:harbour", 1.0),
    )
    assert not one.truncated
    two = ask().neighbours("product:coffee", hops=2)
    assert [node.key for node in two.nodes][4:] == ["product:espresso", "product:tea"]


def test_a_limit_cuts_the_farthest_and_says_so(ask, shelf):
    found = ask().neighbours("product:coffee", hops=2, limit=2)
    assert [n.key for n in found.nodes] == ["product:coffee", "brand:harbour", "category:drinks"]
    assert found.truncated


def test_predicates_narrow_the_walk(ask, shelf):
    found = ask().neighbours("product:coffee", hops=2, predicates=["made_by"])
    assert [n.key for n in found.nodes] == [
        "product:coffee", "brand:harbour", "product:espresso",
    ]  # fmt: skip
    assert [n.key for n in ask().neighbours("product:tea", predicates=["nonsense"]).nodes] == [
        "product:tea"
    ]


def test_what_is_not_accepted_is_not_in_the_graph(ask, shelf):
    assert "product:pot" not in [n.key for n in ask().neighbours("product:tea", hops=3).nodes]


def test_an_unknown_entity_and_too_wide_a_question_are_refused(ask, shelf):
    with pytest.raises(KeyError):
        ask().neighbours("product:nothing")
    with pytest.raises(ValueError, match="wide"):
        ask().neighbours("product:coffee", hops=9)
    with pytest.raises(ValueError, match="long"):
        ask().paths(["product:coffee"], "product:tea", hops=9)


def test_paths_are_shortest_first_then_surest(ask, shelf):
    assert ask().paths(["product:coffee"], "product:mug") == [
        GraphPath(
            ("product:coffee", "product:mug"),
            (Edge("product:coffee", "complements", "product:mug", 0.8),),
        )
    ]
    to_tea = ask().paths(["product:espresso", "product:coffee"], "product:tea")
    assert [path.keys for path in to_tea] == [("product:coffee", "category:drinks", "product:tea")]
    assert to_tea[0].confidence == 0.5
    to_mug = ask().paths(["product:espresso"], "product:mug", hops=3)
    assert [path.keys for path in to_mug] == [
        ("product:espresso", "brand:harbour", "product:coffee", "product:mug")
    ]
    assert ask().paths(["product:espresso"], "product:mug", hops=2) == []
    assert ask().paths([], "product:mug") == ask().paths(["nobody"], "product:mug") == []


def test_related_sums_walks_and_divides_by_the_degree_in_between(ask, shelf):
    # mug directly: 0.8. espresso through a brand of degree 2: 1/2. tea: 0.5 / 2.
    assert ask().related({"product:coffee": 1.0}) == [
        ("product:mug", 0.8),
        ("product:espresso", 0.5),
        ("product:tea", 0.25),
    ]
    assert ask().related({"product:coffee": 2.0}, limit=1) == [("product:mug", 1.6)]
    assert ask().related({"product:coffee": 1.0}, kind="brand") == [("brand:harbour", 1.0)]
    assert ask().related({}) == ask().related({"nobody": 1.0}) == []


def test_triples_are_all_there_and_in_order(ask, shelf):
    edges = list(ask().triples())
    assert edges == sorted(edges)
    assert len(edges) == 5
    assert [e.object for e in ask().triples(predicates=["made_by"])] == ["brand:harbour"] * 2


def test_a_hub_is_shown_but_not_walked_through(ask, shelf):
    drinks, predicate = entity("category:drinks"), Predicate.objects.get(key="in_category")
    crowd = Entity.objects.bulk_create(
        Entity(key=f"product:x{n:04d}", kind="product", name="x") for n in range(HUB_DEGREE)
    )
    Fact.objects.bulk_create(
        Fact(subject=s, predicate=predicate, object=drinks, source="import", status="accepted")
        for s in crowd
    )
    found = ask().neighbours("product:coffee", hops=2)
    assert "category:drinks" in [n.key for n in found.nodes]
    assert "product:tea" not in [n.key for n in found.nodes]
    assert ask().paths(["product:coffee"], "product:tea") == []
    assert [k for k, _ in ask().related({"product:coffee": 1.0})] == [
        "product:mug", "product:espresso",
    ]  # fmt: skip


def test_hostile_names_are_only_names(ask, shelf):
    key = f"product:{HOSTILE}"
    entity(key, HOSTILE)
    fact(key, "complements", "product:mug")
    backend = ask()
    found = backend.neighbours(key)
    assert found.nodes[0] == Node(key, "product", HOSTILE)
    assert backend.paths([key], "product:coffee")[0].keys[0] == key
    assert backend.neighbours(key, predicates=[HOSTILE]).edges == ()
    assert len(list(backend.triples())) == 6
    with pytest.raises(KeyError):
        backend.neighbours(HOSTILE)


def random_world(dice: np.random.Generator) -> list[str]:
    """300 entities and 2,000 facts, names beyond ASCII among them; the keys."""
    vocabulary_make()
    kinds = ["product"] * 200 + ["brand"] * 40 + ["category"] * 60
    keys = [f"{kind}:{'é商ß'[n % 3] if n % 7 == 0 else ''}{n}" for n, kind in enumerate(kinds)]
    rows = Entity.objects.bulk_create(
        Entity(key=key, kind=kind, name=key) for key, kind in zip(keys, kinds, strict=True)
    )
    predicates = list(Predicate.objects.order_by("key"))[:6]
    chosen = {
        (int(a), int(p), int(b))
        for a, p, b in zip(
            dice.integers(0, 300, 2_000),
            dice.integers(0, len(predicates), 2_000),
            dice.integers(0, 300, 2_000),
            strict=True,
        )
        if a != b
    }
    Fact.objects.bulk_create(
        Fact(
            subject=rows[a],
            predicate=predicates[p],
            object=rows[b],
            source="import",
            status="accepted" if (a + b) % 9 else "rejected",
            confidence=round(float(dice.random()), 3),
        )
        for a, p, b in sorted(chosen)
    )
    return keys


def test_both_backends_answer_500_random_questions_alike(neo4j_server):
    dice = np.random.default_rng(7)
    keys = random_world(dice)
    rebuild()
    record, projected = relational_graph(), neo4j_graph()
    names = list(Predicate.objects.values_list("key", flat=True))
    answered = 0
    for number in range(500):
        some = [keys[i] for i in dice.integers(0, len(keys), 5)]
        chosen = list(dice.choice(names, 3)) if number % 3 == 0 else []
        limit = int(dice.integers(1, 60))

        def question(g: KnowledgeGraph, n=number, some=some, chosen=chosen, limit=limit):
            hops = n % 3 + 1
            if n % 4 == 0:
                return g.neighbours(some[0], hops=hops, predicates=chosen, limit=limit)
            if n % 4 == 1:
                return g.paths(some[:4], some[4], hops=hops, predicates=chosen, limit=limit)
            if n % 4 == 2:
                weights = {key: 1.0 / (place + 1) for place, key in enumerate(some)}
                return g.related(weights, predicates=chosen, limit=limit)
            return list(g.triples(predicates=chosen))[:limit] if n % 20 == 3 else None

        ours, theirs = question(record), question(projected)
        assert ours == theirs, f"question {number}"
        answered += bool(ours)
    # The comparison would be worth little if most answers were empty.
    assert answered > 300


def test_without_neo4j_the_record_answers_and_nobody_waits_twice(shelf, settings):
    settings.NEO4J_URL = "bolt://127.0.0.1:1"
    from kg.backends import answering, connection

    connection.wake()
    assert answering() == "neo4j"
    assert [n.key for n in graph().neighbours("product:tea").nodes] == [
        "product:tea", "category:drinks",
    ]  # fmt: skip
    assert answering() == "relational"
    connection.wake()
