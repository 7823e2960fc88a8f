"""Where slates wait to be shown: the cache, written by the pool and read by the web.

It is also how the pool answers: a page that waits for a slate looks here until it appears.
A cache that is gone is an empty one; nobody gets an error because of it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.cache import cache

from recommender.contracts import Scenario, Slate, SlateItem, SlateRequest

logger = logging.getLogger(__name__)

#: Items of a slate as it is kept; pages show its beginning.
SHORT, LONG = 40, 120


def slate_length(request: SlateRequest) -> int:
    """How long a slate has to be to satisfy the request after its exclusions."""
    return SHORT if request.count + len(request.exclude) <= SHORT else LONG


def slate_key(request: SlateRequest) -> str:
    """Name of the slate in the cache; requests that differ in count only share one."""
    shopper = request.shopper if not _impersonal(request.scenario) else ""
    name = f"{request.scenario}|{shopper}|{request.product}|{slate_length(request)}"
    # Ids may hold what a cache's key may not.
    return "slate:" + name.encode("utf-8").hex()


def _impersonal(scenario: Scenario) -> bool:
    return scenario is Scenario.TRENDING


def slate_as_dict(slate: Slate) -> dict[str, Any]:
    """A slate in plain types, as cache and trace keep it.

    Written out, since ``dataclasses.asdict`` copies every value and takes fifty times as long.
    """
    plain = {name: getattr(slate, name) for name in Slate.__slots__}
    plain["scenario"] = slate.scenario.value
    plain["items"] = [slate_item_as_dict(item) for item in slate.items]
    return plain


def slate_item_as_dict(item: SlateItem) -> dict[str, Any]:
    """One slot in plain types."""
    plain = {name: getattr(item, name) for name in SlateItem.__slots__}
    plain["rules"] = list(item.rules)
    return plain


def slate_from_dict(plain: Mapping[str, Any]) -> Slate:
    """The inverse of ``slate_as_dict``."""
    return Slate(
        **{
            **plain,
            "scenario": Scenario(plain["scenario"]),
            "items": tuple(slate_item_from_dict(item) for item in plain["items"]),
        }
    )


def slate_item_from_dict(plain: Mapping[str, Any]) -> SlateItem:
    """One slot from plain types."""
    return SlateItem(**{**plain, "rules": tuple(plain["rules"])})


def slates_read(requests: Iterable[SlateRequest], *extra: str) -> dict[str, Any]:
    """Slates by key, and the values of further keys, in one look."""
    keys = [slate_key(request) for request in requests]
    try:
        found = cache.get_many([*keys, *extra])
    except Exception:
        logger.warning("the cache does not answer; slates are treated as missing")
        return {}
    return {key: slate_from_dict(found[key]) if key in keys else found[key] for key in found}


def slate_write(request: SlateRequest, slate: Slate) -> None:
    """Keep a slate until it is replaced."""
    cache.set(slate_key(request), slate_as_dict(slate), timeout=settings.SLATE_CACHE_SECONDS)


#: How long one popular slate serves everybody.
FALLBACK_SECONDS = 60


def fallback_key(request: SlateRequest) -> str:
    """Name of the popular slate that stands in where nothing else is to be had."""
    return "fallback:" + slate_key(replace(request, shopper=""))


def fallback_read(key: str) -> Slate | None:
    """The popular slate, if one was made a moment ago."""
    try:
        plain = cache.get(key)
    except Exception:
        return None
    return slate_from_dict(plain) if plain else None


def fallback_write(key: str, slate: Slate) -> None:
    """Keep a popular slate for a moment; without a cache each is made anew."""
    try:
        cache.set(key, slate_as_dict(slate), timeout=FALLBACK_SECONDS)
    except Exception:
        logger.warning("the cache does not answer; the popular slate is not kept")
