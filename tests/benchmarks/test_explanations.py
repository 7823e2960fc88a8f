"""The benchmark of explanations: its labels, its second reading, and what it makes of texts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings

from recommender.benchmarks.explanation_cases import Case
from recommender.benchmarks.explanation_labels import (
    READ_FILE,
    VERIFIER_FILE,
    accepted_by_kind,
    labelled_sentences,
    read_labels,
    verifier_figures,
)
from recommender.benchmarks.explanation_reading import strangers_among, unfounded
from recommender.benchmarks.explanations import Written, figures_of
from recommender.benchmarks.kept_texts import KeepingGenerator
from recommender.contracts import SlateItem
from recommender.explanation.facts import Thing
from recommender.explanation.generation import Prompt
from recommender.explanation.languages import LANGUAGES
from recommender.explanation.telling import told_by
from recommender.explanation.verifier import verify
from tests.explanation.samples import LOTION, THINGS, WASH, WASH_AFTER_LOTION, because, step
from tests.explanation.writers import Writer

DATA = Path(settings.BASE_DIR) / "docs" / "benchmarks" / "data"
STORED = because("lotion", path=(step("also_bought", "wash"),))
CHOSEN = because("lotion")
STRANGERS = strangers_among(
    {thing.title for thing in THINGS.values()} | {thing.brand for thing in THINGS.values()}
)
TRUE = "Because you bought Dove Cream Oil Lotion, you may like this, also by Dove."


def test_the_committed_labels_are_enough_and_the_verifier_lets_nothing_spoiled_through():
    sentences = labelled_sentences(DATA / VERIFIER_FILE)
    figures = verifier_figures(sentences)
    assert len(sentences) >= 200
    assert figures["verifier.spoiled"] >= len(sentences) / 2 - 1
    assert figures["verifier.precision"] >= 0.99
    assert figures["verifier.recall"] >= 0.6
    assert len({(s.evidence.checksum, s.text) for s in sentences}) == len(sentences)
    assert sum(number for _, number, _ in accepted_by_kind(sentences)) == len(sentences)


def reading(sentence: str, explanation=STORED, sources=None) -> list[str]:
    return unfounded(sentence, WASH, LOTION, explanation, sources or {}, STRANGERS)


@pytest.mark.parametrize(
    ("sentence", "explanation", "sources"),
    [
        (TRUE, STORED, {}),
        ("People who bought Dove Cream Oil Lotion also bought Dove Body Wash.", STORED, {}),
        ("This is also chosen by people who chose Dove Cream Oil Lotion.", CHOSEN, {"ease": 1.0}),
        ("This is similar to Dove Cream Oil Lotion, 8 oz.", CHOSEN, {"content": 1.0}),
    ],
)
def test_the_second_reading_finds_the_ground_of_true_sentences(sentence, explanation, sources):
    assert reading(sentence, explanation, sources) == []


def test_the_second_reading_is_not_confused_by_titles_that_begin_alike():
    milk = Thing("milk", "House brand fresh milk", "House brand", "Milk")
    gallon = Thing("gallon", "House brand fresh milk, 1 gallon", "House brand", "Milk")
    sentence = "You bought House brand fresh milk, and House brand also makes {}."
    strangers = strangers_among({milk.title, gallon.title, "House brand"})
    chosen = because("milk")
    assert unfounded(sentence.format(gallon.title), gallon, milk, chosen, {}, strangers) == []
    assert unfounded(sentence.format("milk"), gallon, milk, chosen, {}, strangers)
    oil = Thing("oil", "Maui Babe - After Browning", "Maui Babe", "Oils")
    lotion = Thing("lotion", "Maui Babe Browning Lotion", "Maui Babe", "Oils")
    made = "You bought Maui Babe Browning Lotion, and Maui Babe also makes this product."
    assert unfounded(made, oil, lotion, because("lotion"), {}) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Because you viewed Dove Cream Oil Lotion, you may like this, also by Dove.",
        "You bought Dove Body Wash, and both are by Dove.",
        "Because you bought Dove Cream Oil Lotion, you may like this, also by Kent.",
        "This goes well with Dove Cream Oil Lotion.",
        "This is similar to Dove Cream Oil Lotion.",
        "You bought Dove Cream Oil Lotion, and both are in the category Lotions.",
        "Because you bought Dove Cream Oil Lotion, you will adore this.",
        "You bought Dove Cream Oil Lotion 3 times before.",
    ],
)
def test_the_second_reading_finds_what_has_no_ground(sentence):
    assert reading(sentence)


def written(text: str, free: str | None = None) -> Written:
    (told,) = told_by([WASH_AFTER_LOTION], "en", Writer(lambda prompt: text), deadline_seconds=1)
    item = SlateItem("wash", 1, 1.0, {}, STORED)
    verdict = None if free is None else verify(free, WASH_AFTER_LOTION, LANGUAGES["en"])
    return Written(Case("shop", 0, WASH_AFTER_LOTION, item), told, free, verdict)


def test_figures_count_what_was_accepted_read_and_shown():
    labels = {(TRUE, WASH_AFTER_LOTION.checksum): True}
    figures = figures_of([written(TRUE, TRUE), written("It is cheap.", "Cheap.")], labels, THINGS)
    expected = {
        "cases": 2, "accepted_share": 0.5, "accepted": 1, "different": 1, "read": 1,
        "true_among_accepted": 1.0,
        "shown_claims_in_evidence": 1.0, "tokens_per_second": 70.0, "seconds_a_sentence": 0.1,
        "tokens_a_sentence": 7.0, "forms": 1, "free.cases": 2, "free.accepted_share": 0.5,
    }  # fmt: skip
    assert {name: figures[name] for name in expected} == pytest.approx(expected)


def test_texts_are_kept_and_not_asked_for_again(tmp_path: Path):
    file, prompt = tmp_path / "texts.jsonl", Prompt("s", "u", max_tokens=5)
    first = KeepingGenerator(Writer(lambda prompt: "Said once."), file)
    silent = KeepingGenerator(Writer(lambda prompt: pytest.fail("it is kept")), file)
    assert first.generate([prompt], deadline_seconds=1)[0].text == "Said once."
    again = KeepingGenerator(silent.generator, file)
    assert again.generate([prompt], deadline_seconds=1)[0].text == "Said once."
    assert json.loads(file.read_text())["user"] == "u"


def test_labels_must_be_labels(tmp_path: Path):
    assert read_labels(tmp_path / READ_FILE) == {}
    (tmp_path / READ_FILE).write_text("sentence,evidence,label\nIt is.,abc,maybe\n")
    with pytest.raises(ValueError, match="line 2"):
        read_labels(tmp_path / READ_FILE)
