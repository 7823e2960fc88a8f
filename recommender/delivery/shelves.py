"""Which slates make a page, and all that their cards show, in a constant number of queries."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.models import Product
from catalog.selectors import new_products, popular_products, products_by_external_id
from recommender.contracts import EventType, Scenario, Slate, SlateItem, SlateRequest
from recommender.delivery.explaining import waits_for_sentences
from recommender.delivery.slates import NO_MODEL, ServedSlate, slates_get
from recommender.delivery.titles import title_book
from recommender.delivery.told import reason_id
from recommender.delivery.words import explanation_products, explanation_words
from recommender.events.models import Event
from recommender.features.opinions import rejected_products
from users.visitor import Visitor

SHELF_LENGTH = 12
#: A shelf with fewer cards looks like a mistake.
SHELF_MINIMUM = 2
#: What has not been written by then is not waited for.
TOLD_WITHIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Card:
    """A product as a shelf shows it; without ``trace`` nobody recommended it."""

    product: Product
    trace: str = ""
    place: int = 0
    #: Why it is here, in a few words.
    reason: str = ""

    @property
    def url(self) -> str:
        """The product's page; the address remembers where the card stood."""
        url = self.product.get_absolute_url()
        if not self.trace:
            return url
        return f"{url}?{urlencode({'from': self.trace, 'place': self.place})}"

    @property
    def reason_id(self) -> str:
        """Where a sentence that is written later goes."""
        return reason_id(self.trace, self.product.external_id)

    @property
    def why_url(self) -> str:
        """Address of the answer to "why am I seeing this?"."""
        return f"{reverse('why')}?" + urlencode(
            {"trace": self.trace, "product": self.product.external_id, "place": self.place}
        )


@dataclass(frozen=True, slots=True)
class Shelf:
    """A titled row of cards."""

    key: str
    title: str
    cards: Sequence[Card]
    trace: str = ""
    more_url: str = ""
    #: Whether sentences about its cards are being written.
    is_pending: bool = False


def plain_cards(products: Iterable[Product]) -> list[Card]:
    """Cards of products that were not recommended but asked for."""
    return [Card(product) for product in products]


def home_shelves(visitor: Visitor) -> list[Shelf]:
    """The shelves of the home page: personal for whoever agreed to that, good for everybody."""
    rejected = _rejected(visitor)
    requests = [SlateRequest(Scenario.TRENDING, count=SHELF_LENGTH, exclude=rejected)]
    last = ""
    if visitor.may_be_recorded:
        shopper = visitor.shopper_id
        last = last_purchase(shopper)
        requests += [
            SlateRequest(Scenario.HOME, shopper, count=SHELF_LENGTH),
            SlateRequest(Scenario.BUY_AGAIN, shopper, count=SHELF_LENGTH),
        ]
        if last:
            requests.append(_related(Scenario.SIMILAR, last, rejected))
    served = slates_get(requests, shopper=visitor.shopper)
    found = {
        one.slate.scenario: (one.slate, row)
        for one, row in zip(served, _cards(served), strict=True)
    }
    because = title_book.titles([last]).get(last, "") if last else ""
    titles = {
        Scenario.HOME: _("For you"),
        Scenario.BUY_AGAIN: _("Buy again"),
        Scenario.SIMILAR: _("Because you bought %(product)s") % {"product": because},
        Scenario.TRENDING: _("Trending"),
    }
    page: list[Shelf] = []
    shown: set[str] = set()
    for scenario, title in titles.items():
        slate, row = found.get(scenario, (None, []))
        products = {card.product.external_id for card in row}
        # A shelf that only repeats what stands above it is left out.
        if slate is None or len(row) < SHELF_MINIMUM or products <= shown:
            continue
        if _is_stand_in(slate) and (page or scenario is Scenario.SIMILAR):
            continue
        if scenario is Scenario.HOME and not _is_personal(slate.items):
            title = _("Popular right now")
        more = f"{reverse('search')}?sort=popular" if scenario is Scenario.TRENDING else ""
        shown |= products
        pending = scenario is Scenario.HOME and _is_being_told(slate)
        page.append(Shelf(scenario.value, title, row, slate.trace, more, pending))
    if not page:
        page.append(_popular_shelf())
    new = [p for p in new_products(SHELF_LENGTH) if p.external_id not in rejected]
    page.append(Shelf("new", _("New"), plain_cards(new), "", f"{reverse('search')}?sort=new"))
    return [shelf for shelf in page if shelf.cards]


