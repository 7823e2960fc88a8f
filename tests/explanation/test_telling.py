"""The model's sentence where it is true, the likeliest written one where not, always verified."""

from __future__ import annotations

import pytest

from recommender.explanation.facts import Thing
from recommender.explanation.languages import LANGUAGES
from recommender.explanation.paraphrases import paraphrases
from recommender.explanation.prompts import PromptTemplate, fact_lines, prompt_for
from recommender.explanation.telling import GENERATED, PARAPHRASE, told_by
from recommender.explanation.verifier import Reason, verify
from tests.explanation.samples import THINGS, WASH_AFTER_LOTION, because, evidence
from tests.explanation.writers import Writer, silent

TRUE = "Because you bought Dove Cream Oil Lotion, you may like this, also by Dove."
LONGEST = max(paraphrases(WASH_AFTER_LOTION, "en"), key=len)


def told(generator, code="en", about=WASH_AFTER_LOTION):
    (one,) = told_by([about], code, generator, deadline_seconds=1)
    return one


def test_a_true_sentence_is_taken_as_it_is():
    one = told(Writer(lambda prompt: f" {TRUE} "))
    assert (one.text, one.origin, one.verdict.reason) == (TRUE, GENERATED, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Because you bought Dove Cream Oil Lotion, you will love this!", Reason.UNREADABLE),
        ("This goes well with Dove Cream Oil Lotion.", Reason.UNFOUNDED),
        ("", Reason.EMPTY),
    ],
)
def test_another_gives_way_to_the_likeliest_paraphrase(text, reason):
    one = told(Writer(lambda prompt: text))
    assert (one.text, one.origin, one.verdict.reason) == (LONGEST, PARAPHRASE, reason)


def test_without_a_generator_the_first_paraphrase_stands():
    for generator in (None, Writer(silent)):
        one = told(generator)
        assert one.text == paraphrases(WASH_AFTER_LOTION, "en")[0]
        assert (one.origin, one.written) == (PARAPHRASE, None)


def test_chinese_is_told_by_what_tells_most():
    writer = Writer(lambda prompt: TRUE)
    one = told(writer, "zh-hans")
    assert writer.prompts == []
    assert one.text == paraphrases(WASH_AFTER_LOTION, "zh-hans")[0]
    assert verify(one.text, WASH_AFTER_LOTION, LANGUAGES["zh-hans"]).accepted


def test_a_prompt_holds_the_evidence_of_its_item_and_nothing_else():
    prompt = prompt_for(WASH_AFTER_LOTION, "en")
    assert fact_lines(WASH_AFTER_LOTION) == [
        "You bought Dove Cream Oil Lotion.",
        "People who bought Dove Cream Oil Lotion also bought Dove Body Wash.",
        "Both have the same brand: Dove.",
    ]
    for name in ("Conair", "Kent", "Olive", "Brushes"):
        assert name not in prompt.user + prompt.system + prompt.grammar
    assert prompt_for(WASH_AFTER_LOTION, "en", free=True).grammar is None


def test_a_name_is_no_field_of_the_template():
    odd = Thing("odd", "Dove {facts} Soap", "Dove", "Soaps")
    about = evidence("odd", because("lotion"), things={**THINGS, "odd": odd})
    assert prompt_for(about, "en") is None  # braces are no part of a name
    template = PromptTemplate("t", "s", "{item}|{facts}")
    assert template.filled(facts="{item}", item="{facts}") == "{facts}|{item}"
    with pytest.raises(ValueError, match="facts"):
        PromptTemplate("t", "s", "{item}")
