"""The demo's catalogue reads like a shop's, and its log is a year of real baskets."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from catalog.datasets import completejourney
from catalog.datasets.completejourney_text import product_types
from catalog.datasets.dataset import DatasetMissingError
from catalog.pictures import GROUPS, PLAIN
from recommender.contracts import EventType

END = datetime(2026, 1, 15, 12, tzinfo=UTC)

#: What a till writes and a shelf must not.
ABBREVIATIONS = re.compile(
    r"\b(frzn|sft|drnk|btl|pk|ct|pck|mlt|carb|excl?|incl|chix|frd|prep|sal|sw|gds|swt|flvrd|bkd|fd|"
    r"pwdr|crystl|dnr|dnrs|hbc|asst|other|misc|miscellaneous|sngl|sgl|srv|ss|conc|jce|oj|veg|grnd|"
    r"iqf|rw|fre|frz|brd|refrig|refrgratd|spec|spclty|pnt|btr|sv|bev|iws|rts|hygn|fem|chckn|pkg|"
    r"wt|whl|cnd|fs|crmd|can carb|xmas|w)\b|[&/()#*_]|\.(?!\d)|\s{2,}",
    re.IGNORECASE,
)
NOT_SOLD = re.compile(
    r"tobacco|cigar|snuff|smokeless|lighter fluid|\bbeers?\b|\bales?\b|wine|liquor|spirits|"
    r"gasoline|fuel|coupon|gift card|prescription|lottery|ticket|wireless|photo",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def shop():
    dataset = completejourney.load(end=END)
    return dataset, list(dataset.catalogue), list(dataset.log)


def test_counts_are_those_announced(shop):
    dataset, catalogue, log = shop

    assert len(catalogue) == dataset.products == 2_400
    assert len(log) == dataset.interactions == 346_150
    assert len({row.shopper for row in log}) == 720
    assert len({row.id for row in log}) == len(log)
    assert len({row.external_id for row in catalogue}) == len(catalogue)


def test_no_two_products_look_the_same_to_a_shopper(shop):
    _, catalogue, _ = shop

    seen = Counter((row.category, row.brand, row.attributes.get("size")) for row in catalogue)
    assert [key for key, count in seen.items() if count > 1] == []
    titles = Counter(row.title.lower() for row in catalogue)
    assert [title for title, count in titles.items() if count > 1] == []


def test_titles_and_categories_are_written_out_in_sentence_case(shop):
    _, catalogue, _ = shop

    for row in catalogue:
        assert not ABBREVIATIONS.search(row.title), row.title
        assert not ABBREVIATIONS.search(row.category[2]), row.category
        assert row.title[0].isupper()
        assert not re.search(r"\b[A-Z]{2,}", row.title), row.title
        assert len(row.title) <= 80


def test_no_title_says_its_size_twice(shop):
    _, catalogue, _ = shop
    units = re.compile(r"\b(litre|pint|quart|gallon|oz|lb)s?\b")

    said = {row.title: units.findall(row.title) for row in catalogue}
    twice = [title for title, found in said.items() if len(set(found)) < len(found)]
    assert twice == []


def test_every_word_of_the_type_table_is_written_out():
    for kind in product_types().values():
        assert not ABBREVIATIONS.search(kind.name), kind.name
        assert kind.leaf[0].isupper()


def test_a_type_has_one_place_in_the_shop():
    places: dict[str, set[tuple[str, str]]] = {
        kind.name: set() for kind in product_types().values()
    }
    for kind in product_types().values():
        places[kind.name].add((kind.department, kind.aisle))

    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_tobacco_and_the_like_are_not_sold(shop):
    _, catalogue, _ = shop

    sold = [row.title for row in catalogue if NOT_SOLD.search(f"{row.title} {row.category}")]
    assert sold == []
    restricted = re.compile(r"CIGARETTE|TOBACCO|BEER|WINES?$|SPIRITS|GASOLINE|COUPON|TICKETS")
    assert [pair for pair in product_types() if any(map(restricted.search, pair))] == []


def test_a_product_carries_what_the_data_knows(shop):
    _, catalogue, _ = shop
    milk = catalogue[0]

    assert milk.external_id == "1029743"
    assert milk.title == "House brand fresh milk, 1 gallon"
    assert milk.category == ("Dairy & eggs", "Milk & cream", "Fresh milk")
    assert milk.price == Decimal("2.69")
    assert milk.attributes == {"own_brand": True, "size": "1 gallon", "storage": "Chilled"}
    assert milk.group == "milk-jug"
    assert milk.description == (
        "Fresh milk, our house brand, 1 gallon. In our Dairy & eggs department, under Milk & cream."
    )
    assert all(row.price > 0 and row.stock > 0 for row in catalogue)
    for row in catalogue:
        assert row.attributes.get("organic", False) is row.category[2].startswith("Organic")


def test_nearly_every_product_has_a_drawing_of_its_kind(shop):
    _, catalogue, _ = shop
    groups = Counter(row.group for row in catalogue)

    assert set(groups) <= set(GROUPS)
    assert groups[PLAIN] == 0
    assert len(groups) > 200


def test_interactions_are_purchases_of_products_in_the_catalogue_in_time_order(shop):
    _, catalogue, log = shop
    known = {row.external_id for row in catalogue}

    assert {row.product for row in log} <= known
    assert {row.type for row in log} == {EventType.PURCHASE}
    assert all(row.value >= 1 for row in log)
    assert [row.time for row in log] == sorted(row.time for row in log)
    assert log[0].shopper == "household-906"
    assert log[0].id == f"cj-31198705046-{log[0].product}"


def test_dates_move_by_whole_weeks_to_just_before_the_end(shop):
    _, catalogue, log = shop
    first = datetime(2017, 1, 1, 12, 30, 27, tzinfo=UTC)

    shift = log[0].time - first
    assert shift % timedelta(weeks=1) == timedelta(0)
    assert END - timedelta(weeks=1) < log[-1].time <= END
    assert all(row.created.tzinfo is UTC and row.created <= END for row in catalogue)


def test_households_have_histories_worth_learning_from(shop):
    _, _, log = shop
    lengths = Counter(row.shopper for row in log).values()

    assert min(lengths) >= 120
    assert max(lengths) <= 800


def test_a_folder_without_the_files_is_named(tmp_path: Path):
    with pytest.raises(DatasetMissingError, match=re.escape(str(tmp_path / "products.parquet"))):
        completejourney.load(tmp_path)


def test_rows_that_a_shopper_cannot_tell_apart_become_one():
    soda = {
        "product_category": "SOFT DRINKS",
        "product_type": "SFT DRNK 2 LITER BTL CARB INCL",
        "brand": "National",
        "manufacturer_id": 103,
    }
    rows = [
        {**soda, "product_id": 1, "package_size": "2 L"},
        {**soda, "product_id": 2, "package_size": "2 L"},
        {**soda, "product_id": 3, "package_size": "2 L", "manufacturer_id": 1208},
        {**soda, "product_id": 4, "package_size": "2 L", "brand": "Private", "manufacturer_id": 69},
        {**soda, "product_id": 5, "package_size": None, "brand": "Private", "manufacturer_id": 5},
        {**soda, "product_id": 6, "package_size": "PK", "product_category": "CIGARETTES",
         "product_type": "CIGARETTES"},
        {**soda, "product_id": 7, "package_size": None, "product_category": None,
         "product_type": None},
        {**soda, "product_id": 8, "package_size": "1 PT", "manufacturer_id": 103,
         "product_category": "ICE CREAM/MILK/SHERBTS", "product_type": "PREMIUM PINTS"},
        {**soda, "product_id": 9, "package_size": "2 PT", "manufacturer_id": 103,
         "product_category": "ICE CREAM/MILK/SHERBTS", "product_type": "PREMIUM PINTS"},
    ]  # fmt: skip

    merged = {one.title: one.members for one in completejourney.merge_products(rows)}

    assert merged == {
        "Nenvale soft drink, 2 litre bottle": (1, 2),
        "Targlen soft drink, 2 litre bottle": (3,),
        "House brand soft drink, 2 litre bottle": (4, 5),
        "Nenvale premium ice cream pint": (8,),
        "Nenvale premium ice cream pint, 2 pints": (9,),
    }
