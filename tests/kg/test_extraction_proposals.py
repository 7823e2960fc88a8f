"""Mentions become proposals: once, merged, and never against what a person has decided."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError

from catalog.models import Product, Review
from catalog.services import product_save
from kg.extraction.proposals import MOST_CONFIDENCE, merged_confidence
from kg.extraction.protocol import Mention
from kg.extraction.run import facts_extract
from kg.facts import fact_accept, fact_reject, fact_retract
from kg.models import Fact, OutboxEntry
from tests.kg.mined_facts import MakeProduct, figures, mined
from users.models import Shopper


def test_a_title_becomes_proposals_with_evidence_and_confidence(product: MakeProduct) -> None:
    product("P1", "Hand cream with olive oil. Paraben-free.")
    report = facts_extract()

    assert (report.products, report.mentions) == (1, 2)
    assert figures(report) == (2, 0, 0, 0)
    facts = mined()
    oil = facts["product:P1 made_of material:olive oil"]
    assert oil.evidence == "Hand cream with olive oil."
    assert oil.confidence == 0.92
    assert oil.status == Fact.Status.PROPOSED
    free = facts["product:P1 has_attribute attribute:paraben-free=yes"]
    assert free.evidence == "Paraben-free."
    assert free.object.name == "Paraben-free: yes"
    assert free.author is None
    assert free.history.get().history_change_reason == "read from the texts"


def test_reading_again_changes_nothing(product: MakeProduct) -> None:
    product("P1", "Hand cream with olive oil", description="Made for dry skin. Vegan.")
    facts_extract()
    before = list(Fact.objects.values().order_by("pk"))
    waiting = OutboxEntry.objects.count()
    histories = Fact.history.count()

    assert figures(facts_extract()) == (0, 0, len(before), 0)
    assert list(Fact.objects.values().order_by("pk")) == before
    assert (OutboxEntry.objects.count(), Fact.history.count()) == (waiting, histories)


def test_several_sentences_are_believed_more_than_one(product: MakeProduct) -> None:
    product("P1", "Organic tea", description="It is organic.")
    facts_extract()
    [fact] = mined().values()
    assert fact.evidence == "It is organic.\nOrganic tea"
    assert fact.confidence == merged_confidence([0.876, 0.876]) == 0.9846


def test_a_description_that_repeats_its_title_is_no_second_witness(product: MakeProduct) -> None:
    product("P1", "Organic tea", description="Organic tea")
    facts_extract()
    [fact] = mined().values()
    assert (fact.evidence, fact.confidence) == ("Organic tea", 0.876)


def test_five_sentences_are_kept_as_evidence_at_most(product: MakeProduct) -> None:
    cream = product("P1", "Cream")
    for number in range(7):
        Review.objects.create(
            product=cream,
            shopper=Shopper.objects.create(external_id=f"shopper {number}"),
            rating=5,
            text=f"Number {number} is vegan.",
        )
    facts_extract()
    [fact] = mined().values()
    assert fact.evidence.split("\n") == [f"Number {number} is vegan." for number in range(5)]
    assert fact.confidence == MOST_CONFIDENCE


def test_no_number_of_witnesses_makes_certain() -> None:
    assert merged_confidence([0.5, 0.5]) == 0.75
    assert merged_confidence([0.9] * 50) == MOST_CONFIDENCE
    assert merged_confidence([]) == 0.0


def test_a_rejected_proposal_stays_rejected(product: MakeProduct) -> None:
    product("P1", "Organic tea")
    facts_extract()
    [fact] = mined().values()
    fact_reject(fact=fact, author=None)

    assert figures(facts_extract()) == (0, 0, 1, 0)
    fact.refresh_from_db()
    assert fact.status == Fact.Status.REJECTED

    Product.objects.update(title="Tea")
    assert figures(facts_extract()) == (0, 0, 0, 0)
    fact.refresh_from_db()
    assert fact.status == Fact.Status.REJECTED


def test_an_accepted_fact_is_not_proposed_again_and_outlives_its_text(
    product: MakeProduct,
) -> None:
    tea = product("P1", "Organic tea")
    facts_extract()
    [fact] = mined().values()
    fact_accept(fact=fact, author=None)
    tea.description = "It is organic."
    tea.save()

    assert figures(facts_extract()) == (0, 0, 1, 0)
    fact.refresh_from_db()
    assert (fact.status, fact.evidence) == (Fact.Status.ACCEPTED, "Organic tea")

    Product.objects.update(title="Tea", description="")
    assert figures(facts_extract()) == (0, 0, 0, 0)
    assert list(mined().values()) == [fact]


def test_what_a_person_changed_or_stated_is_left_alone(
    product: MakeProduct, state: Callable[..., Fact]
) -> None:
    product("P1", "Tea for travel. Organic.")
    stated = state("product:P1", "used_for", "use:travel", evidence="I know it", confidence=0.5)
    assert figures(facts_extract()) == (1, 0, 1, 0)
    stated.refresh_from_db()
    assert (stated.evidence, stated.confidence) == ("I know it", 0.5)
    assert stated.source == Fact.Source.MERCHANDISER


def test_a_retracted_proposal_comes_back_while_its_text_stands(product: MakeProduct) -> None:
    """Retracting takes a fact from the record; only rejecting says that it is wrong."""
    product("P1", "Organic tea")
    facts_extract()
    [fact] = mined().values()
    fact_retract(fact=fact, author=None)
    assert figures(facts_extract()) == (1, 0, 0, 0)


def test_a_proposal_leaves_with_its_text(product: MakeProduct) -> None:
    tea = product("P1", "Organic tea", description="Vegan.")
    facts_extract()
    tea.description = ""
    tea.save()
    assert figures(facts_extract(products=[tea.pk])) == (0, 0, 1, 1)
    assert list(mined()) == ["product:P1 has_attribute attribute:organic=yes"]
    gone = Fact.history.filter(history_type="-").get()
    assert gone.history_change_reason == "no longer in the texts"


def test_what_the_catalogue_says_itself_is_not_asked(product: MakeProduct) -> None:
    product("P1", "Hand cream, 8 oz. Vegan.", attributes={"size": "250 ml"})
    facts_extract()
    assert list(mined()) == ["product:P1 has_attribute attribute:vegan=yes"]


def test_drafts_are_not_read(product: MakeProduct) -> None:
    product("P1", "Organic tea", status=Product.Status.DRAFT)
    report = facts_extract()
    assert (report.products, report.mentions) == (0, 0)


def test_products_that_are_gone_are_no_error(product: MakeProduct) -> None:
    tea = product("P1", "Organic tea")
    told: list[int] = []
    report = facts_extract(products=[tea.pk, 999_999], progress=told.append)
    assert (report.products, report.created) == (1, 1)
    assert sum(told) == 2


def test_published_reviews_bear_witness_and_hidden_ones_do_not(
    product: MakeProduct, shopper: Shopper
) -> None:
    cream = product("P1", "Cream")
    review = Review.objects.create(
        product=cream, shopper=shopper, rating=5, title="Lovely", text="It is vegan."
    )
    facts_extract()
    [fact] = mined().values()
    assert (fact.evidence, fact.confidence) == ("It is vegan.", 0.7446)

    Review.objects.filter(pk=review.pk).update(status=Review.Status.HIDDEN)
    assert figures(facts_extract()) == (0, 0, 0, 1)


# --- bad input ------------------------------------------------------------------------------------


class _Strange:
    """An extractor that speaks of what the vocabulary does not know."""

    method = "strange"

    def __init__(self, *mentions: Mention) -> None:
        self.mentions = mentions

    def extract(self, texts):
        return iter(self.mentions if list(texts) else ())


def mention(**fields: object) -> Mention:
    plain = {
        "product": "P1",
        "predicate": "made_of",
        "kind": "material",
        "name": "oats",
        "label": "oats",
        "evidence": "With oats.",
        "span": (5, 9),
        "confidence": 0.5,
        "method": "strange",
    }
    return Mention(**{**plain, **fields})


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "use"}, "object"),
        ({"predicate": "smells_of"}, "predicate"),
        ({"confidence": float("nan")}, "confidence"),
        ({"confidence": 1.5}, "confidence"),
        ({"evidence": "broken \x00 text"}, "evidence"),
        ({"name": ""}, "object"),
    ],
)
def test_a_mention_that_breaks_the_vocabulary_is_refused_and_the_others_are_taken(
    product: MakeProduct, fields: dict[str, object], field: str
) -> None:
    product("P1", "Muesli")
    report = facts_extract(extractor=_Strange(mention(**fields), mention(name="honey")))
    assert [problem.field for problem in report.refused] == [field]
    assert list(mined()) == ["product:P1 made_of material:honey"]


def test_a_text_that_tries_to_inject_is_only_a_text(product: MakeProduct) -> None:
    title = "Tea with honey'); DROP TABLE kg_fact; -- <script>alert(1)</script>"
    product("P1", title)
    facts_extract()
    [fact] = mined().values()
    assert fact.object.key == "material:honey"
    assert fact.evidence in title


def test_a_product_save_with_a_broken_text_reaches_no_extractor(db) -> None:
    with pytest.raises(ValidationError) as refused:
        product_save(product=Product(external_id="P1", title="Tea", description="a\x00b"))
    assert "description" in refused.value.message_dict
