"""Servers that fail, and what is asked of them again."""

from __future__ import annotations

import time

import pytest

from recommender.explanation.generation import GenerationUnavailableError, Prompt
from recommender.worker.text_generation.openai_compatible import (
    Bounds,
    GrammarField,
    OpenAICompatibleGenerator,
)
from tests.text_server import TextServer

QUICK = Bounds(connect=0.3, read=0.3, longest_wait=0.05, answer_bytes=20_000, rest=0.3)
PROMPT = Prompt("Be kind.", "why jam?", max_tokens=5)


@pytest.fixture
def server():
    with TextServer() as running:
        yield running


@pytest.fixture
def generator(server):
    made = OpenAICompatibleGenerator(server.base_url, model="m", key="k", bounds=QUICK)
    yield made
    made.close()


def reason(generator, *, deadline_seconds=2.0, prompt=PROMPT) -> str:
    with pytest.raises(GenerationUnavailableError) as told:
        generator.generate([prompt], deadline_seconds=deadline_seconds)
    return told.value.reason


def test_what_is_asked_and_what_is_taken(server, generator):
    (written,) = generator.generate([PROMPT], deadline_seconds=5)
    assert (written.text, written.tokens) == ("You said: why jam?", 4)
    asked = server.asked[0]
    assert asked["key"] == "Bearer k"
    assert (asked["model"], asked["max_tokens"], asked["temperature"]) == ("m", 5, 0)
    assert asked["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "why jam?"},
    ]


@pytest.mark.parametrize(
    ("mode", "why", "times"),
    [
        ("hang", "deadline", 1),
        ("drip", "deadline", 1),
        ("endless", "too_long", 1),
        ("garbage", "garbage", 1),
        ("nonsense", "garbage", 1),
        ("half", "garbage", 3),
        ("500", "status", 3),
        ("429", "status", 3),
        ("401", "status", 1),
        ("400", "refused", 1),
    ],
)
def test_only_what_can_recover_is_asked_again(server, generator, mode, why, times):
    server.mode = mode
    assert reason(generator, deadline_seconds=0.8) == why
    assert len(server.asked) == times


def test_one_that_recovers_at_once_is_not_noticed(server, generator):
    server.mode = "503"
    real, told = server._answer, []

    def recovering(to, body):
        real(to, body)
        told.append(server.mode)
        server.mode = "well"

    server._answer = recovering
    assert generator.generate([PROMPT], deadline_seconds=5)[0].text == "You said: why jam?"
    assert told == ["503", "well"]


def test_the_circuit_opens_rests_and_closes_again(server, generator):
    server.mode = "hang"
    assert [reason(generator) for _ in range(3)] == ["deadline"] * 3
    assert generator.circuit.state == "open"
    asked = len(server.asked)
    assert reason(generator) == "circuit_open"
    assert len(server.asked) == asked  # it was left alone
    time.sleep(QUICK.rest)
    assert reason(generator) == "deadline"  # one was let through, and failed
    assert generator.circuit.state == "open"
    server.mode = "well"
    time.sleep(QUICK.rest)
    assert generator.generate([PROMPT], deadline_seconds=2)
    assert generator.circuit.state == "closed"


def test_prompts_that_are_refused_open_no_circuit(server, generator):
    server.mode = "422"
    assert [reason(generator) for _ in range(5)] == ["refused"] * 5
    assert generator.circuit.state == "closed"


def test_a_server_that_is_not_there_is_told(server, generator):
    server.close()
    assert reason(generator) == "connection"


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        (GrammarField.NONE, {}),
        (GrammarField.LLAMA_CPP, {"grammar": 'root ::= "a"'}),
        (GrammarField.GUIDED, {"guided_grammar": 'root ::= "a"'}),
        (GrammarField.STRUCTURED, {"structured_outputs": {"grammar": 'root ::= "a"'}}),
    ],
)
def test_a_grammar_goes_where_the_server_looks_for_it(server, field, sent):
    generator = OpenAICompatibleGenerator(server.base_url, model="m", grammar=field)
    generator.generate([Prompt("", "x", grammar='root ::= "a"')], deadline_seconds=5)
    asked = server.asked[0]
    known = {"grammar", "guided_grammar", "structured_outputs"}
    assert {name: asked[name] for name in known & set(asked)} == sent
    assert generator.keeps_grammar is bool(sent)
    generator.close()
