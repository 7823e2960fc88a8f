"""Everything that the shop knows of a shopper, for the shopper to keep."""

from __future__ import annotations

from typing import Any

from recommender.delivery.models import SlateTrace
from recommender.features.wishes import wishes_export
from recommender.feedback.opinions import opinion_of
from users.models import Shopper


def shopper_export(shopper: Shopper) -> dict[str, Any]:
    """The shopper's record, decisions, events, reviews, slates and orders, in plain types.

    Eight queries. Times are in ISO 8601, UTC.
    """
    return {
        "shopper": {
            "external_id": shopper.external_id,
            "display_name": shopper.display_name,
            "consent": shopper.consent,
            "known_since": shopper.created_at.isoformat(),
        },
        "consent_decisions": [
            {
                "consent": decision.consent,
                "source": decision.source,
                "decided_at": decision.decided_at.isoformat(),
            }
            for decision in shopper.consent_decisions.all()
        ],
        "events": _events(shopper),
        "reviews": [
            {
                "product": review.product.external_id,
                "rating": review.rating,
                "title": review.title,
                "text": review.text,
                "status": review.status,
                "created_at": review.created_at.isoformat(),
                "opinion": opinion.sentiment if (opinion := opinion_of(review)) else None,
            }
            for review in shopper.reviews.select_related("product", "opinion")
        ],
        "wishes": wishes_export(shopper),
        "slates": _slates(shopper),
        "shadow_rankings": [
            {
                "scored_at": ranking.scored_at.isoformat(),
                "live_version": ranking.live_version,
                "live": ranking.live,
                "shadow_version": ranking.version.version,
                "shadow": ranking.shadow,
            }
            for ranking in shopper.shadow_rankings.select_related("version").order_by("pk")
        ],
        "orders": _orders(shopper),
    }


def _events(shopper: Shopper) -> list[dict[str, Any]]:
    rows = shopper.events.order_by("time", "pk").values(
        "client_id",
        "origin",
        "type",
        "product__external_id",
        "value",
        "query",
        "trace",
        "rank",
        "time",
        "received_at",
    )
    return [
        {
            "id": row["client_id"],
            "origin": row["origin"],
            "type": row["type"],
            "product": row["product__external_id"],
            "value": row["value"],
            "query": row["query"],
            "trace": str(row["trace"]) if row["trace"] else None,
            "rank": row["rank"],
            "time": row["time"].isoformat(),
            "received_at": row["received_at"].isoformat(),
        }
        for row in rows.iterator(chunk_size=2000)
    ]


def _slates(shopper: Shopper) -> list[dict[str, Any]]:
    slates = SlateTrace.objects.filter(shopper=shopper).select_related("product")
    return [
        {
            "trace": str(slate.trace),
            "scenario": slate.scenario,
            "product": slate.product.external_id if slate.product else None,
            "model_version": slate.model_version,
            "scored_at": slate.scored_at.isoformat(),
            "items": [
                {"product": item["product"], "rank": item["rank"], "score": item["score"]}
                for item in slate.items
            ],
        }
        for slate in slates.iterator(chunk_size=200)
    ]


def _orders(shopper: Shopper) -> list[dict[str, Any]]:
    if shopper.user is None:
        return []
    return [
        {
            "number": order.number,
            "placed_at": order.placed_at.isoformat(),
            "status": order.status,
            "name": order.name,
            "email": order.email,
            "address": order.address,
            "total": str(order.total),
            "lines": [
                {"title": line.title, "price": str(line.price), "quantity": line.quantity}
                for line in order.lines.all()
            ],
        }
        for order in shopper.user.orders.prefetch_related("lines")
    ]
