"""What a picture group is: a painter, what it paints with, and the hue of the wall behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Group:
    """One kind of picture. ``painter(palette, motif, **colours)`` returns the body."""

    title: str
    hue: int
    painter: Callable[..., str]
    motif: str = ""
    colours: Mapping[str, Any] = field(default_factory=dict)


def group(
    title: str, hue: int, painter: Callable[..., str], motif: str = "", **colours: Any
) -> Group:
    """A group whose painter takes these colours: shorthand for the tables."""
    return Group(title, hue, painter, motif, colours)
