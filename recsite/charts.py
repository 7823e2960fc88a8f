"""Small charts as plain numbers for inline SVG: nothing is fetched, nothing runs in the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar, in units of the chart's view box; whole numbers, so that no locale changes them."""

    x: int
    y: int
    width: int
    height: int
    value: int
    label: str
    series: str = ""


def nice_maximum(value: int) -> int:
    """The top of the axis: the next of 1, 2, 5 times a power of ten, at least 1."""
    top = 1
    while top < value:
        top = top * 5 // 2 if str(top)[0] == "2" else top * 2
    return top


def bars(
    values: Sequence[int], labels: Sequence[str], *, width: int = 600, height: int = 120
) -> list[Bar]:
    """One bar per value; a value above zero is always visible."""
    top = nice_maximum(max(values, default=0))
    step = width / max(1, len(values))
    drawn = []
    for place, (value, label) in enumerate(zip(values, labels, strict=True)):
        tall = max(2, round(height * value / top)) if value else 0
        x = round(place * step)
        wide = max(1, round((place + 1) * step) - x - (2 if step > 4 else 1))
        drawn.append(Bar(x, height - tall, wide, tall, value, label))
    return drawn


def stacked_bars(
    columns: Sequence[Mapping[str, int]],
    labels: Sequence[str],
    series: Sequence[str],
    *,
    width: int = 600,
    height: int = 160,
) -> list[Bar]:
    """One column per mapping, its series stacked from the bottom in the given order."""
    top = nice_maximum(max((sum(column.values()) for column in columns), default=0))
    step = width / max(1, len(columns))
    drawn = []
    for place, (column, label) in enumerate(zip(columns, labels, strict=True)):
        x, below = round(place * step), 0
        wide = max(1, round((place + 1) * step) - x - 6)
        for name in series:
            value = column.get(name, 0)
            if not value:
                continue
            bottom = round(height * below / top)
            below += value
            tall = max(1, round(height * below / top) - bottom)
            drawn.append(Bar(x, height - bottom - tall, wide, tall, value, label, name))
    return drawn
