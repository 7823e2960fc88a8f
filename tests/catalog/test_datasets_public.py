"""The public data sets give the rows that their descriptions promise."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from catalog.datasets.amazon_beauty import clean_text, deepest_path
from catalog.datasets.dataset import DatasetMissingError, whole_weeks_to
from catalog.datasets.online_retail import readable
from catalog.datasets.registry import LOADERS, load_dataset
from recommender.contracts import EventType

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
#: When the first shopper's products were reviewed: two on one day, one alone, two on one day.
BEAUTY_DAYS = [
    datetime(2011, 10, 18, tzinfo=UTC),
    datetime(2011, 10, 18, tzinfo=UTC),
    datetime(2012, 2, 2, tzinfo=UTC),
    datetime(2014, 1, 30, tzinfo=UTC),
    datetime(2014, 1, 30, tzinfo=UTC),
]


def folder_of(name: str) -> Path:
    if not (DATA / name).is_dir():
        pytest.skip(f"the folder of public data sets has no {name} beside the checkout")
    return DATA / name


@pytest.mark.data
def test_amazon_beauty():
    dataset = load_dataset("amazon_beauty", folder_of("amazon_beauty"))
    catalogue, log = list(dataset.catalogue), list(dataset.log)

    assert len(catalogue) == dataset.products == 12_101
    assert len(log) == dataset.interactions == 198_502
    assert len({row.shopper for row in log}) == 22_363
    assert len({row.id for row in log}) == 198_502
    first = catalogue[0]
    assert (first.external_id, first.brand) == ("B004756YJA", "OPI")
    assert first.title == "OPI Nail Lacquer, Simmer and Shimmer, 0.5-Fluid Ounce"
    assert first.category == ("Beauty", "Makeup", "Nails", "Nail Polish")
    assert first.group == "nail-polish"
    assert log[0].id == "ab-1-0"
    assert [row.time for row in log[:5]] == BEAUTY_DAYS
    assert all(row.time == row.time.replace(hour=0, minute=0, second=0) for row in log)
    assert {row.product for row in log} == {row.external_id for row in catalogue}
    assert not any("&amp;" in row.title or "&quot;" in row.title for row in catalogue)


@pytest.mark.data
def test_online_retail():
    end = datetime(2026, 1, 15, 12, tzinfo=UTC)
    dataset = load_dataset("online_retail", folder_of("online_retail"), end=end)
    catalogue, log = list(dataset.catalogue), list(dataset.log)

    assert len(catalogue) == dataset.products == 3_659
    assert len(log) == dataset.interactions == 386_326
    assert len({row.id for row in log}) == len(log)
    titles = {row.external_id: row.title for row in catalogue}
    assert titles["85123A"] == "White hanging heart T-light holder"
    heart = next(row for row in catalogue if row.external_id == "85123A")
    assert heart.price == Decimal("2.95")
    assert heart.category == ("Gifts", "Candles")
    assert not any(row.id.startswith("or-C") for row in log)
    assert all(row.value and row.value > 0 and row.shopper.startswith("customer-") for row in log)
    assert end - timedelta(weeks=1) < log[-1].time <= end


@pytest.mark.data
def test_lastfm():
    dataset = load_dataset("lastfm", folder_of("lastfm_kg"))
    catalogue, log = list(dataset.catalogue), list(dataset.log)

    assert len(catalogue) == dataset.products == 3_846
    assert len(log) == dataset.interactions == 21_173
    assert len({row.shopper for row in log}) == 1_872
    assert {row.product_type for row in catalogue} == {"track"}
    assert Counter(row.type for row in log) == {EventType.LIKE: 21_173}
    again = load_dataset("lastfm", folder_of("lastfm_kg"))
    assert [row.time for row in again.log] == [row.time for row in log]


@pytest.mark.parametrize("name", ["amazon_beauty", "online_retail", "lastfm"])
def test_a_data_set_without_its_files_says_which(name, tmp_path):
    with pytest.raises(DatasetMissingError, match=r"does not exist"):
        load_dataset(name, tmp_path)
    with pytest.raises(DatasetMissingError, match=r"needs the folder that holds"):
        load_dataset(name)


def test_the_registry_knows_four_data_sets():
    assert sorted(LOADERS) == ["amazon_beauty", "completejourney", "lastfm", "online_retail"]
    with pytest.raises(KeyError):
        load_dataset("no-such-set")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Body &amp;amp; Bath", "Body & Bath"),
        ("  two   spaces ", "two spaces"),
        ("<b>Bold</b> cream", "Bold cream"),
        ("less < more", "less < more"),
        ("Unknown", ""),
        (None, ""),
    ],
)
def test_text_is_as_it_was_typed(raw, text):
    assert clean_text(raw) == text


def test_the_deepest_category_path_is_taken():
    paths = [["Beauty", "Makeup"], ["Beauty", "Makeup", "Nails"], ["Beauty", "Hair", "Dry"]]

    assert deepest_path(paths) == ("Beauty", "Makeup", "Nails")
    assert deepest_path([]) == ("Beauty",)


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("SET/4 RED MINI ROSE CANDLE IN BOWL", "Set of 4 red mini rose candle in bowl"),
        ("HOT WATER BOTTLE TEA AND SYMPATHY", "Hot water bottle tea and sympathy"),
        ("UNION JACK FLAG LUGGAGE TAG", "Union Jack flag luggage tag"),
        ("CHRISTMAS LIGHTS 10 REINDEER", "Christmas lights 10 reindeer"),
        ("BOX W/ GOLD STAR ,LARGE", "Box with gold star, large"),
    ],
)
def test_names_in_capitals_become_sentences(raw, title):
    assert readable(raw) == title


def test_old_dates_move_by_whole_weeks():
    last = datetime(2017, 12, 31, 20, tzinfo=UTC)

    assert whole_weeks_to(last, last) == timedelta(0)
    assert whole_weeks_to(last, last + timedelta(days=6)) == timedelta(0)
    assert whole_weeks_to(last, last + timedelta(days=20)) == timedelta(weeks=2)
    assert whole_weeks_to(last, last - timedelta(days=1)) == timedelta(weeks=-1)
