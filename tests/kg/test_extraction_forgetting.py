"""Evidence that quotes a review leaves with the review; what a person accepted stays."""

from __future__ import annotations

from catalog.models import Product, Review
from catalog.services import review_delete, review_status_set, review_write
from kg.extraction.run import facts_extract
from kg.facts import fact_accept
from kg.models import Fact
from tests.kg.mined_facts import MakeProduct, mined
from users.erasure import shopper_erase
from users.models import Shopper


def accepted_from_review(product: Product, shopper: Shopper) -> tuple[Review, Fact]:
    review = review_write(
        shopper=shopper, product=product, rating=5, title="Vegan at last", text="No parabens."
    )
    facts_extract()
    fact = mined()["product:P1 has_attribute attribute:vegan=yes"]
    fact_accept(fact=fact, author=None)
    return review, fact


def assert_forgotten(fact: Fact) -> None:
    fact.refresh_from_db()
    assert (fact.status, fact.evidence) == (Fact.Status.ACCEPTED, "")
    assert not Fact.history.exclude(evidence="").filter(evidence__contains="Vegan").exists()


def test_a_deleted_review_leaves_evidence_and_history_and_not_the_accepted_fact(
    product: MakeProduct, shopper: Shopper
) -> None:
    review, fact = accepted_from_review(product("P1", "Cream"), shopper)
    assert fact.evidence == "Vegan at last"
    review_delete(review=review)
    assert_forgotten(fact)


def test_a_rewritten_review_takes_its_old_words_along(
    product: MakeProduct, shopper: Shopper
) -> None:
    cream = product("P1", "Cream")
    _review, fact = accepted_from_review(cream, shopper)
    review_write(shopper=shopper, product=cream, rating=1, title="Awful", text="It smells.")
    assert_forgotten(fact)


def test_a_hidden_review_is_no_longer_quoted(product: MakeProduct, shopper: Shopper) -> None:
    review, fact = accepted_from_review(product("P1", "Cream"), shopper)
    review_status_set(review=review, status=Review.Status.HIDDEN)
    assert_forgotten(fact)


def test_what_the_shop_wrote_itself_stays(product: MakeProduct, shopper: Shopper) -> None:
    cream = product("P1", "Cream", description="This cream is truly vegan.")
    review, fact = accepted_from_review(cream, shopper)
    assert fact.evidence == "This cream is truly vegan.\nVegan at last"
    review_delete(review=review)
    fact.refresh_from_db()
    assert fact.evidence == "This cream is truly vegan."


def test_erasing_a_shopper_takes_their_words_out_of_the_graph(
    product: MakeProduct, shopper: Shopper
) -> None:
    _review, fact = accepted_from_review(product("P1", "Cream"), shopper)
    shopper_erase(shopper=shopper, route="admin")
    assert_forgotten(fact)
