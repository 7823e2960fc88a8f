"""Prices as each reader writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils.translation import override

from catalog.templatetags.shop import price, stars, total


@pytest.mark.parametrize(
    ("currency", "language", "amount", "text"),
    [
        ("USD", "en", "2.1", "$2.10"),
        ("USD", "en", "1234567.896", "$1,234,567.90"),
        ("USD", "zh-hans", "2.10", "US$2.10"),
        ("CNY", "zh-hans", "2.10", "¥2.10"),
        ("CNY", "en", "2.10", "CN¥2.10"),
        ("EUR", "en", "2.10", "€2.10"),
        ("JPY", "en", "1200", "JP¥1,200"),
        ("SEK", "en", "2.10", "SEK\u00a02.10"),
        ("USD", "en", "-3", "−$3.00"),
    ],
)
def test_amounts(settings, currency: str, language: str, amount: str, text: str):
    settings.CURRENCY = currency
    with override(language):
        assert total(Decimal(amount)) == text


def test_free_and_unknown():
    assert price(Decimal(0)) == "Free"
    assert price(None) == ""
    assert total(Decimal(0)) == "$0.00"


def test_stars_say_what_they_show():
    assert 'aria-label="4.3 out of 5 stars, 2 ratings"' in stars(4.26, 2)
    assert "--rating:4.26" in stars(4.26, 2)
    assert stars(None, 0) == ""
