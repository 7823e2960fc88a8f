"""The vocabulary, and things to state facts about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from catalog.models import Product
from kg.facts import entity_make, fact_state
from kg.models import Entity, Fact
from kg.vocabulary import vocabulary_make
from tests.kg.mined_facts import MakeProduct
from users.models import Consent, Shopper


@pytest.fixture(autouse=True)
def _vocabulary(db) -> None:
    """Tests that empty the tables take the migration's rows away; each test has them."""
    vocabulary_make()


@pytest.fixture
def thing(db) -> Callable[[str], Entity]:
    """Makes or finds an entity by its key; a product comes with its row in the catalogue."""

    def make(key: str) -> Entity:
        kind, name = key.split(":", 1)
        product = None
        if kind == "product":
            product, _made = Product.objects.get_or_create(
                external_id=name, defaults={"title": name}
            )
        return entity_make(kind=kind, name=name, product=product)

    return make


@pytest.fixture
def state(thing: Callable[[str], Entity]) -> Callable[..., Fact]:
    """States an accepted fact between two keys, whose entities are made."""

    def make(subject: str, predicate: str, object: str, **options: Any) -> Fact:
        return fact_state(
            subject=thing(subject),
            predicate=predicate,
            object=thing(object),
            **{"status": Fact.Status.ACCEPTED, **options},
        )

    return make


@pytest.fixture
def product(db) -> MakeProduct:
    """Makes a product whose texts can be read."""

    def make(external_id: str, title: str, **fields: object) -> Product:
        return Product.objects.create(external_id=external_id, title=title, **fields)

    return make


@pytest.fixture
def shopper(db) -> Shopper:
    """Somebody who writes reviews."""
    return Shopper.objects.create(external_id="anna", consent=Consent.GRANTED)
