"""The first page of the admin: how the shop and its recommender are doing."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Product, Review
from catalog.selectors import product_cards
from orders.models import Order
from recommender.contracts import EventType
from recommender.delivery.pool import heartbeat_key, is_heard
from recommender.delivery.reranking import gate_read
from recommender.feedback.figures import (
    ClickThrough,
    Coverage,
    DayCount,
    click_through,
    coverage,
    events_by_day,
    events_by_minute,
    reranks_by_outcome,
    slates_by_outcome,
)
from recommender.ranking.rerank import Gate, Outcome
from recommender.registry.alert_words import alert_text, alert_title
from recommender.registry.alerts import alerts_open
from recommender.registry.models import Alert
from recommender.registry.rollback import rollback_target
from recommender.registry.versions import model_live
from recsite.charts import bars, nice_maximum, stacked_bars

logger = logging.getLogger(__name__)

T = TypeVar("T")
LOW_STOCK = 5
SHOWN = 6
#: The figures over days move slowly; several people looking at once share one computation.
KEEP_SECONDS = 60

OUTCOMES = {
    "cached": (gettext_lazy("From the cache"), "good"),
    "scored": (gettext_lazy("Scored in time"), "fine"),
    "stale": (gettext_lazy("Older than the last event"), "weak"),
    "popular": (gettext_lazy("Popular instead"), "poor"),
}
RERANKS = {
    Outcome.USED: (gettext_lazy("Reranked"), "good"),
    Outcome.LATER: (gettext_lazy("Left to the background run"), "fine"),
    Outcome.GATE: (gettext_lazy("Not helped, says validation"), "fine"),
    Outcome.BUDGET: (gettext_lazy("No time"), "weak"),
    Outcome.NO_MODEL: (gettext_lazy("The model is missing"), "poor"),
    Outcome.UNMEASURED: (gettext_lazy("Not validated yet"), "fine"),
}
ALERT_TONES = {
    Alert.Severity.NOTE: "fine",
    Alert.Severity.WARNING: "weak",
    Alert.Severity.SERIOUS: "poor",
}
GATE_FEATURES = {
    "history_length": gettext_lazy("products in the history"),
    "entropy": gettext_lazy("entropy of the first scores"),
    "cold_share": gettext_lazy("share of new products"),
}
#: From the bottom of a column to its top: the rarer and weightier first.
TYPES = [
    EventType.PURCHASE,
    EventType.CART,
    EventType.CLICK,
    EventType.VIEW,
    EventType.LIKE,
    EventType.RATING,
    EventType.REVIEW,
    EventType.SEARCH,
    EventType.DISLIKE,
    EventType.HIDE,
    EventType.IMPRESSION,
]


def environment_label(request: HttpRequest) -> list[Any]:
    """Which installation this is, so that nobody mistakes one for the other."""
    if settings.DEBUG:
        return [_("Development"), "warning"]
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return [_("Embedded"), "info"]
    return [_("Production"), "danger"]


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fill the page with what this person may see, in a constant number of queries."""
    may = request.user.has_perm
    if may("recommender.view_alert"):
        context["alerts"] = _alerts()
        context["may_put_away"] = may("recommender.change_alert")
    if may("recommender.view_event"):
        context["activity"] = _activity()
    if may("recommender.view_slatetrace"):
        context["slates"] = _slates()
        context["reranking"] = _reranking()
    if may("recommender.view_modelversion"):
        context["model"] = _model()
        if may("recommender.change_modelversion"):
            context["rollback_target"] = rollback_target()
    if may("catalog.view_product"):
        context["low_stock"] = _low_stock()
    if may("catalog.view_review"):
        context["reviews"] = _reviews()
    if may("orders.view_order"):
        context["orders_waiting"] = Order.objects.filter(status=Order.Status.PLACED).count()
    return context


def _kept(name: str, compute: Callable[[], T]) -> T:
    """A figure from the cache, or computed; a cache that is gone only makes it slower."""
    key = f"dashboard:{name}"
    try:
        found: T | None = cache.get(key)
    except Exception:
        logger.warning("the cache does not answer; figures are computed anew")
        return compute()
    if found is None:
        found = compute()
        try:
            cache.set(key, found, timeout=KEEP_SECONDS)
        except Exception:
            logger.warning("the cache does not take figures")
    return found


def _alerts() -> dict[str, Any]:
    """What is open, the gravest first; more than fits here is counted."""
    # One more than is shown tells whether there are more.
    found = list(alerts_open()[: SHOWN + 1])
    return {
        "rows": [
            {
                "pk": alert.pk,
                "title": alert_title(alert),
                "text": alert_text(alert),
                "link": alert.link,
                "times": alert.times,
                "last_at": alert.last_at,
                "severity": alert.get_severity_display(),
                "tone": ALERT_TONES[Alert.Severity(alert.severity)],
            }
            for alert in found[:SHOWN]
        ],
        "are_more": len(found) > SHOWN,
    }


