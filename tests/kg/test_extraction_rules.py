"""The rules: exact facts from exact sentences, with the sentence, the words and the confidence."""

from __future__ import annotations

import csv
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.extraction.protocol import TEXT_LIMIT, Mention, Text, TextKind
from kg.extraction.rules import RuleExtractor
from kg.extraction.rules.extractor import REVIEW_DISCOUNT, rule_confidences
from kg.extraction.rules.lexicon import FOLDER, Entry, Lexicon, lexicon
from kg.extraction.rules.negation import negated
from kg.extraction.sentences import sentences

LEXICONS = ("absent", "claims", "colours", "finishes", "materials", "scents", "uses")


def read(text: str, kind: TextKind = "title") -> list[Mention]:
    return list(RuleExtractor().extract([Text("P1", kind, text)]))


def said(text: str) -> set[tuple[str, str]]:
    return {(mention.predicate, f"{mention.kind}:{mention.name}") for mention in read(text)}


def attributes(text: str) -> set[str]:
    return {m.name for m in read(text) if m.predicate == "has_attribute"}


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        (
            "Lavender Hand Soap with Olive Oil, 8 oz, Pack of 3",
            {
                ("has_attribute", "attribute:size=8 oz"),
                ("has_attribute", "attribute:pieces=3"),
                ("has_attribute", "attribute:scent=lavender"),
                ("made_of", "material:olive oil"),
            },
        ),
        ("Night cream for dry skin, not for oily skin", {("used_for", "use:dry skin")}),
        (
            "Shampoo for normal to dry hair",
            {("used_for", "use:normal hair"), ("used_for", "use:dry hair")},
        ),
        (
            "Anti-aging serum for fine lines & wrinkles",
            {
                ("used_for", "use:anti-ageing"),
                ("used_for", "use:fine lines"),
                ("used_for", "use:wrinkles"),
            },
        ),
        (
            "Made with honey, milk and oats",
            {
                ("made_of", "material:honey"),
                ("made_of", "material:milk"),
                ("made_of", "material:oats"),
            },
        ),
        ("Potato crisps", {("made_of", "material:potatoes")}),
        ("Faux leather bag", {("made_of", "material:faux leather")}),
        (
            "Goes well with our Vanilla Ice Cream because it melts.",
            {("complements", "product:Vanilla Ice Cream")},
        ),
        (
            "A great alternative to Acme Hair Gel.",
            {("substitutes", "product:Acme Hair Gel")},
        ),
    ],
)
def test_a_sentence_gives_exactly_its_facts(text: str, facts: set[tuple[str, str]]) -> None:
    assert said(text) == facts


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Paraben-free shampoo for men", {"paraben-free=yes", "audience=men"}),
        ("Wheat & gluten free bread", {"wheat-free=yes", "gluten-free=yes"}),
        ("Nail Polish, Red, Glossy finish", {"colour=red", "finish=glossy"}),
        ("Day cream SPF 30, 250ml", {"SPF=30", "size=250 ml"}),
        ("Vanilla flavoured protein bar", {"flavour=vanilla"}),
        ("Eau de Rose perfume, vanilla scent", {"scent=vanilla"}),
        (
            "Dermatologist tested, hypoallergenic",
            {"dermatologist-tested=yes", "hypoallergenic=yes"},
        ),
        ("For women & men", {"audience=women", "audience=men"}),
        ("2 x 250 ml shampoo", {"size=2 × 250 ml"}),
        ("0.50 oz", {"size=0.5 oz"}),
        ("1,000 ml", {"size=1000 ml"}),
    ],
)
def test_attributes_are_spelt_as_the_catalogue_spells_them(text: str, names: set[str]) -> None:
    assert attributes(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Body lotion with vegan sprinkles",
        "Not a replacement for sunscreen",
        "Find it in our Dairy department.",
        "In our Organic department",
        "Straight hair extensions",
        "Face oil free gift",
        "Brush set with leather pouch",
        "",
        "\x00",
        "★" * 50,
        "🧴🧴🧴",
    ],
)
def test_what_only_looks_like_a_fact_is_none(text: str) -> None:
    assert read(text) == []


def test_a_mention_carries_its_sentence_the_words_and_the_rules_confidence() -> None:
    text = "Gentle every day. Contains no alcohol, but aloe vera."
    first, second = read(text)

    assert (first.name, second.name) == ("alcohol-free=yes", "aloe vera")
    assert first.label == "Alcohol-free: yes"
    assert first.evidence == second.evidence == "Contains no alcohol, but aloe vera."
    assert text[slice(*first.span)] == "Contains no alcohol"
    assert text[slice(*second.span)] == "aloe vera"
    assert (first.method, second.method) == ("free_from", "material.bare")
    assert first.confidence == rule_confidences()["free_from"]
    assert second.confidence == rule_confidences()["material.bare"]


