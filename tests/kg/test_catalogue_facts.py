"""The catalogue enters by itself, follows its changes, and leaves people's word alone."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.management import call_command

from catalog.categories import category_save
from catalog.importing import catalogue_rows_import
from catalog.merchandising import brands_merge, products_set_category, products_set_status
from catalog.models import AttributeType, Brand, Category, Product
from catalog.rows import CatalogueRow
from catalog.services import product_save
from kg.catalogue_facts import catalogue_facts_sync
from kg.facts import fact_reject
from kg.models import Entity, Fact, OutboxEntry
from tests.kg.test_facts import said
from tests.shop import SmallShop

MILK = "category:Dairy / Milk"


def about(key: str) -> set[tuple[str, str]]:
    """Predicate and object of the accepted facts about an entity."""
    return {(predicate, object) for subject, predicate, object in said() if subject == key}


def test_the_whole_catalogue_becomes_entities_and_facts(small_shop: SmallShop):
    report = catalogue_facts_sync()
    assert report.products == 12
    assert about("product:p0") == {("made_by", "brand:Meadow"), ("in_category", MILK)}
    assert about(MILK) == {("parent_category", "category:Dairy")}
    # Each has a brand and a category, and 7 leaves lie below 3 roots.
    assert report.created == 12 + 12 + 7 == Fact.objects.count()
    assert set(Fact.objects.values_list("source", "status", "confidence")) == {
        ("catalogue", "accepted", 1.0)
    }
    oat = Entity.objects.get(key="product:p0")
    assert (oat.name, oat.product) == ("Oat milk, 1 litre", small_shop.products[0])
    assert Entity.objects.get(key=MILK).name == "Milk"
    assert Fact.history.filter(history_type="+").count() == 31


def test_a_second_sync_changes_nothing(small_shop: SmallShop, settings):
    settings.NEO4J_URL = "bolt://neo4j:secret@127.0.0.1:1"
    catalogue_facts_sync()
    before = OutboxEntry.objects.count()
    assert before == 12 + 4 + 10 + 31
    again = catalogue_facts_sync()
    assert (again.created, again.updated, again.retracted) == (0, 0, 0)
    assert again.unchanged == 24
    assert OutboxEntry.objects.count() == before
    assert Fact.history.count() == 31


def test_typed_attributes_become_facts_by_their_words(small_shop: SmallShop):
    for key, kind, unit in [
        ("size", "number", "g"),
        ("organic", "boolean", ""),
        ("harvest", "date", ""),
        ("colour", "text", ""),
        ("story", "text", ""),
    ]:
        AttributeType.objects.create(key=key, label=key.title(), kind=kind, unit=unit)
    jam = small_shop.products[7]
    jam.attributes = {
        "size": 340,
        "organic": True,
        "harvest": "2025-06-30",
        "colour": "red",
        "story": "long " * 40,
        "gone": "no such type any more",
    }
    jam.save()
    catalogue_facts_sync(products=[jam.pk])
    assert {
        object for predicate, object in about("product:p7") if predicate == "has_attribute"
    } == {
        "attribute:size=340 g",
        "attribute:organic=yes",
        "attribute:harvest=2025-06-30",
        "attribute:colour=red",
    }
    assert Entity.objects.get(key="attribute:size=340 g").name == "Size: 340 g"


def test_saving_a_product_brings_its_facts_along(
    small_shop: SmallShop, django_capture_on_commit_callbacks
):
    oat = small_shop.products[0]
    with django_capture_on_commit_callbacks(execute=True):
        oat.title = "Oat drink"
        product_save(product=oat, brand="Orchard", category=["Drinks", "Oat"])
    assert about("product:p0") == {
        ("made_by", "brand:Orchard"),
        ("in_category", "category:Drinks / Oat"),
    }
    assert about("category:Drinks / Oat") == {("parent_category", "category:Drinks")}
    assert Entity.objects.get(key="product:p0").name == "Oat drink"
    with django_capture_on_commit_callbacks(execute=True):
        product_save(product=oat, brand="", category=[])
    assert about("product:p0") == set()
    gone = Fact.history.filter(history_type="-")
    assert {row.history_change_reason for row in gone} == {"no longer in the catalogue"}
    assert gone.count() == 2


def test_one_product_costs_few_queries_and_many_hardly_more(
    small_shop: SmallShop, django_assert_max_num_queries
):
    catalogue_facts_sync()
    Product.objects.update(brand=Brand.objects.create(name="New"))
    with django_assert_max_num_queries(27):
        catalogue_facts_sync(products=[small_shop.products[0].pk])
    with django_assert_max_num_queries(27):
        catalogue_facts_sync(products=[p.pk for p in small_shop.products])
    with django_assert_max_num_queries(20):
        catalogue_facts_sync(products=[p.pk for p in small_shop.products])
    assert {object for key, object in about("product:p11") if key == "made_by"} == {"brand:New"}


def test_an_import_and_bulk_changes_bring_facts_along(db, django_capture_on_commit_callbacks):
    rows = [
        CatalogueRow(f"x{n}", f"Tea {n}", category=("Tea", "Green"), brand="Leaf", price=Decimal(1))
        for n in range(3)
    ]
    with django_capture_on_commit_callbacks(execute=True):
        catalogue_rows_import(rows)
    assert about("product:x2") == {
        ("made_by", "brand:Leaf"),
        ("in_category", "category:Tea / Green"),
    }
    green = Category.objects.get(path="Tea / Green")
    with django_capture_on_commit_callbacks(execute=True):
        green.name = "Sencha"
        category_save(category=green)
    assert ("in_category", "category:Tea / Sencha") in about("product:x0")
    with django_capture_on_commit_callbacks(execute=True):
        products_set_category(
            products=Product.objects.filter(external_id="x0"),
            category=Category.objects.get(path="Tea"),
        )
        products_set_status(
            products=Product.objects.filter(external_id="x1"), status=Product.Status.DRAFT
        )
    assert about("product:x0") == {("made_by", "brand:Leaf"), ("in_category", "category:Tea")}
    assert about("product:x1") == set()


def test_a_brand_renamed_or_merged_in_the_admin_is_renamed_in_the_facts(
    small_shop: SmallShop, admin_client, django_capture_on_commit_callbacks
):
    catalogue_facts_sync()
    meadow = Brand.objects.get(name="Meadow")
    with django_capture_on_commit_callbacks(execute=True):
        address = f"/admin/catalog/brand/{meadow.pk}/change/"
        assert admin_client.post(address, {"name": "Meadow Farm"}).status_code == 302
    assert ("made_by", "brand:Meadow Farm") in about("product:p0")
    assert "brand:Meadow" not in {object for _s, _p, object in said()}
    with django_capture_on_commit_callbacks(execute=True):
        brands_merge(brands=Brand.objects.filter(name__in=["Meadow Farm", "Hilltop"]), keep=meadow)
    makers = {object for _s, predicate, object in said() if predicate == "made_by"}
    assert makers == {"brand:Meadow Farm", "brand:Orchard", "brand:Harbour"}


def test_a_sync_that_fails_does_not_undo_what_was_saved(
    small_shop: SmallShop, monkeypatch, django_capture_on_commit_callbacks
):
    def broken(**options):
        raise RuntimeError("no graph today")

    monkeypatch.setattr("kg.catalogue_facts.catalogue_facts_sync", broken)
    with django_capture_on_commit_callbacks(execute=True):
        small_shop.products[0].title = "Oat drink"
        product_save(product=small_shop.products[0])
    assert Product.objects.get(external_id="p0").title == "Oat drink"


def test_peoples_word_stands_against_the_catalogue(small_shop: SmallShop, state, thing):
    catalogue_facts_sync()
    oat, whole = small_shop.products[:2]
    fact_reject(fact=Fact.objects.get(subject__product=whole, predicate__key="made_by"))
    Fact.objects.filter(subject__product=oat, predicate__key="made_by").delete()
    state("product:p0", "made_by", "brand:Orchard")
    state("product:p0", "in_category", "category:Vegan")
    report = catalogue_facts_sync()
    assert about("product:p0") == {
        ("made_by", "brand:Orchard"),
        ("in_category", MILK),
        ("in_category", "category:Vegan"),
    }
    assert ("made_by", "brand:Meadow") not in about("product:p1")
    assert [problem.field for problem in report.contradicted] == ["object"]
    assert "Oat milk, 1 litre · made by · Orchard" in report.contradicted[0].reason


def test_the_catalogue_corrects_what_an_import_said_of_the_brand(small_shop: SmallShop, state):
    state("product:p0", "made_by", "brand:Medow", source=Fact.Source.IMPORT)
    report = catalogue_facts_sync()
    assert ("made_by", "brand:Meadow") in about("product:p0")
    assert (report.retracted, report.contradicted) == (1, [])


def test_a_hierarchy_made_by_hand_keeps_the_catalogue_from_closing_a_circle(
    small_shop: SmallShop, state
):
    state("category:Dairy", "parent_category", MILK)
    report = catalogue_facts_sync()
    assert about(MILK) == set()
    assert ["leads back" in problem.reason for problem in report.contradicted] == [True]


def test_a_lost_category_loses_its_place(small_shop: SmallShop):
    catalogue_facts_sync()
    Product.objects.filter(category__path="Bakery / Pastry").update(category=None)
    Category.objects.get(path="Bakery / Pastry").delete()
    report = catalogue_facts_sync()
    assert report.retracted == 2
    assert about("category:Bakery / Pastry") == set()


@pytest.mark.parametrize("lost", ["made_by", "parent_category"])
def test_the_command_reports_what_it_did(small_shop: SmallShop, capsys, lost):
    call_command("kg_sync")
    assert "12 products; facts: 31 new, 0 updated" in capsys.readouterr().out
    number = Fact.objects.filter(predicate__key=lost).delete()[0]
    call_command("kg_sync")
    assert f"facts: {number} new, 0 updated" in capsys.readouterr().out
