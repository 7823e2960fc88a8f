"""People at browsers: a stranger, one who agreed, one with an account; and slates for them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence

import pytest
from django.test import Client

from recommender.contracts import Scenario, Slate, SlateItem, SlateRequest
from recommender.delivery.models import SlateTrace
from recommender.delivery.slate_store import slate_write
from recommender.delivery.titles import title_book
from tests.shop import SmallShop
from users.models import Shopper, User
from users.shoppers import shopper_for_user

PASSWORD = "quiet-river-7"


@pytest.fixture(autouse=True)
def _no_titles_remembered() -> Iterator[None]:
    title_book.forget()
    yield
    title_book.forget()


@pytest.fixture
def stranger(small_shop: SmallShop) -> Client:
    """Somebody who has not decided about being recorded."""
    return Client()


@pytest.fixture
def agreed(small_shop: SmallShop) -> Client:
    """Somebody without an account who agreed to be recorded."""
    client = Client()
    client.post("/consent/", {"choice": "accept"})
    return client


@pytest.fixture
def user(small_shop: SmallShop) -> User:
    """The account of the shopper Anna, who has three purchases behind her."""
    account = User.objects.create_user(
        "anna@example.org", "anna@example.org", PASSWORD, first_name="Anna"
    )
    anna = small_shop.shoppers["anna"]
    anna.user, anna.display_name = account, "Anna"
    anna.save()
    return account


@pytest.fixture
def anna(user: User) -> Client:
    """Anna, logged in."""
    client = Client()
    client.force_login(user)
    return client


def shopper_of(client: Client) -> Shopper:
    """The shopper behind a client."""
    user_pk = client.session.get("_auth_user_id")
    if user_pk:
        return shopper_for_user(User.objects.get(pk=user_pk))
    return Shopper.objects.get(session_key=client.session["shopper_key"])


def slate_shown(
    scenario: Scenario,
    products: Sequence[str],
    *,
    shopper: Shopper | None = None,
    about: str = "",
    explanation: dict | None = None,
    sources: dict[str, float] | None = None,
) -> str:
    """Put a fresh slate where pages look for it, with its trace; returns the trace."""
    request = SlateRequest(scenario, shopper.external_id if shopper else "", about, 12)
    trace = str(uuid.uuid4())
    slate = Slate(
        trace=trace,
        scenario=scenario,
        shopper=request.shopper,
        product=about,
        model_version="20260131-120000",
        scored_at=time.time(),
        items=tuple(
            SlateItem(
                product,
                rank,
                1 / rank,
                sources or {"ease": 3.0, "content": 1.0},
                explanation or {"template": "your-taste"},
            )
            for rank, product in enumerate(products, start=1)
        ),
    )
    slate_write(request, slate)
    SlateTrace.objects.create(
        trace=trace,
        scenario=scenario.value,
        shopper=shopper,
        model_version=slate.model_version,
        items=[
            {
                "product": item.product,
                "rank": item.rank,
                "score": item.score,
                "sources": dict(item.sources),
                "explanation": dict(item.explanation),
                "rules": [],
            }
            for item in slate.items
        ],
    )
    return trace


#: Headers of a request by htmx.
HTMX = {"HX-Request": "true"}
