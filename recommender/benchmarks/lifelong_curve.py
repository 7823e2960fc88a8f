"""A line for each method, period by period, as an SVG that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 860, 420
LEFT, RIGHT, TOP, BOTTOM = 56, 150, 44, 44
COLOURS = (
    "#1d4ed8", "#059669", "#65a30d", "#d97706", "#6b7280", "#dc2626", "#db2777", "#7c3aed",
    "#0e7490", "#78350f", "#111827", "#be123c",
)  # fmt: skip
#: Labels at the lines' ends stay this far apart.
LABEL_GAP = 15.0


def curve_svg(
    lines: Mapping[str, Sequence[tuple[int, float]]],
    title: str,
    *,
    axis: str = "period",
    low: int = 0,
    step: int = 10,
) -> str:
    """Lines by name, each (period, percent) in order of the periods.

    ``axis`` says what the periods are; the value axis begins at ``low`` and is marked every
    ``step``.
    """
    points = [point for line in lines.values() for point in line]
    first, last = min(x for x, _ in points), max(x for x, _ in points)
    highest = max(y for _, y in points)
    top = low + max(float(step), -(-(highest - low) // step) * step)

    def across(period: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (period - first) / max(last - first, 1)

    def down(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - low) / (top - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="#374151">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="24" font-size="15" font-weight="600">{escape(title)}</text>',
    ]
    for value in range(low, round(top) + 1, step):
        y = down(value)
        parts += [
            f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#e5e7eb"/>',
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value}</text>',
        ]
    for period in range(first, last + 1):
        parts.append(
            f'<text x="{across(period):.1f}" y="{HEIGHT - 24}" text-anchor="middle">{period}</text>'
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">{axis}</text>')
    heights = _apart({name: down(line[-1][1]) for name, line in lines.items()})
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = "L".join(f"{across(x):.1f} {down(y):.1f}" for x, y in line)
        parts += [
            f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
            f'<text x="{WIDTH - RIGHT + 10}" y="{heights[name] + 4:.1f}" fill="{colour}">'
            f"{escape(name)} {line[-1][1]:.1f}</text>",
        ]
    return "\n".join([*parts, "</svg>", ""])


def _apart(heights: Mapping[str, float]) -> dict[str, float]:
    """Moved down where two are too near each other, in the same order."""
    placed: dict[str, float] = {}
    lowest = float("-inf")
    for name in sorted(heights, key=lambda name: heights[name]):
        lowest = max(heights[name], lowest + LABEL_GAP)
        placed[name] = lowest
    return placed
