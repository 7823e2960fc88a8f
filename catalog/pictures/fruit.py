# fmt: off
# ruff: noqa: E501 - a drawing stays on one line, however long
"""Fruit, drawn as it lies on the counter."""

from __future__ import annotations

from catalog.pictures.canvas import (
    ball,
    dot,
    line,
    lit,
    lit_oval,
    oval,
    path,
    place,
    rect,
    scatter,
    shadow,
    turn,
    words,
)
from catalog.pictures.palette import CREAM, Palette

_GREEN = "#5d9a48"
_DEEP = "#3f7434"


def tag(p: Palette) -> str:
    """A small hanging tag where a maker or a size is known."""
    text = p.brand or p.size
    if not text:
        return ""
    return (
        path("M286 58H372q8 0 8 8V98q0 8-8 8H286L266 82z", p.main)
        + dot(283, 82, 5, CREAM)
        + words(330, 80 if p.brand and p.size else 88, text, 16, CREAM, 78)
        + (words(330, 98, p.size, 13, CREAM, 78) if p.brand else "")
    )


def _fruit(cx: float, cy: float, r: float, fill: str) -> str:
    """An apple: two lobes, a stalk and a leaf."""
    d = (
        f"M{cx} {cy - r * 0.72}C{cx + r * 0.5} {cy - r * 1.2} {cx + r * 1.25} {cy - r * 0.8}"
        f" {cx + r} {cy + r * 0.1}C{cx + r * 0.85} {cy + r * 0.9} {cx + r * 0.35} {cy + r * 1.15}"
        f" {cx} {cy + r * 0.95}C{cx - r * 0.35} {cy + r * 1.15} {cx - r * 0.85} {cy + r * 0.9}"
        f" {cx - r} {cy + r * 0.1}C{cx - r * 1.25} {cy - r * 0.8} {cx - r * 0.5} {cy - r * 1.2}"
        f" {cx} {cy - r * 0.72}z"
    )
    d = _short(d)
    top = cy - r * 0.7
    return (
        path(d, fill)
        + path(d, "url(#rr)")
        + line(_short(f"M{cx} {top}q{r * 0.02} {-r * 0.3} {r * 0.16} {-r * 0.45}"), "#6d4f2f", r * 0.09)
        + path(_short(f"M{cx + r * 0.1} {top - r * 0.12}q{r * 0.2} {-r * 0.42} {r * 0.62} {-r * 0.36}"
                      f"q{-r * 0.14} {r * 0.42} {-r * 0.62} {r * 0.36}z"), _GREEN)
    )


def _short(d: str) -> str:
    """Path numbers rounded to whole units: fine enough here, and small."""
    out, number = [], ""
    for char in d + " ":
        if char.isdigit() or char in ".-":
            if char == "-" and number:
                out.append(f"{round(float(number))}")
                number = ""
            number += char
            continue
        if number:
            out.append(f"{round(float(number))}")
            number = ""
        out.append(char)
    return "".join(out).strip()


def apples(p: Palette, _: str, fill: str = "#cf4438") -> str:
    """Three apples."""
    return (
        shadow(270)
        + _fruit(258, 226, 62, fill)
        + _fruit(142, 232, 60, fill)
        + _fruit(202, 262, 68, fill)
        + tag(p)
    )


def pears(p: Palette, _: str, fill: str = "#bcc458") -> str:
    """Two pears."""
    def one(x: float, y: float, lean: float) -> str:
        d = f"M{x} {y}c26 0 24 40 40 70c30 54-4 84-40 84s-70-30-40-84c16-30 14-70 40-70z"
        return turn(
            path(d, fill) + path(d, "url(#rr)") + line(f"M{x} {y + 4}q0-18 10-26", "#6d4f2f", 7)
            + path(f"M{x + 6} {y - 8}q20-26 44-16q-12 22-44 16z", _GREEN), lean, x, y + 150
        )

    return shadow(240) + one(250, 152, 12) + one(156, 172, -8) + tag(p)


