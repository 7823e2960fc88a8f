"""Which slates make a page, and all that their cards show, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.models import Product
from catalog.selectors import new_products, popular_products, products_by_external_id
from recommender.contracts import EventType, Scenario, SlateItem, SlateRequest
from recommender.delivery.slates import ServedSlate, slates_get
from recommender.delivery.titles import title_book
from recommender.delivery.words import explanation_products, explanation_words
from recommender.events.models import Event
from users.visitor import Visitor

SHELF_LENGTH = 12
#: A shelf with fewer cards looks like a mistake.
SHELF_MINIMUM = 2


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
    note: str = ""
    more_url: str = ""


def plain_cards(products: Iterable[Product]) -> list[Card]:
    """Cards of products that were not recommended but asked for."""
    return [Card(product) for product in products]


def home_shelves(visitor: Visitor) -> list[Shelf]:
    """The shelves of the home page: personal for whoever agreed to that, good for everybody."""
    requests = [SlateRequest(Scenario.TRENDING, count=SHELF_LENGTH)]
    last = ""
    if visitor.may_be_recorded:
        shopper = visitor.shopper_id
        last = last_purchase(shopper)
        requests += [
            SlateRequest(Scenario.HOME, shopper, count=SHELF_LENGTH),
            SlateRequest(Scenario.BUY_AGAIN, shopper, count=SHELF_LENGTH),
        ]
        if last:
            requests.append(SlateRequest(Scenario.SIMILAR, shopper, last, SHELF_LENGTH))
    served = slates_get(requests, shopper=visitor.shopper)
    cards = _cards(served)
    shelves = {one.slate.scenario: (one, row) for one, row in zip(served, cards, strict=True)}
    titles = {
        Scenario.HOME: _("For you"),
        Scenario.BUY_AGAIN: _("Buy again"),
        Scenario.SIMILAR: _("Because you bought %(product)s")
        % {"product": title_book.titles([last]).get(last, "") if last else ""},
        Scenario.TRENDING: _("Trending"),
    }
    page: list[Shelf] = []
    shown: set[str] = set()
    for scenario, title in titles.items():
        if scenario not in shelves:
            continue
        one, row = shelves[scenario]
        # A stand-in for a personal shelf would show the popular products once more.
        if one.slate.degraded and one.slate.model_version == "none" and page:
            continue
        ids = {card.product.external_id for card in row}
        if len(row) < SHELF_MINIMUM or ids <= shown:
            continue
        shown |= ids
        if scenario is Scenario.HOME and not _is_personal(one.slate.items):
            title = _("Popular right now")
        page.append(
            Shelf(
                key=scenario.value,
                title=title,
                cards=row,
                trace=one.slate.trace,
                more_url=f"{reverse('search')}?sort=popular"
                if scenario is Scenario.TRENDING
                else "",
            )
        )
    if not page:
        page.append(_popular_shelf())
    page.append(
        Shelf(
            "new",
            _("New"),
            plain_cards(new_products(SHELF_LENGTH)),
            more_url=f"{reverse('search')}?sort=new",
        )
    )
    return [shelf for shelf in page if shelf.cards]


def product_shelves(visitor: Visitor, product: Product) -> list[Shelf]:
    """What goes with a product and what is like it."""
    shopper = visitor.shopper_id if visitor.may_be_recorded else ""
    scenarios = [Scenario.COMPLEMENTARY, Scenario.SIMILAR]
    served = slates_get(
        [SlateRequest(s, shopper, product.external_id, SHELF_LENGTH) for s in scenarios],
        shopper=visitor.shopper,
    )
    titles = [_("Goes well with it"), _("More like this")]
    shelves: list[Shelf] = []
    for one, row, title in zip(served, _cards(served), titles, strict=True):
        # Popular products in place of related ones would say something untrue.
        if len(row) < SHELF_MINIMUM or (one.slate.degraded and one.slate.model_version == "none"):
            continue
        shelves.append(Shelf(one.slate.scenario.value, title, row, one.slate.trace))
    return shelves


def cart_shelf(visitor: Visitor, products: Sequence[Product]) -> Shelf | None:
    """What goes with the newest thing in the cart."""
    if not products:
        return None
    shopper = visitor.shopper_id if visitor.may_be_recorded else ""
    held = tuple(product.external_id for product in products)
    request = SlateRequest(Scenario.COMPLEMENTARY, shopper, held[-1], SHELF_LENGTH, held)
    served = slates_get([request], shopper=visitor.shopper)
    row = _cards(served)[0]
    slate = served[0].slate
    if len(row) < SHELF_MINIMUM or (slate.degraded and slate.model_version == "none"):
        return None
    return Shelf("with-cart", _("Goes well with your cart"), row, slate.trace)


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