def product_shelves(visitor: Visitor, product: Product) -> list[Shelf]:
    """What goes with a product and what is like it."""
    titles = {
        Scenario.COMPLEMENTARY: _("Goes well with it"),
        Scenario.SIMILAR: _("More like this"),
    }
    rejected = _rejected(visitor)
    served = slates_get([_related(s, product.external_id, rejected) for s in titles])
    return [
        Shelf(one.slate.scenario.value, titles[one.slate.scenario], row, one.slate.trace)
        for one, row in zip(served, _cards(served), strict=True)
        if len(row) >= SHELF_MINIMUM and not _is_stand_in(one.slate)
    ]


def cart_shelf(visitor: Visitor, products: Sequence[Product]) -> Shelf | None:
    """What goes with the newest thing in the cart."""
    if not products:
        return None
    held = tuple(product.external_id for product in products)
    request = _related(Scenario.COMPLEMENTARY, held[-1], (*held, *_rejected(visitor)))
    served = slates_get([request])
    row = _cards(served)[0]
    slate = served[0].slate
    if len(row) < SHELF_MINIMUM or _is_stand_in(slate):
        return None
    return Shelf("with-cart", _("Goes well with your cart"), row, slate.trace)


def _rejected(visitor: Visitor) -> tuple[str, ...]:
    """What this visitor does not want to see, on whatever shelf."""
    if not visitor.may_be_recorded or visitor.shopper is None:
        return ()
    return tuple(sorted(rejected_products([visitor.shopper_id])))


def _related(scenario: Scenario, product: str, exclude: tuple[str, ...]) -> SlateRequest:
    """A slate about a product. It is the same for everybody but for what they reject.

    Asked for without the shopper, it is shared: one visitor's slate is ready for the next.
    """
    return SlateRequest(scenario, "", product, SHELF_LENGTH, exclude)


def _is_stand_in(slate: Slate) -> bool:
    """Whether popular products stand where personal or related ones should.

    Under a title such as "More like this" they would say something untrue.
    """
    if slate.degraded and slate.model_version == NO_MODEL:
        return True
    about_product = slate.scenario.needs_product
    return about_product and all(set(item.sources) <= {"popular"} for item in slate.items)


def _is_being_told(slate: Slate) -> bool:
    """Whether the slate is so new that its sentences may still come."""
    is_new = time.time() - slate.scored_at < TOLD_WITHIN_SECONDS
    return is_new and not slate.degraded and waits_for_sentences(slate)


def _popular_shelf() -> Shelf:
    return Shelf("popular", _("Popular right now"), plain_cards(popular_products(SHELF_LENGTH)))


def last_purchase(shopper: str) -> str:
    """External id of the product that a shopper bought last; one query."""
    return (
        Event.objects.filter(
            shopper__external_id=shopper,
            type=EventType.PURCHASE.value,
            product__status=Product.Status.ACTIVE,
        )
        .order_by("-time", "-pk")
        .values_list("product__external_id", flat=True)
        .first()
        or ""
    )


def _is_personal(items: Sequence[SlateItem]) -> bool:
    """Whether at least one item is there for a reason of this shopper's own."""
    return any(item.explanation.get("template", "popular") != "popular" for item in items)


def _cards(served: Sequence[ServedSlate]) -> list[list[Card]]:
    """The cards of each slate, hydrated together."""
    items = [item for one in served for item in one.slate.items]
    products = products_by_external_id(item.product for item in items)
    titles = title_book.titles(
        named for item in items for named in explanation_products(item.explanation)
    )
    return [
        [
            Card(
                product=products[item.product],
                trace=one.slate.trace,
                place=item.rank,
                reason=explanation_words(item.explanation, titles),
            )
            for item in one.slate.items
            if item.product in products
        ]
        for one in served
    ]