def bananas(p: Palette, _: str) -> str:
    """A hand of bananas."""
    one = "M96 150Q110 296 262 304Q292 304 296 282Q300 268 280 266Q178 254 150 136Q146 116 122 122Q98 126 96 150z"
    return (
        shadow(250)
        + turn(lit(one, "#e2b53a"), -16, 120, 120)
        + turn(lit(one, "#f2cf52"), -2, 120, 120)
        + turn(lit(one, "#f7dc6b"), 14, 120, 120)
        + path("M98 138Q94 92 108 84L136 88Q134 110 150 132Q124 152 98 138z", "#8a7a35")
        + tag(p)
    )


def berries(p: Palette, _: str, fill: str = "#4a5c9e", bumpy: bool = False) -> str:
    """A punnet of round berries."""
    spots = ((140, 196), (176, 176), (214, 182), (252, 178), (280, 204), (122, 222), (160, 218),
             (200, 212), (240, 214), (272, 232))
    fruit = "".join(ball(x, y, 27, fill) for x, y in spots)
    detail = "".join(dot(x - 4, y - 8, 5, "#fff", 'opacity=".35"') for x, y in spots) if bumpy else (
        "".join(dot(x, y - 12, 5, "#2e3a6b") for x, y in spots)
    )
    return shadow(230) + fruit + detail + _punnet(p)


def _punnet(p: Palette) -> str:
    text = p.brand or p.size
    band = rect(92, 258, 216, 40, 0, p.main) + words(200, 286, text, 23, CREAM, 190) if text else ""
    return (
        path("M88 226H312L292 320Q290 336 272 336H128Q110 336 108 320z", "#d9ead3", 'opacity=".72"')
        + path("M88 226H312L292 320Q290 336 272 336H128Q110 336 108 320z", "url(#rs)")
        + rect(80, 218, 240, 16, 8, "#eef6ea")
        + band
    )


def strawberries(p: Palette, _: str) -> str:
    """A punnet of strawberries."""
    d = "M0 42C-50 10-34-32 0-26S50 10 0 42z"
    seeds = "".join(dot(x, y, 2.6, "#f7d77a") for x, y in ((-14, -6), (2, -8), (14, 0), (-6, 10), (6, 22)))
    one = path(d, "#d63d42") + path(d, "url(#rr)") + seeds + path("M-24-24L0-18L24-24L8-36H-8z", _GREEN)
    spots = ((136, 188), (266, 190), (200, 170), (166, 220), (236, 222))
    return shadow(230) + scatter(one, spots) + _punnet(p)


def grapes(p: Palette, _: str, fill: str = "#6b4585") -> str:
    """A bunch of grapes."""
    rows = ((5, 160), (5, 198), (4, 234), (3, 268), (2, 300))
    spots = [
        (200 + (k - (n - 1) / 2) * 44 + (6 if n % 2 else -4), float(y))
        for n, y in reversed(rows) for k in range(n)
    ]
    fruit = scatter(ball(0, 0, 26, fill), spots)
    return (
        shadow(180, 338)
        + line("M200 144Q198 100 214 76", "#7a5b35", 9)
        + path("M206 118Q150 60 98 100Q110 150 168 146Q186 142 206 118z", _GREEN)
        + path("M206 118Q160 100 118 112", "none", 'stroke="#3f7434" stroke-width="4"')
        + fruit
        + tag(p)
    )


def citrus(p: Palette, _: str, skin: str = "#ee8c2b", flesh: str = "#f8b154") -> str:
    """Two whole fruits and a cut half."""
    spokes = "".join(turn(line("M236 264V212", "#fff3d6", 5), 45 * k, 236, 264) for k in range(8))
    return (
        shadow(270)
        + ball(148, 232, 74, skin)
        + ball(262, 176, 62, skin)
        + path("M148 164q20-24 48-16q-12 24-48 16z", _GREEN)
        + dot(236, 264, 72, skin)
        + dot(236, 264, 62, "#fff3d6")
        + dot(236, 264, 54, flesh)
        + spokes
        + dot(236, 264, 72, "url(#rr)")
        + tag(p)
    )


