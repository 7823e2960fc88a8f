"""A review that a REST client hands in for one of its shoppers."""

from __future__ import annotations

from django.db import transaction

from catalog.models import Product, Review
from catalog.services import review_write
from recommender.contracts import EventType
from recommender.events.record import EventInput, events_record
from users.models import ApiToken, Consent
from users.shoppers import shopper_named


@transaction.atomic
def review_submit(
    *,
    token: ApiToken,
    shopper_id: str,
    product: Product,
    rating: int,
    title: str,
    text: str,
) -> tuple[Review, bool]:
    """Write the review and, with the shopper's consent, its event. Says whether it is new.

    A shopper whom the client names for the first time comes into being; writing a review is not
    consent to being recorded.
    """
    shopper = shopper_named(external_id=shopper_id, token=token)
    is_new = not Review.objects.filter(shopper=shopper, product=product).exists()
    review = review_write(shopper=shopper, product=product, rating=rating, title=title, text=text)
    if shopper.consent == Consent.GRANTED:
        events_record(
            origin=token.name,
            events=[
                EventInput(
                    # Rewriting the words alone says nothing new about the product.
                    id=f"review-{review.pk}-{rating}",
                    type=EventType.REVIEW,
                    shopper=shopper_id,
                    product=product.external_id,
                    value=float(rating),
                )
            ],
        )
    return review, is_new
