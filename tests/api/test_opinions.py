"""Opinions of a product through REST."""

from __future__ import annotations

from catalog.services import review_write
from tests.judged_reviews import judge, made_classifier

PRODUCT = "/api/v1/products/p0/"


def test_it_says_that_no_classifier_has_been_trained(api, small_shop):
    assert api.get(PRODUCT).json()["opinions"] == {
        "classifier": None, "judged": 0, "good": 0, "share_good": None,
    }  # fmt: skip


def test_it_says_how_many_speak_well_of_it(api, small_shop):
    reviews = [
        review_write(product=small_shop.products[0], shopper=shopper, rating=3, text="x")
        for shopper in small_shop.shoppers.values()
    ]
    judge(made_classifier(), dict(zip(reviews, (0.9, 0.6, 0.1), strict=True)))
    assert api.get(PRODUCT).json()["opinions"] == {
        "classifier": "one", "judged": 3, "good": 2, "share_good": 2 / 3,
    }  # fmt: skip
    # A list of many products is not the place for it.
    assert "opinions" not in api.get("/api/v1/products/").json()["results"][0]
