"""Erasure: nothing of the shopper stays, and the receipt says what there was."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.models import Review
from recommender.events.models import Event, Snapshot
from recommender.events.snapshots import snapshot_write
from users.erasure import Erasure, shopper_erase
from users.models import Consent, Shopper
from users.shoppers import shopper_merge


@pytest.mark.django_db(transaction=True)
def test_events_reviews_and_snapshots_go_and_ratings_follow(small_shop, settings):
    anna = small_shop.shoppers["anna"]
    product = small_shop.products[0]
    Review.objects.create(product=product, shopper=anna, rating=1)
    snapshot_write()
    erased = shopper_erase(shopper=anna, route="admin")
    assert erased == Erasure("anna", 8, 0, 1, 0, erased.receipt)
    assert not Shopper.objects.filter(external_id="anna").exists()
    assert Event.objects.count() == 17
    product.refresh_from_db()
    assert (product.rating_mean, product.rating_count) == (None, 0)
    assert not Snapshot.objects.exists()
    assert list(Path(settings.SNAPSHOT_DIR).iterdir()) == []


def test_a_review_that_a_merge_leaves_behind_counts_no_more(small_shop):
    account, anonymous = small_shop.shoppers["anna"], small_shop.shoppers["ben"]
    account.consent = Consent.WITHDRAWN
    product = small_shop.products[0]
    Review.objects.create(product=product, shopper=anonymous, rating=1)
    product.rating_count, product.rating_mean = 1, 1.0
    product.save()
    shopper_merge(anonymous=anonymous, account=account)
    product.refresh_from_db()
    assert (product.rating_mean, product.rating_count) == (None, 0)
