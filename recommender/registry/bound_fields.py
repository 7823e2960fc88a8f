"""Fields of bounds: in per cent where a person thinks so, within limits that the form tells."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


def percent_field(label: Any, share: float, help_text: Any, **limits: float) -> Any:
    """A share, edited in per cent."""
    return models.FloatField(
        label,
        default=round(100 * share, 4),
        help_text=help_text,
        validators=[
            MinValueValidator(limits.get("least", 0.0)),
            MaxValueValidator(limits.get("most", 100.0)),
        ],
    )


def count_field(label: Any, default: int, help_text: Any, *, least: int, most: int) -> Any:
    """A whole number."""
    return models.PositiveIntegerField(
        label,
        default=default,
        help_text=help_text,
        validators=[MinValueValidator(least), MaxValueValidator(most)],
    )
