"""Opinions in the list of reviews, and the classifiers that read them."""

from __future__ import annotations

import pytest
from django.test import Client

from catalog.models import Review
from recommender.feedback.classifiers import classifier_folder, classifier_live
from tests.admin.stock import Stock
from tests.judged_reviews import judge, made_classifier

REVIEWS = "/admin/catalog/review/"
CLASSIFIERS = "/admin/recommender/opinionclassifierversion/"


def shown(client: Client, query: str = "") -> set[int]:
    page = client.get(REVIEWS + query)
    assert page.status_code == 200
    return {review.pk for review in page.context["cl"].result_list}


@pytest.fixture
def reviews(stock: Stock) -> list[Review]:
    """Praised and meant, praised and not meant, panned and not meant, without a word."""
    Review.objects.all().delete()
    said = [(5, "lovely"), (5, "awful"), (1, "great"), (4, "")]
    return [
        Review.objects.create(
            product=stock.products[number], shopper=stock.shoppers[0], rating=rating, text=text
        )
        for number, (rating, text) in enumerate(said)
    ]


def test_without_a_classifier_the_page_says_so_and_makes_nothing_up(
    reviews: list[Review], merchandiser_client: Client
) -> None:
    html = merchandiser_client.get(REVIEWS).content.decode()
    assert "No opinion classifier has been trained" in html
    assert "manage.py finetune_text" in html
    made_classifier()
    html = merchandiser_client.get(REVIEWS).content.decode()
    assert "No opinion classifier" not in html
    assert "by classifier one; 3 reviews with words wait for it." in html


def test_reviews_are_found_by_their_opinion(
    reviews: list[Review], merchandiser_client: Client
) -> None:
    meant, sour, odd, wordless = reviews
    judge(made_classifier(), {meant: 0.95, sour: 0.1, odd: 0.7})
    assert shown(merchandiser_client, "?opinion=good") == {meant.pk, odd.pk}
    assert shown(merchandiser_client, "?opinion=bad") == {sour.pk}
    assert shown(merchandiser_client, "?opinion=unlike") == {sour.pk, odd.pk}
    assert shown(merchandiser_client, "?opinion=none") == {wordless.pk}
    assert shown(merchandiser_client, "?opinion=nonsense") == {r.pk for r in reviews}
    page = merchandiser_client.get(f"{REVIEWS}{sour.pk}/change/").content.decode()
    assert "bad, 90 % sure, by classifier one" in page
    assert (
        "not judged" in merchandiser_client.get(f"{REVIEWS}{wordless.pk}/change/").content.decode()
    )


def test_the_list_costs_the_same_however_many_opinions(
    reviews: list[Review], merchandiser_client: Client, django_assert_max_num_queries
) -> None:
    version = made_classifier()
    judge(version, dict.fromkeys(reviews[:1], 0.9))
    merchandiser_client.get(REVIEWS)
    with django_assert_max_num_queries(100) as one:
        merchandiser_client.get(REVIEWS)
    judge(version, dict.fromkeys(reviews[:3], 0.9))
    with django_assert_max_num_queries(len(one)):
        merchandiser_client.get(REVIEWS)


def test_classifiers_are_looked_at_by_merchandisers_and_switched_by_those_who_may(
    db: None, merchandiser_client: Client, boss_client: Client
) -> None:
    one, two = made_classifier(), made_classifier("two", live=False)
    html = merchandiser_client.get(CLASSIFIERS).content.decode()
    assert "0.900" in html
    assert "100 · texts.csv" in html
    assert merchandiser_client.get(f"{CLASSIFIERS}{two.pk}/make-live/").status_code == 403
    question = boss_client.get(f"{CLASSIFIERS}{two.pk}/make-live/")
    assert "read anew by this classifier" in question.content.decode()
    assert classifier_live() == one
    boss_client.post(f"{CLASSIFIERS}{two.pk}/make-live/")
    assert classifier_live() == two
    (classifier_folder(one) / "classifier.json").write_text("changed")
    page = boss_client.post(f"{CLASSIFIERS}{one.pk}/make-live/", follow=True).content.decode()
    assert "have changed" in page
    assert classifier_live() == two
