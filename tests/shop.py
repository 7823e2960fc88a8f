"""A shop small enough to know by heart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Self

from django.utils import timezone

from catalog.models import Brand, Category, Product
from recommender.contracts import EventType
from recommender.events.models import Event
from users.models import Consent, Shopper

#: Title, category, brand, price.
GOODS = [
    ("Oat milk, 1 litre", "Dairy / Milk", "Meadow", "2.10"),
    ("Whole milk, 1 litre", "Dairy / Milk", "Meadow", "1.20"),
    ("Plain yoghurt, 500 g", "Dairy / Yoghurt", "Meadow", "1.80"),
    ("Strawberry yoghurt, 500 g", "Dairy / Yoghurt", "Hilltop", "1.95"),
    ("Rye bread", "Bakery / Bread", "Hilltop", "3.20"),
    ("Wheat bread", "Bakery / Bread", "Hilltop", "2.60"),
    ("Butter croissant", "Bakery / Pastry", "Hilltop", "1.10"),
    ("Strawberry jam, 340 g", "Pantry / Spreads", "Orchard", "3.40"),
    ("Apricot jam, 340 g", "Pantry / Spreads", "Orchard", "3.40"),
    ("Ground coffee, 500 g", "Pantry / Coffee", "Harbour", "6.50"),
    ("Green tea, 20 bags", "Pantry / Tea", "Harbour", "2.90"),
    ("Honey, 250 g", "Pantry / Spreads", "Orchard", "5.20"),
]
#: What each shopper bought together, oldest basket first; numbers are places in GOODS.
BASKETS = {
    "anna": [[0, 4, 7], [0, 9], [0, 4, 11]],
    "ben": [[1, 5, 7], [1, 5, 8], [1, 6, 9]],
    "cleo": [[0, 4, 8], [2, 10], [0, 4, 7]],
}


@dataclass
class SmallShop:
    """Products by place in GOODS, shoppers by name."""

    products: list[Product]
    shoppers: dict[str, Shopper]

    @classmethod
    def make(cls) -> Self:
        """Fill the database."""
        products = [cls._product(number, *row) for number, row in enumerate(GOODS)]
        shoppers = {
            name: Shopper.objects.create(external_id=name, consent=Consent.GRANTED)
            for name in BASKETS
        }
        now = timezone.now()
        for name, baskets in BASKETS.items():
            for week, basket in enumerate(baskets):
                for place in basket:
                    Event.objects.create(
                        origin="test",
                        client_id=f"{name}-{week}-{place}",
                        shopper=shoppers[name],
                        product=products[place],
                        type=EventType.PURCHASE.value,
                        value=1,
                        time=now - timedelta(days=7 * (len(baskets) - week) + 30),
                    )
        return cls(products, shoppers)

    @staticmethod
    def _product(number: int, title: str, path: str, brand: str, price: str) -> Product:
        parent = None
        walked: list[str] = []
        for depth, name in enumerate(path.split(Category.SEPARATOR)):
            walked.append(name)
            parent, _made = Category.objects.get_or_create(
                path=Category.SEPARATOR.join(walked),
                defaults={
                    "name": name,
                    "parent": parent,
                    "depth": depth,
                    "slug": "-".join(walked).lower(),
                },
            )
        return Product.objects.create(
            external_id=f"p{number}",
            title=title,
            category=parent,
            brand=Brand.objects.get_or_create(name=brand)[0],
            price=Decimal(price),
            stock=10,
        )