def test_a_review_is_believed_less_than_the_shop() -> None:
    [title] = read("It is organic.")
    [review] = read("It is organic.", "review")
    assert review.confidence == round(title.confidence * REVIEW_DISCOUNT, 4)
    assert review.text_kind == "review"


def test_a_text_that_says_a_thing_twice_says_it_once() -> None:
    [mention] = read("Organic tea. Organic since 1990.")
    assert mention.evidence == "Organic tea."


def test_what_stands_beyond_the_limit_is_not_read() -> None:
    assert read("a " * (TEXT_LIMIT // 2) + ". It is vegan.") == []
    assert len(read("a " * 50 + ". It is vegan.")) == 1


def test_every_rule_that_fires_on_the_labels_has_a_confidence_of_its_own() -> None:
    """And what is kept of the confidences is a probability."""
    with (FOLDER.parents[2] / "docs/benchmarks/data/kg_extraction_labels.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    fired = {m.method for row in rows for m in read(row["evidence"])}
    assert len(rows) >= 150
    assert fired <= set(rule_confidences())
    assert all(0 < value < 1 for value in rule_confidences().values())


@given(st.text(max_size=300))
def test_no_text_breaks_the_rules_and_evidence_is_a_part_of_it(text: str) -> None:
    for mention in read(text):
        assert mention.evidence in text
        assert mention.evidence == mention.evidence.strip()
        assert text[slice(*mention.span)] in mention.evidence
        assert 0 < mention.confidence < 1


@given(
    st.lists(
        st.sampled_from(
            [
                "organic",
                "for dry skin",
                "no parabens",
                "with honey,",
                "8 oz",
                ".",
                "★",
                "not",
                "and",
            ]
        ),
        max_size=12,
    )
)
def test_what_is_found_does_not_depend_on_the_texts_before(words: list[str]) -> None:
    text = Text("P1", "title", " ".join(words))
    alone = list(RuleExtractor().extract([text]))
    behind = list(RuleExtractor().extract([Text("P2", "title", "Vegan soap"), text]))
    assert [m for m in behind if m.product == "P1"] == alone


@pytest.mark.parametrize(
    ("sentence", "phrase", "denied"),
    [
        ("not for oily skin", "oily skin", True),
        ("not only for oily skin", "oily skin", False),
        ("free of parabens and dyes", "dyes", True),
        ("does not contain alcohol, but aloe", "alcohol", True),
        ("does not contain alcohol, but aloe", "aloe", False),
        ("gluten and wheat free", "wheat", True),
        ("no added sugar, salt", "salt", True),
    ],
)
def test_a_negation_reaches_to_the_end_of_its_clause(
    sentence: str, phrase: str, denied: bool
) -> None:
    start = sentence.index(phrase)
    assert negated(sentence, start, start + len(phrase)) is denied


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("8 fl. Oz. bottle", ["8 fl. Oz. bottle"]),
        ("Soap ★ Vegan | Large", ["Soap", "Vegan", "Large"]),
        ("First line\nsecond line", ["First line", "second line"]),
        ("  ", []),
        ("0.5 oz jar", ["0.5 oz jar"]),
    ],
)
def test_sentences_are_cut_where_a_reader_would(text: str, pieces: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == pieces


@given(st.text(max_size=200))
def test_sentences_follow_each_other_and_lose_no_letter(text: str) -> None:
    spans = list(sentences(text))
    assert all(start < end for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    covered = "".join(text[start:end] for start, end in spans)
    kept = [letter for letter in text if letter.isalnum()]
    assert [letter for letter in covered if letter.isalnum()] == kept


def test_the_longest_phrase_wins_and_hyphens_make_no_difference() -> None:
    words = Lexicon({"oil": Entry("oil", ""), "olive oil": Entry("olive oil", "")})
    assert [h.entry.name for h in words.find("Olive-Oil and oil, but no oily skin")] == [
        "olive oil",
        "oil",
    ]
    assert words.get("OLIVE  oil") == Entry("olive oil", "")
    assert words.get("soap") is None


@pytest.mark.parametrize("name", LEXICONS)
def test_no_phrase_of_a_lexicon_means_two_things(name: str) -> None:
    """Reading it raises where one does."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        if not row["name"].startswith("="):
            found = lexicon(name).get(row["name"])
            assert found is not None
            assert found.name == row["name"]