def _activity() -> dict[str, Any]:
    minutes = events_by_minute()
    labels = [_minutes_ago(age) for age in reversed(range(len(minutes)))]
    days: list[DayCount] = _kept("events-by-day", events_by_day)
    totals = {kind.value: sum(d.by_type.get(kind, 0) for d in days) for kind in TYPES}
    present = [kind.value for kind in TYPES if totals[kind.value]]
    day_labels = [date_format(timezone.localtime(day.until), "j M") for day in days]
    return {
        "bars": bars(minutes, labels),
        "minute_top": nice_maximum(max(minutes)),
        "per_minute": f"{sum(minutes) / len(minutes):.1f}",
        "last_hour": sum(minutes),
        "columns": stacked_bars([day.by_type for day in days], day_labels, present),
        "day_top": nice_maximum(max(day.total for day in days)),
        "day_first": day_labels[0],
        "day_last": day_labels[-1],
        "legend": [(name, totals[name]) for name in present],
        "fortnight": sum(totals.values()),
    }


def _minutes_ago(age: int) -> str:
    return _("this minute") if age == 0 else _("%(age)s min ago") % {"age": age}


def _slates() -> dict[str, Any]:
    counted = slates_by_outcome()
    total = sum(counted.values())
    known = {**{name: counted.get(name, 0) for name in OUTCOMES}, **counted}
    parts = [
        {
            "label": OUTCOMES.get(name, (name, "fine"))[0],
            "tone": OUTCOMES.get(name, (name, "fine"))[1],
            "number": number,
            "percent": f"{100 * number / total:.1f}",
        }
        for name, number in known.items()
        if number
    ]
    rates: list[ClickThrough] = _kept("click-through", click_through)
    best = max((row.rate or 0 for row in rates), default=0)
    shown: Coverage = _kept("coverage", coverage)
    return {
        "total": total,
        "parts": parts,
        "rates": [
            {
                "scenario": row.scenario,
                "impressions": row.impressions,
                "clicks": row.clicks,
                "rate": None if row.rate is None else f"{100 * row.rate:.1f}",
                "reward": None if row.mean_reward is None else f"{100 * row.mean_reward:+.1f}",
                "width": f"{100 * (row.rate or 0) / best:.0f}" if best else "0",
            }
            for row in rates
        ],
        "coverage": shown,
        "coverage_percent": None if shown.share is None else f"{100 * shown.share:.1f}",
    }


def _reranking() -> dict[str, Any]:
    counted: dict[str, int] = _kept("reranks", reranks_by_outcome)
    total = sum(counted.values())
    return {
        "gate": _gate_words(gate_read()),
        "parts": [
            {
                "label": label,
                "tone": tone,
                "number": counted[outcome.value],
                "percent": f"{100 * counted[outcome.value] / total:.1f}",
            }
            for outcome, (label, tone) in RERANKS.items()
            if counted.get(outcome.value)
        ],
    }


def _gate_words(gate: Gate | None) -> str:
    if gate is None:
        return _("Nobody is reranked: it was not validated yet. That happens every night.")
    figures = {
        "gain": f"{gate.gain:+.4f}",
        "error": f"{gate.error:.4f}",
        "cases": f"{gate.cases:,}",
        "share": f"{100 * gate.share:.0f}",
    }
    if not gate.is_open:
        return (
            _(
                "Off: on %(cases)s validation cases nobody gains for sure; the best choice gained "
                "%(gain)s ± %(error)s NDCG@10."
            )
            % figures
        )
    if not gate.feature:
        return (
            _("On for everybody: gains %(gain)s ± %(error)s NDCG@10 on %(cases)s validation cases.")
            % figures
        )
    figures |= {
        "feature": str(GATE_FEATURES[gate.feature]),
        "low": f"{gate.low:.3g}",
        "high": f"{gate.high:.3g}",
    }
    return (
        _(
            "On for %(share)s %% of shoppers (%(feature)s: %(low)s to %(high)s): gains %(gain)s ± "
            "%(error)s NDCG@10 on %(cases)s validation cases."
        )
        % figures
    )


def _model() -> dict[str, Any]:
    try:
        pulse = cache.get(heartbeat_key("scoring"))
    except Exception:
        pulse = None
    silent = None if pulse is None else max(0.0, time.time() - float(pulse))
    return {
        "live": model_live(),
        "pool_answers": is_heard(pulse),
        "pool_silent_seconds": None if silent is None else round(silent),
    }


def _low_stock() -> list[Product]:
    goods = Product.objects.filter(
        status=Product.Status.ACTIVE, kind=Product.Kind.GOODS, stock__lte=LOW_STOCK
    )
    # Of those that run out, the ones that sell.
    return list(product_cards(goods).order_by("-popularity", "stock", "pk")[:SHOWN])


def _reviews() -> list[Review]:
    newest = Review.objects.select_related("product__brand", "shopper").order_by("-created_at")
    return list(newest.prefetch_related("product__media")[:SHOWN])
