"""What reviews say of products, as the opinion classifier reads them.

Nothing is judged without a classifier that was fine-tuned on labelled texts, and nothing is made
up in its place: what has no opinion counts nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from catalog.models import Product, Review
from recommender.feedback.classifiers import classifier_live
from recommender.feedback.models import Opinion, OpinionClassifierVersion

OPINIONS_TASK = "recommender.opinions_judge"
#: Fewer opinions than this say nothing of what buyers think.
LEAST_OPINIONS = 3
#: Reviews that one task judges; the rest is left to the next.
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class OpinionSummary:
    """How many published reviews of a product were judged, and how many of them are good."""

    judged: int
    good: int

    @property
    def share_good(self) -> float | None:
        """Part of the judged reviews that is good; None where too few were judged."""
        return self.good / self.judged if self.judged >= LEAST_OPINIONS else None

    @property
    def percent_good(self) -> int | None:
        """The share in whole percent."""
        share = self.share_good
        return None if share is None else round(100 * share)


def opinions_summary(product: Product) -> OpinionSummary:
    """What buyers say of a product; one query, none where nobody has reviewed it."""
    if not product.rating_count:
        return OpinionSummary(0, 0)
    counted = Opinion.objects.filter(
        review__product=product, review__status=Review.Status.PUBLISHED
    ).aggregate(judged=Count("pk"), good=Count("pk", filter=Q(sentiment=Opinion.Sentiment.GOOD)))
    return OpinionSummary(counted["judged"], counted["good"])


def opinion_of(review: Review) -> Opinion | None:
    """What was made of a review; without a query where ``opinion`` was selected with it."""
    found: Opinion | None = getattr(review, "opinion", None)
    return found


def opinions_state() -> dict[str, Any]:
    """Which classifier reads the reviews (None: none has been trained), and how many wait."""
    classifier = classifier_live()
    waiting = reviews_waiting(classifier).count() if classifier else 0
    return {"classifier": classifier, "waiting": waiting}


def reviews_waiting(classifier: OpinionClassifierVersion) -> QuerySet[Review]:
    """Reviews with words that this classifier has not judged, newest first."""
    return (
        Review.objects.exclude(title="", text="")
        .exclude(opinion__classifier=classifier)
        .order_by("-created_at", "-pk")
    )


def opinions_order(*, reviews: Sequence[int]) -> None:
    """Have reviews (primary keys) judged in the pool once the change is committed.

    An order that a broker loses is made up for by the next round of beat. Without a classifier
    none is given.
    """
    if reviews:
        transaction.on_commit(partial(_order, list(reviews)), robust=True)


def _order(reviews: list[int]) -> None:
    # Loaded late: delivery reads the catalogue, and the catalogue knows this door.
    from recommender.delivery.pool import order

    if classifier_live() is not None:
        order(OPINIONS_TASK, reviews)


def opinion_forget(*, review: Review) -> None:
    """Drop what was made of a review whose words are no longer the same."""
    Opinion.objects.filter(review=review).delete()


@transaction.atomic
def opinions_record(
    *,
    classifier: OpinionClassifierVersion,
    probabilities: Mapping[int, float],
    read: Mapping[int, tuple[str, str]],
) -> int:
    """Keep the probability of good by review (primary key); returns how many were kept.

    ``read`` holds the title and text that were judged: a review that was rewritten or deleted
    meanwhile is passed over.
    """
    rows = Review.objects.select_for_update().filter(pk__in=list(probabilities))
    now = timezone.now()
    opinions = [
        Opinion(
            review=review,
            sentiment=_sentiment(probabilities[review.pk]),
            probability_good=probabilities[review.pk],
            classifier=classifier,
            judged_at=now,
        )
        for review in rows
        if read[review.pk] == (review.title, review.text)
    ]
    Opinion.objects.bulk_create(
        opinions,
        update_conflicts=True,
        unique_fields=["review"],
        update_fields=["sentiment", "probability_good", "classifier", "judged_at"],
    )
    return len(opinions)


def _sentiment(probability_good: float) -> Opinion.Sentiment:
    return Opinion.Sentiment.GOOD if probability_good >= 0.5 else Opinion.Sentiment.BAD
