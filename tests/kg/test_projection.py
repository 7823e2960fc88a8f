"""From the record to a real Neo4j: outbox, rebuilding and mending."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from catalog.models import Product
from kg.backends import connection, neo4j_graph, relational_graph
from kg.entities import entity_rename
from kg.facts import entity_make, fact_accept, fact_retract, fact_state
from kg.models import Fact, OutboxEntry
from kg.projection import project, projection_lag, rebuild
from kg.protocol import Edge
from kg.reconciliation import Drift, reconcile

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]

COTTON = ("concept:towel", "related_to", "concept:cotton")


def cypher(query: str, **parameters):
    with connection.driver().session() as session:
        return session.run(query, **parameters).values()


def projected() -> list[Edge]:
    return list(neo4j_graph().triples())


def state(**changes) -> Fact:
    for key in ("concept:towel", "concept:cotton"):
        entity_make(kind="concept", name=key.split(":")[1])
    told = {"source": Fact.Source.MERCHANDISER, "status": Fact.Status.ACCEPTED, **changes}
    return fact_state(subject=COTTON[0], predicate=COTTON[1], object=COTTON[2], **told)


def test_a_change_waits_with_its_age_and_arrives_once(neo4j_server):
    state(confidence=0.7)
    lag = projection_lag()
    assert lag.waiting > 0
    assert timedelta(0) <= lag.oldest < timedelta(minutes=1)
    assert project() == lag.waiting
    assert projected() == [Edge(*COTTON, 0.7)]
    assert projection_lag().waiting == 0
    assert project() == 0


def test_delivering_again_changes_nothing(neo4j_server):
    state()
    entries = list(OutboxEntry.objects.values("what", "identity"))
    project()
    OutboxEntry.objects.bulk_create(OutboxEntry(**entry) for entry in entries * 2)
    project()
    assert cypher("MATCH ()-[f:FACT]->() RETURN count(f)") == [[1]]
    assert cypher("MATCH (e:Entity) RETURN count(e)") == [[2]]


def test_proposals_stay_out_and_what_is_retracted_goes(neo4j_server):
    fact = state(status=Fact.Status.PROPOSED)
    project()
    assert projected() == []
    fact_accept(fact=fact, author=None)
    project()
    assert projected() == [Edge(*COTTON, 1.0)]
    fact_retract(fact=fact, author=None)
    project()
    assert projected() == []


def test_a_new_name_arrives(neo4j_server):
    fact = state()
    project()
    entity_rename(entity=fact.object, name="Organic cotton")
    project()
    assert cypher("MATCH (e {key: 'concept:cotton'}) RETURN e.name") == [["Organic cotton"]]


def test_what_cannot_be_delivered_waits_with_the_reason_and_the_attempts(neo4j_server, settings):
    state()
    waiting = projection_lag().waiting
    settings.NEO4J_URL = "bolt://127.0.0.1:1"
    for _ in range(2):
        with pytest.raises(connection.GraphUnavailable):
            project()
    entry = OutboxEntry.objects.first()
    assert entry.attempts == 2
    assert "127.0.0.1" in projection_lag().last_error
    settings.NEO4J_URL = neo4j_server.url
    assert project() == waiting
    assert projected() == [Edge(*COTTON, 1.0)]


def test_rebuilding_is_complete_and_forgets_what_was_there(neo4j_server, capsys):
    state()
    cypher("CREATE (:Entity {key: 'concept:ghost', kind: 'concept', name: 'ghost'})")
    call_command("kg_rebuild", verbosity=0)
    assert projected() == list(relational_graph().triples()) == [Edge(*COTTON, 1.0)]
    assert cypher("MATCH (e:Entity) RETURN count(e)") == [[2]]
    assert "2 entities and 1 facts" in capsys.readouterr().out
    assert projection_lag().waiting == 0
    names = [row[0] for row in cypher("SHOW CONSTRAINTS YIELD labelsOrTypes RETURN labelsOrTypes")]
    assert ["Entity"] in names


def test_drift_is_counted_and_mended(neo4j_server):
    state(confidence=0.5)
    rebuild()
    assert reconcile() == Drift(2, 1, 0, 0, 0, 0)
    # changed, doubled, missing and extra, as if somebody had been in the graph database
    cypher("MATCH (e {key: 'concept:towel'}) SET e.name = 'other'")
    cypher("CREATE (:Entity {key: 'concept:ghost', kind: 'concept', name: 'ghost'})")
    cypher(
        "MATCH (s {key: 'concept:towel'}), (o {key: 'concept:cotton'}) "
        "CREATE (s)-[:FACT {predicate: 'related_to', confidence: 0.5}]->(o) "
        "CREATE (o)-[:FACT {predicate: 'related_to', confidence: 0.1}]->(s)"
    )
    drift = reconcile(repair=False)
    assert drift == Drift(2, 1, 1, 2, 1, 2)
    assert reconcile() == drift
    assert reconcile() == Drift(2, 1, 0, 0, 0, 0)
    assert projected() == [Edge(*COTTON, 0.5)]
    cypher("MATCH (e {key: 'concept:cotton'}) DETACH DELETE e")
    assert reconcile() == Drift(2, 1, 1, 0, 1, 0)
    assert projected() == [Edge(*COTTON, 0.5)]


def test_the_commands_say_what_is_missing(settings):
    settings.NEO4J_URL = ""
    for command in ("kg_rebuild", "kg_reconcile"):
        with pytest.raises(CommandError, match="NEO4J_URL"):
            call_command(command)
    settings.NEO4J_URL = "bolt://127.0.0.1:1"
    with pytest.raises(CommandError, match="does not answer"):
        call_command("kg_reconcile")
    connection.wake()


def test_a_deleted_product_takes_its_facts_out_of_the_graph(neo4j_server):
    product = Product.objects.create(external_id="towel", title="Towel")
    one = entity_make(kind="product", name="Towel", product=product)
    two = entity_make(kind="concept", name="cotton")
    fact_state(subject=one, predicate="related_to", object=two, status=Fact.Status.ACCEPTED)
    project()
    assert len(projected()) == 1
    product.delete()
    project()
    assert projected() == []
    assert cypher("MATCH (e:Entity) RETURN e.key") == [["concept:cotton"]]
