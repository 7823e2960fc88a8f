"""What buyers say, on the page of a product."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from catalog.models import Review
from catalog.services import review_write
from tests.judged_reviews import judge, made_classifier


def said(client: Client) -> str:
    html = client.get("/products/p0/").content.decode()
    found = re.search(r'<div class="said">.*?</div>\s*<p[^>]*>.*?</p>\s*</div>', html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


@pytest.fixture
def reviews(small_shop) -> list[Review]:
    return [
        review_write(product=small_shop.products[0], shopper=shopper, rating=3, text="Some words")
        for shopper in small_shop.shoppers.values()
    ]


def test_a_share_is_shown_from_three_opinions_on(client: Client, reviews: list[Review]):
    assert said(client) == ""  # stars alone are no opinion
    version = made_classifier()
    judge(version, dict.fromkeys(reviews[:2], 0.9))
    assert said(client) == ""
    judge(version, {reviews[2]: 0.2})
    assert said(client) == (
        "What buyers say 67% speak well of it "
        "Read from the words of 3 reviews, whatever their stars."
    )
    Review.objects.filter(pk=reviews[0].pk).update(status=Review.Status.HIDDEN)
    assert said(client) == ""
