"""Attribute values come out typed or with a reason, and new attributes get the narrowest type."""

from __future__ import annotations

import json
import math
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.attributes import (
    attribute_types_infer,
    attribute_value,
    attributes_cleaned,
    infer_kind,
)
from catalog.models import AttributeType

KINDS = ["text", "number", "boolean", "date"]
anything = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.decimals(),
        st.text(),
        st.dates(),
        st.datetimes(),
        st.binary(max_size=5),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("number", "12", 12),
        ("number", " 12.50 ", 12.5),
        ("number", 3.0, 3),
        ("number", Decimal("0.10"), 0.1),
        ("number", "-4", -4),
        ("boolean", "Yes", True),
        ("boolean", "0", False),
        ("boolean", True, True),
        ("date", "2025-12-31", "2025-12-31"),
        ("date", date(2025, 1, 2), "2025-01-02"),
        ("date", datetime(2025, 1, 2, 3), "2025-01-02"),  # noqa: DTZ001
        ("text", "  two \n words", "two words"),
        ("text", 12, "12"),
    ],
)
def test_values_are_stored_by_kind(kind, value, stored):
    result = attribute_value(kind, value)
    assert result == stored
    assert type(result) is type(stored)


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("number", "big", "number"),
        ("number", True, "number"),
        ("number", "NaN", "finite"),
        ("number", float("inf"), "finite"),
        ("number", 2**60, str(2**53)),
        ("number", "1e999", "finite"),
        ("boolean", "maybe", "yes or no"),
        ("boolean", 2, "yes or no"),
        ("date", "31.12.2025", "2025-12-31"),
        ("date", 20251231, "2025-12-31"),
        ("text", ["a"], "list"),
        ("text", "x" * 501, "500"),
        ("text", "a\x00b", "NUL"),
        ("text", "\udc00", "Unicode"),
    ],
)
def test_wrong_values_say_why(kind, value, words):
    with pytest.raises(ValueError, match=words):
        attribute_value(kind, value)


@given(st.sampled_from(KINDS), anything)
def test_whatever_comes_the_outcome_is_json_or_a_reason(kind, value):
    try:
        stored = attribute_value(kind, value)
    except ValueError:
        return
    # Storing it, reading it back and checking it again changes nothing.
    again = json.loads(json.dumps(stored, allow_nan=False))
    assert attribute_value(kind, again) == stored
    assert not isinstance(stored, float) or math.isfinite(stored)
    assert not isinstance(stored, str) or "\x00" not in stored


@given(st.dictionaries(st.sampled_from(["a", "b", "c", "zz"]), anything) | anything)
def test_cleaning_keeps_what_is_sound_and_names_the_rest(attributes):
    cleaned, problems = attributes_cleaned(attributes, {"a": "text", "b": "number", "c": "date"})
    assert set(cleaned) <= {"a", "b", "c"}
    json.dumps(cleaned, allow_nan=False)
    if not isinstance(attributes, dict):
        assert problems == ["must be an object of keys and values"]


def test_too_many_attributes_are_refused():
    many = {f"k{n}": 1 for n in range(101)}
    assert attributes_cleaned(many, dict.fromkeys(many, "number")) == (
        {},
        ["has 101 keys; the limit is 100"],
    )


@pytest.mark.parametrize(
    ("values", "from_text", "kind"),
    [
        (["1", "2.5", "", None], True, "number"),
        (["1", "2.5"], False, "text"),
        (["007", "12"], True, "text"),
        (["1e5"], True, "text"),
        (["yes", "No"], True, "boolean"),
        (["0", "1"], True, "number"),
        ([True, False], False, "boolean"),
        ([1, 2.5, Decimal("3")], False, "number"),
        ([True, 2], False, "text"),
        (["2025-01-01", "2024-02-29"], True, "date"),
        (["2025-01-01"], False, "date"),
        (["2025-01-01", "soon"], False, "text"),
        ([None, ""], False, "text"),
        ([1, "a"], False, "text"),
    ],
)
def test_the_narrowest_kind_is_inferred(values, from_text, kind):
    assert infer_kind(values, from_text=from_text) == kind


@given(st.lists(anything, min_size=1), st.booleans())
def test_an_inferred_kind_that_is_not_text_takes_every_value(values, from_text):
    kind = infer_kind(values, from_text=from_text)
    if kind != "text":
        _, problems = attributes_cleaned(
            {str(n): value for n, value in enumerate(values)},
            {str(n): kind for n in range(len(values))},
        )
        assert not problems or len(values) > 100


@pytest.mark.django_db
def test_new_attributes_are_made_once_and_offered_where_they_help():
    colours = ["red", "blue", "red", "blue"]
    attribute_types_infer(
        {"colour": colours, "serial_no": ["a", "b", "c", "d"], "empty": [None], "bad key": ["x"]}
    )
    attribute_types_infer({"colour": [1, 2]})
    assert list(AttributeType.objects.values_list("key", "label", "kind", "is_facet")) == [
        ("colour", "Colour", "text", True),
        ("serial_no", "Serial no", "text", False),
    ]
