"""A shop of any size for the admin's tests."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from catalog.categories import category_make
from catalog.models import AttributeType, Brand, Category, Product, Review
from catalog.services import product_save
from kg.facts import entity_make, fact_state
from kg.models import Entity, Fact, OutboxEntry
from kg.vocabulary import vocabulary_make
from orders.models import Order, OrderLine
from recommender.models import (
    Alert,
    Event,
    ExplanationSentence,
    GateBounds,
    LearningPlan,
    LearningRun,
    ModelVersion,
    Opinion,
    OpinionClassifierVersion,
    PromptTemplateVersion,
    SlateCount,
    SlateTrace,
    Snapshot,
)
from recommender.registry.alerts import alert_raise
from users.models import ApiToken, Consent, ConsentDecision, ErasureReceipt, Shopper

_number = itertools.count(1)


@dataclass
class Stock:
    """What was made, in the order in which it was made."""

    categories: list[Category] = field(default_factory=list)
    brands: list[Brand] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    shoppers: list[Shopper] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    traces: list[SlateTrace] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    @classmethod
    def make(cls) -> Stock:
        # Tests that empty the tables take the vocabulary of the migrations away, too.
        vocabulary_make()
        GateBounds.objects.create(pk=1)
        for key, kind, unit in (
            ("size", "text", ""),
            ("weight", "number", "g"),
            ("organic", "boolean", ""),
            ("harvested", "date", ""),
        ):
            AttributeType.objects.create(key=key, label=key.title(), kind=kind, unit=unit)
        LearningPlan.objects.create(pk=1, every_minutes=5, minimum_events=200)
        made = cls()
        made.more(4)
        return made

    def more(self, number: int) -> None:
        """Add so many of everything."""
        for _ in range(number):
            self._one(next(_number))

    def _one(self, n: int) -> None:
        now = timezone.now()
        category = category_make(path=["Food", f"Aisle {n}"])
        brand = Brand.objects.create(name=f"Brand {n}")
        product = product_save(
            product=Product(
                external_id=f"p{n}",
                title=f"Product {n}",
                price=Decimal("4.00"),
                stock=n % 3,
                brand=brand,
                category=category,
                attributes={"size": "1 l"},
                popularity=1 / n,
            )
        )
        shopper = Shopper.objects.create(external_id=f"s{n}", consent=Consent.GRANTED)
        ConsentDecision.objects.create(shopper=shopper, consent=Consent.GRANTED, source="web")
        review = Review.objects.create(product=product, shopper=shopper, rating=4, title="Good")
        Product.objects.filter(pk=product.pk).update(rating_mean=4.0, rating_count=1)
        trace = SlateTrace.objects.create(
            trace=uuid.uuid4(),
            scenario="home",
            shopper=shopper,
            model_version="v1",
            items=[
                {
                    "product": product.external_id,
                    "rank": 1,
                    "score": 0.75,
                    "sources": {"ease": 0.5, "content": 0.25},
                    "explanation": {"template": "because-bought", "product": product.external_id},
                    "rules": ["pin"],
                }
            ],
        )
        for kind in ("view", "impression", "click"):
            Event.objects.create(
                origin="web",
                client_id=f"{kind}-{n}",
                shopper=shopper,
                product=product,
                type=kind,
                trace=None if kind == "view" else trace.pk,
                rank=1,
                time=now - timedelta(minutes=n % 7),
            )
        ExplanationSentence.objects.create(
            evidence=f"e{n}", language="en", text="You may like this.", origin="paraphrase",
            written="It is cheap.", refused="unreadable",
        )  # fmt: skip
        PromptTemplateVersion.objects.create(
            language="en", version=100 + n, system="Be brief.", user="{item}: {facts}"
        )
        SlateCount.objects.create(
            minute=now - timedelta(minutes=n), scenario="home", outcome="cached", count=3
        )
        version = ModelVersion.objects.create(
            version=f"m{n}", folder=f"m{n}", checksum="0", watermark=n, metrics={"a": {"b": 0.5}}
        )
        LearningRun.objects.create(
            trigger="events",
            status="refused",
            step="done",
            candidate=version,
            parent=version,
            ended_at=now,
            reasons=[{"code": "fell", "probe": "newest", "figure": -0.2, "bound": -0.05}],
        )
        classifier = OpinionClassifierVersion.objects.create(
            version=f"o{n}", folder=f"opinions/o{n}", checksum="0"
        )
        Opinion.objects.create(
            review=review, sentiment="good", probability_good=0.9, classifier=classifier
        )
        alert_raise(
            kind="candidate-refused",
            severity=Alert.Severity.WARNING,
            arguments={"version": f"m{n}", "reasons": [{"code": "forgetting"}]},
        )
        Snapshot.objects.create(watermark=n, path=f"{n}.parquet", rows=n, checksum="0")
        ApiToken.issue(name=f"client {n}", scopes=["catalogue:read"])
        ErasureReceipt.objects.create(
            number=f"AAAA-{n:04}", route="admin", counts={"events": 3}, is_learnt=True
        )
        order = Order.objects.create(
            number=f"R{n}",
            cart_key="k",
            name="Ann",
            email="a@example.com",
            address="x",
            total=Decimal("8.00"),
        )
        OrderLine.objects.create(
            order=order, product=product, title=product.title, price=Decimal("4.00"), quantity=2
        )
        thing = entity_make(kind="product", name=product.title, product=product)
        maker = entity_make(kind="brand", name=brand.name)
        made_by = fact_state(
            subject=thing,
            predicate="made_by",
            object=maker,
            source=Fact.Source.CATALOGUE,
            status=Fact.Status.ACCEPTED,
        )
        made_of = fact_state(
            subject=thing,
            predicate="made_of",
            object=entity_make(kind="material", name=f"Material {n}"),
            source=Fact.Source.MINED,
            confidence=0.8,
            evidence=f"It holds a lot of material {n}.",
        )
        OutboxEntry.objects.create(what="entity", identity=thing.key)
        self.entities += [thing, maker]
        self.facts += [made_by, made_of]
        self.categories.append(category)
        self.brands.append(brand)
        self.products.append(product)
        self.shoppers.append(shopper)
        self.reviews.append(review)
        self.traces.append(trace)
        self.orders.append(order)
