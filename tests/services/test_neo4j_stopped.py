"""Neo4j goes away in the middle of edits and traffic: nobody notices, nothing is lost."""

from __future__ import annotations

import time

import pytest
from django.test import Client

from kg.backends import connection, neo4j_graph, relational_graph
from kg.facts import entity_make, fact_change, fact_retract, fact_state
from kg.models import Fact
from kg.projection import project, projection_lag
from kg.tasks import project_waiting
from kg.vocabulary import vocabulary_make
from tests.neo4j_server import Neo4jServer
from users.models import ApiToken, Scope

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]


def state(number: int) -> Fact:
    entity_make(kind="concept", name="hub")
    entity_make(kind="concept", name=f"spoke {number}")
    return fact_state(
        subject=f"concept:spoke {number}",
        predicate="related_to",
        object="concept:hub",
        source=Fact.Source.MERCHANDISER,
        status=Fact.Status.ACCEPTED,
        confidence=0.5,
    )


@pytest.fixture
def client(db) -> Client:
    _token, key = ApiToken.issue(name="graph", scopes=[Scope.GRAPH_READ, Scope.GRAPH_WRITE])
    return Client(headers={"Authorization": f"Bearer {key}"})


def test_edits_wait_answers_go_on_and_everything_arrives_once(
    neo4j_server: Neo4jServer, client: Client
):
    vocabulary_make()
    facts = [state(number) for number in range(10)]
    project()
    address = "/api/v1/graph/entities/concept:hub/neighbourhood/"
    assert len(client.get(address).json()["edges"]) == 10

    neo4j_server.kill()
    try:
        # Edits through services and REST while the database is away.
        facts += [state(number) for number in range(10, 20)]
        fact_change(fact=facts[0], confidence=0.9)
        fact_retract(fact=facts[1])
        answer = client.post(
            "/api/v1/graph/facts/",
            {
                "subject": "concept:spoke 2",
                "predicate": "related_to",
                "object": "concept:spoke 3",
            },
            content_type="application/json",
        )
        assert answer.status_code == 201, answer.content
        assert project_waiting() == 0
        waiting = projection_lag()
        assert waiting.waiting > 10
        assert waiting.last_error
        # The record answers, and only the first question pays for finding out.
        connection.wake()
        assert len(client.get(address).json()["edges"]) >= 19
        began = time.monotonic()
        assert client.get(address).status_code == 200
        assert time.monotonic() - began < connection.CONNECT_SECONDS
        assert client.get("/health/ready/").status_code == 200
    finally:
        neo4j_server.start()
    connection.wake()
    assert project_waiting() == waiting.waiting
    assert projection_lag().waiting == 0
    projected = list(neo4j_graph().triples())
    # A list, so that a fact that had arrived twice would stand twice.
    assert projected == list(relational_graph().triples())
    accepted = Fact.objects.filter(status=Fact.Status.ACCEPTED).count()
    assert len(projected) == len(set(projected)) == accepted
    assert project_waiting() == 0
