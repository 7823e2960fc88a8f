"""Small charts as plain numbers for inline SVG: nothing is fetched, nothing runs in the browser."""

from __future__ import annotations

import math
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


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure with what it could be by chance; the bounds are the figure where none are known."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a curve in per cent of the chart, from its upper left corner.

    Written out as texts, so that no locale changes them. ``top`` and ``bottom`` are where its
    interval ends.
    """

    left: str
    at: str
    top: str
    bottom: str
    #: Place of the figure in what was drawn.
    place: int


@dataclass(frozen=True, slots=True)
class Curve:
    """Dots from left to right, the line through them (an SVG path in a box of 100 by 100), and
    the lines of the grid: their place in per cent from above and what they stand for."""

    dots: Sequence[Dot]
    path: str
    grid: Sequence[tuple[str, float]]


#: Lines of the grid at least, with both ends.
GRID_LINES = 3
#: Values that lie closer together than this are drawn as equal; less cannot be divided by lines.
LEAST_SPREAD = 1e-12


def nice_range(low: float, high: float) -> tuple[float, float, float]:
    """Round ends of an axis that holds both values, and the step between its lines."""
    spread = high - low
    if spread < LEAST_SPREAD:
        spread = abs(high) if abs(high) >= LEAST_SPREAD else 1.0
    step = 10.0 ** math.floor(math.log10(spread / GRID_LINES))
    for times in (5.0, 2.0, 1.0):
        if spread / (step * times) >= GRID_LINES - 1:
            step *= times
            break
    # A hair, so that a value that lies on a line counts as lying there.
    bottom = math.floor(low / step + 1e-9) * step
    top = math.ceil(high / step - 1e-9) * step
    return bottom, max(top, bottom + step), step


def curve(values: Sequence[Measured | None]) -> Curve:
    """One dot for each value that is there, evenly spaced.

    The axis need not begin at zero: what is to be seen is how values move.
    """
    there = [(place, value) for place, value in enumerate(values) if value is not None]
    if not there:
        return Curve((), "", ())
    bottom, top, step = nice_range(
        min(value.low for _, value in there), max(value.high for _, value in there)
    )

    def from_above(value: float) -> float:
        return 100 * (top - value) / (top - bottom)

    def left(place: int) -> float:
        return 100 * (place + 0.5) / len(values)

    dots = [
        Dot(
            f"{left(place):.2f}",
            f"{from_above(value.value):.2f}",
            f"{from_above(value.high):.2f}",
            f"{from_above(value.low):.2f}",
            place,
        )
        for place, value in there
    ]
    lines = round((top - bottom) / step)
    grid = [
        (f"{from_above(bottom + step * line):.2f}", bottom + step * line)
        for line in range(lines + 1)
    ]
    path = "M" + " L".join(f"{dot.left} {dot.at}" for dot in dots)
    return Curve(dots, path, grid)
