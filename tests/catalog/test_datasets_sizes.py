"""Package sizes are read as a till writes them and said as a label does."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.datasets.labels import LABEL_COUNT, maker_label
from catalog.datasets.sizes import Size, in_unit_of_type, parse_size


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("11 OZ", "11 oz"),
        ("12.0 OZ", "12 oz"),
        (".14 OZ", "0.14 oz"),
        ("15 1/2 OZ", "15.5 oz"),
        ("3/4 OZ", "0.75 oz"),
        ("L    18 OZ", "18 oz"),
        ("L   .15 OZ", "0.15 oz"),
        ("(600) 4 LB", "4 lb"),
        ("22515 32 OZ", "32 oz"),
        ("32 FL OZ", "32 fl oz"),
        ("2 L", "2 litres"),
        ("L", "1 litre"),
        ("1/2 GAL", "½ gallon"),
        ("GAL", "1 gallon"),
        ("2.5 GAL", "2.5 gallons"),
        ("1 DZ", "pack of 12"),
        ("160 CT", "pack of 160"),
        ("1 CT", ""),
        ("12 PK/12 OZ", "12 × 12 oz"),
        ("12 OZ/12 PK", "12 × 12 oz"),
        ("10/6.75 OZ", "10 × 6.75 oz"),
        ("4-4 OZ", "4 × 4 oz"),
        ("8 PK/24.8 OZ", "pack of 8, 24.8 oz"),
        ("16 CT/22 OZ", "pack of 16, 22 oz"),
        ("405.6 OZ", "24 × 16.9 oz"),
        ("83.5 SQ FT", "83.5 square feet"),
        ("24 LOADS", "24 loads"),
        ("84 CT REFIL", "pack of 84"),
        ("48-54 CT", ""),
        ("974246  PK", ""),
        ("CTN", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_till_size_reads_as_a_label(raw, text):
    assert parse_size(raw).text == text


def test_sizes_of_one_type_are_said_in_its_unit():
    assert in_unit_of_type(parse_size("16 OZ"), frozenset({"lb", "oz"})).text == "1 lb"
    assert in_unit_of_type(parse_size("128 OZ"), frozenset({"gallon"})).text == "1 gallon"
    assert in_unit_of_type(parse_size("64 OZ"), frozenset({"gallon"})).text == "2 quarts"
    assert in_unit_of_type(parse_size("12 OZ"), frozenset({"lb"})).text == "12 oz"
    assert in_unit_of_type(parse_size("16 OZ"), frozenset({"oz"})).text == "16 oz"


@given(st.text(alphabet="0123456789./- ABCDEFGKLMOPQSTUZ", max_size=14))
def test_no_text_breaks_the_reader(raw):
    size = parse_size(raw)

    assert size.count >= 1
    assert size.amount is None or size.amount > 0
    assert size.text == size.text.strip()


def test_a_size_without_facts_says_nothing():
    assert Size().text == ""
    assert Size(1, Decimal(2), "lb").text == "2 lb"


def test_every_maker_has_a_label_of_its_own():
    labels = {maker_label(maker) for maker in range(LABEL_COUNT)}

    assert len(labels) == LABEL_COUNT == 6_760
    assert (maker_label(544), maker_label(1251)) == ("Drorstead", "Storgarth")
    assert all(label.isalpha() and label.istitle() for label in labels)


@pytest.mark.parametrize("maker", [-1, LABEL_COUNT])
def test_a_maker_outside_the_range_is_refused(maker):
    with pytest.raises(ValueError, match="maker ids lie between 0 and 6759"):
        maker_label(maker)