def melon(p: Palette, _: str, skin: str = "#5f9a4f", flesh: str = "#e2555a", seeds: bool = True) -> str:
    """A whole melon behind a slice."""
    stripes = "".join(line(f"M{x} 118Q{x + s} 210 {x} 300", "#3f7434", 9, 'opacity=".45"')
                      for x, s in ((118, -34), (160, -14), (204, 14))) if seeds else (
        line("M82 200Q160 160 250 190M84 236Q166 206 254 232M104 156Q170 132 232 150", "#fff", 4, 'opacity=".3"'))
    pips = "".join(oval(x, y, 4, 7, "#3a3242") for x, y in ((212, 266), (246, 254), (280, 266), (246, 290))) if seeds else ""
    return (
        shadow(280)
        + lit_oval(166, 212, 102, 100, skin)
        + stripes
        + path("M140 236Q246 196 350 236Q332 338 246 338T140 236z", skin)
        + path("M154 242Q246 208 337 242Q318 322 246 322T154 242z", "#f3f2d2")
        + path("M164 246Q246 218 327 246Q306 308 246 308T164 246z", flesh)
        + pips + tag(p)
    )


def stone_fruit(p: Palette, _: str, fill: str = "#f0a05a", blush: str = "#dd5f45") -> str:
    """Peaches, plums, nectarines, mangoes."""
    def one(x: float, y: float, r: float) -> str:
        return (ball(x, y, r, fill) + path(f"M{x} {y - r}A{r} {r} 0 0 1 {x} {y + r}Q{x + r * 0.55:.0f} {y} {x} {y - r}z", blush, 'opacity=".45"')
                + line(f"M{x} {y - r + 4}Q{x - 16} {y} {x - 2} {y + r - 8}", blush, 4, 'opacity=".6"')
                + path(f"M{x} {y - r + 4}q24-34 58-20q-18 30-58 20z", _GREEN))

    return shadow(270) + one(254, 206, 66) + one(150, 218, 70) + one(212, 268, 66) + tag(p)


def cherries(p: Palette, _: str) -> str:
    """A pair of cherries on their stalks."""
    return (
        shadow(240)
        + line("M140 240Q166 130 230 80M258 252Q250 150 230 80", "#5d7a35", 8)
        + path("M230 84Q280 40 334 74Q300 118 230 84z", _GREEN)
        + ball(138, 266, 62, "#b5283a")
        + ball(262, 278, 58, "#a01f33")
    )


def pineapple(p: Palette, _: str) -> str:
    """A pineapple."""
    net = "M136 190L256 320M132 236L222 334M164 158L270 280M264 190L144 320M268 236L178 334M236 158L130 280"
    return (
        shadow(170, 338)
        + path("M200 160L138 82L180 104L176 46L204 92L232 44L228 104L266 78z", _DEEP)
        + path("M200 150L160 100L192 116L204 70L216 116L246 98z", _GREEN)
        + lit_oval(200, 240, 74, 98, "#e0a235")
        + line(net, "#a8701c", 4, 'opacity=".7"')
        + tag(p)
    )


def avocado(p: Palette, _: str) -> str:
    """A whole and a halved avocado."""
    d = "M0-92C30-92 34-48 58-10C86 48 40 88 0 88S-86 48-58-10C-34-48-30-92 0-92z"
    return (
        shadow(270)
        + place(lit(d, "#4a6b35"), 144, 226, 0.98)
        + place(path(d, "#3f5c2e") + place(path(d, "#dfe28a"), 0, 2, 0.87) + place(path(d, "#c3d26a", 'opacity=".6"'), 0, 14, 0.66)
                + ball(0, 32, 31, "#8a5a35"), 256, 240, 1)
        + tag(p)
    )


def kiwi(p: Palette, _: str) -> str:
    """A whole and a halved kiwi."""
    ray = line("M0 0V-36", "#e9f0bd", 4) + oval(0, -34, 3, 6, "#2f2a20")
    rays = "".join(
        turn(ray + turn(ray, 45, 0, 0), a, 0, 0) for a in (0, 90, 180, 270)
    )
    return (
        shadow(270)
        + lit_oval(150, 226, 84, 70, "#8a6a3f")
        + dot(248, 258, 76, "#8a6a3f") + dot(248, 258, 69, "#8fbc4a") + dot(248, 258, 22, "#eef0c9")
        + place(rays, 248, 258) + dot(248, 258, 76, "url(#rr)")
        + tag(p)
    )
