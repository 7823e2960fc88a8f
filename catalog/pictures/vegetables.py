# fmt: off
# ruff: noqa: E501 - a drawing stays on one line, however long
"""Vegetables and flowers, drawn as they lie on the counter."""

from __future__ import annotations

from catalog.pictures.canvas import (
    ball,
    dot,
    line,
    lit,
    lit_oval,
    lit_rect,
    oval,
    path,
    place,
    rect,
    scatter,
    shadow,
    turn,
    words,
)
from catalog.pictures.fruit import tag
from catalog.pictures.palette import CREAM, Palette

_GREEN = "#5d9a48"
_DEEP = "#3f7434"


def tomatoes(p: Palette, _: str) -> str:
    """Tomatoes on the vine."""
    def one(x: float, y: float, r: float) -> str:
        return lit_oval(x, y, r, r * 0.9, "#d8452f") + place(
            path("M-30-8L-8-2L0-22L8-2L30-8L14 8L18 22L0 12L-18 22L-14 8z", _DEEP), x, y - r * 0.66, r / 66)

    return (shadow(270) + line("M96 150Q200 110 306 148", _DEEP, 9) + one(258, 216, 62) + one(144, 220, 64)
            + one(204, 268, 66) + tag(p))


def peppers(p: Palette, _: str, fill: str = "#cf3b2e", second: str = "#e6ae35") -> str:
    """Two sweet peppers."""
    d = "M0-60C20-84 62-74 66-30C68 20 44 88 16 84Q0 78-16 84C-44 88-68 20-66-30C-62-74-20-84 0-60z"
    def one(x: float, y: float, c: str, lean: float) -> str:
        return place(turn(path(d, c) + path(d, "url(#rr)") + line("M-22-52Q-34 10-16 70M22-52Q34 10 16 70", "#201030", 4, 'opacity=".14"')
                          + line("M0-60Q-4-84 14-98", _DEEP, 14), lean, 0, 0), x, y, 1.08)

    return shadow(260) + one(258, 230, second, 14) + one(150, 236, fill, -8) + tag(p)


def chillies(p: Palette, _: str, fill: str = "#4f8f3f") -> str:
    """Three slim peppers."""
    d = "M-92-30Q20-66 96 66Q-40 40-92-30z"
    one = lit(d, fill) + line("M-88-30Q-112-34-118-54", _DEEP, 11)
    return (shadow(250, 318) + place(turn(one, -24, 0, 0), 196, 170) + place(turn(one, 4, 0, 0), 200, 214)
            + place(turn(one, 28, 0, 0), 196, 256) + tag(p))


def leaves(p: Palette, _: str, fill: str = "#7db358", deep: str = "#4f8a3f", rim: str = "#a5cf7a") -> str:
    """A head of lettuce or cabbage."""
    return (
        shadow(250)
        + lit("M70 236Q50 150 122 132Q132 78 200 84Q268 78 278 132Q350 150 330 236Q326 332 200 336Q74 332 70 236z", deep)
        + lit("M92 240Q80 168 142 156Q156 112 200 116Q244 112 258 156Q320 168 308 240Q300 326 200 330Q100 326 92 240z", fill)
        + path("M128 248Q132 176 200 168Q268 176 272 248Q262 316 200 320Q138 316 128 248z", rim)
        + line("M200 316V206M200 270Q170 250 158 224M200 270Q230 250 242 224M200 300Q150 290 120 250M200 300Q250 290 280 250",
               "#eef6d8", 6, 'opacity=".8"')
        + tag(p)
    )


def bunch(p: Palette, _: str, fill: str = "#5d9a48") -> str:
    """A tied bunch of herbs or greens."""
    stalks = "".join(line(f"M{200 + s * 0.3:.0f} 330Q{200 + s * 0.2:.0f} 260 {200 + s} 170", "#6f9a4a", 8) for s in (-70, -36, 0, 36, 70))
    tops = "".join(lit_oval(x, y, 40, 32, c) for x, y, c in (
        (124, 150, fill), (276, 150, fill), (160, 112, fill), (240, 112, fill), (200, 90, fill), (164, 168, "#4c873c"),
        (236, 168, "#4c873c"), (200, 138, "#74b058")))
    return shadow(140, 338) + stalks + tops + rect(158, 252, 84, 22, 8, p.main) + tag(p)


def florets(p: Palette, _: str, head: str = "#4f8f45", stalk: str = "#a5c77a") -> str:
    """Broccoli or cauliflower."""
    heads = ((130, 178), (270, 178), (162, 132), (238, 132), (200, 106), (200, 182), (164, 206), (236, 206))
    return (
        shadow(200)
        + lit("M150 212L170 318Q172 336 200 336T230 318L250 212z", stalk)
        + line("M178 300L152 216M222 300L248 216", "#7fa355", 6)
        + "".join(ball(x, y, 48, head) for x, y in heads)
        + "".join(dot(x + a, y + b, 5, "#fff", 'opacity=".16"') for x, y in heads for a, b in ((-14, -16), (10, -22)))
        + tag(p)
    )


def stems(p: Palette, _: str, fill: str = "#7fb05a", tips: bool = True) -> str:
    """Long stems in a band: asparagus, celery, green beans, spring onions."""
    out = ""
    for k, x in enumerate((112, 146, 180, 214, 248, 282)):
        top = 92 + (k * 29) % 34
        out += lit_rect(x - 13, top, 28, 236 - (k * 17) % 22, 13, fill)
        if tips:
            out += path(f"M{x + 1} {top - 30}Q{x + 24} {top + 10} {x + 1} {top + 46}Q{x - 22} {top + 10} {x + 1} {top - 30}z", _DEEP)
            out += path(f"M{x + 1} {top - 8}Q{x + 14} {top + 14} {x + 1} {top + 40}Q{x - 12} {top + 14} {x + 1} {top - 8}z", _GREEN)
    return shadow(210) + out + rect(92, 216, 216, 34, 8, p.main) + words(200, 240, p.brand or p.size, 20, CREAM, 190)


def corn(p: Palette, _: str, fill: str = "#f0c544") -> str:
    """Two cobs of corn."""
    cob = (lit_oval(0, -24, 42, 104, fill) + line("M-26-100V60M-9-124V74M9-124V74M26-100V60", "#c9962a", 3, 'opacity=".7"')
           + line("M-38-70H38M-42-42H42M-42-14H42M-42 14H42", "#c9962a", 3, 'opacity=".7"')
           + path("M0 108Q-64 70-54-44Q-20 10 0 108zM0 108Q64 70 54-44Q20 10 0 108z", _GREEN) + path("M0 108Q-34 84-30 20Q-4 50 0 108z", "#7fb661"))
    return shadow(250) + place(turn(cob, 16, 0, 0), 256, 218) + place(turn(cob, -12, 0, 0), 150, 222) + tag(p)


def longveg(p: Palette, _: str, fill: str = "#5a9447", light: str = "#b9d99a") -> str:
    """Cucumbers and courgettes, one cut."""
    return (
        shadow(290, 318)
        + turn(lit_rect(66, 150, 268, 70, 35, fill) + line("M92 174H300M92 198H300", light, 4, 'opacity=".5"'), -14)
        + turn(lit_rect(92, 232, 220, 70, 35, fill) + line("M130 256H280M130 280H280", light, 4, 'opacity=".5"'), 4)
        + oval(112, 262, 30, 37, fill) + oval(112, 262, 25, 32, "#e8f2cf") + oval(112, 262, 14, 20, "#cfe3a6")
        + tag(p)
    )


def carrots(p: Palette, _: str) -> str:
    """A bunch of carrots."""
    one = (path("M-26-70Q0-86 26-70Q20 40 4 112Q0 120-4 112Q-20 40-26-70z", "#e8792f") + path("M-26-70Q0-86 26-70Q20 40 4 112Q0 120-4 112Q-20 40-26-70z", "url(#rs)")
           + line("M-16-40H-2M4-10H16M-10 20H2", "#b9551c", 4) + line("M0-76Q-22-110-26-140M0-76V-152M0-76Q22-110 26-138", _GREEN, 8))
    return (shadow(220) + place(turn(one, 24, 0, 100), 262, 212) + place(turn(one, -24, 0, 100), 138, 212)
            + place(one, 200, 216, 1.06) + rect(150, 118, 100, 20, 8, p.main) + tag(p))


def onions(p: Palette, _: str, fill: str = "#d09a4a", deep: str = "#9a6a25") -> str:
    """Onions or garlic."""
    def one(x: float, y: float, s: float) -> str:
        d = "M0-86Q8-56 44-40C96-12 84 66 0 68S-96-12-44-40Q-8-56 0-86z"
        return place(path(d, fill) + path(d, "url(#rr)") + line("M-6-52Q-58-10-26 60M6-52Q58-10 26 60M0-60V64", deep, 3, 'opacity=".45"')
                     + line("M-12 68l-4 10M0 69v12M12 68l4 10", deep, 4), x, y, s)

    return shadow(270) + one(258, 230, 0.92) + one(146, 236, 0.92) + one(204, 268, 0.96) + tag(p)


def radishes(p: Palette, _: str) -> str:
    """A bunch of radishes."""
    one = lit_oval(0, 40, 46, 48, "#d23f63") + line("M0 86Q4 104-4 116", "#f3c9d3", 6) + path("M-14-4Q-56-60-30-110Q0-70 0 0Q0-80 34-104Q52-56 14-4z", _GREEN)
    return shadow(250) + place(turn(one, 20, 0, 0), 264, 200) + place(turn(one, -20, 0, 0), 136, 200) + place(one, 200, 216, 1.04) + tag(p)


def potatoes(p: Palette, _: str, fill: str = "#c79b60", eyes: str = "#8f6a38") -> str:
    """A heap of potatoes."""
    def one(x: float, y: float, lean: float) -> str:
        return turn(lit_oval(x, y, 74, 54, fill) + "".join(
            oval(x + a, y + b, 5, 3, eyes, 'opacity=".7"') for a, b in ((-34, -14), (-6, 16), (24, -20), (40, 10), (-30, 22))), lean, x, y)

    return shadow(290) + one(262, 206, 16) + one(144, 214, -14) + one(206, 274, 5) + tag(p)


def mushrooms(p: Palette, _: str, cap: str = "#e9dccb", deep: str = "#c7b299") -> str:
    """Three mushrooms."""
    one = (lit("M-26 10L-30 74Q0 92 30 74L26 10z", "#f4ecdf") + lit("M-84 14Q-84-74 0-74T84 14Q46 34 0 34T-84 14z", cap)
           + path("M-70 20Q0 44 70 20Q40 34 0 34T-70 20z", deep))
    return shadow(270) + place(one, 262, 208, 0.82) + place(one, 138, 214, 0.82) + place(one, 204, 248, 0.98) + tag(p)


def squash(p: Palette, _: str) -> str:
    """A winter squash."""
    lobes = "".join(lit_oval(x, 234, 56, 92, "#e08a36") for x in (112, 288, 152, 248, 200))
    return shadow(270) + lobes + line("M200 146Q196 108 224 96", "#7a6a35", 18) + tag(p)


def salad_bowl(p: Palette, motif: str) -> str:
    """A bowl of mixed salad, or of what the motif shows."""
    leaf = "".join(oval(x, y, 40, 26, c) for x, y, c in (
        (122, 184, "#5d9a48"), (170, 160, "#8fc064"), (226, 156, "#5d9a48"), (276, 182, "#8fc064"), (200, 182, "#74b058")))
    return (
        shadow(240) + leaf + ball(152, 178, 24, "#d8452f") + ball(246, 180, 22, "#d8452f")
        + place(motif, 200, 168, 0.6)
        + lit("M78 192H322Q316 336 200 336T78 192z", p.main)
        + rect(70, 184, 260, 18, 9, p.deep) + words(200, 268, p.brand, 32, CREAM, 170) + words(200, 296, p.size, 15, CREAM, 150)
    )


def bouquet(p: Palette, _: str, petals: tuple[str, ...] = ("#d4708d", "#efb13d", "#e38150", "#b57ac0")) -> str:
    """Flowers in paper."""
    def blooms(k: int, *spots: tuple[float, float]) -> str:
        c = petals[(k + p.variant) % len(petals)]
        petal = "".join(dot(x, y, 15, c) for x, y in ((0, -21), (20, -6), (12, 17), (-12, 17), (-20, -6)))
        return scatter(petal + dot(0, 0, 11, "#fbe3a0"), spots)

    flowers = blooms(0, (132, 138), (236, 178)) + blooms(1, (266, 136), (168, 176)) + blooms(2, (200, 92), (200, 134))
    return (
        shadow(120, 340) + "".join(oval(x, y, 30, 16, _GREEN) for x, y in ((104, 180), (296, 180), (146, 98), (258, 96)))
        + lit("M96 178L184 320Q200 336 216 320L304 178Q250 216 200 206T96 178z", CREAM)
        + path("M200 206Q250 216 304 178L216 320Q206 330 200 328z", p.main, 'opacity=".35"')
        + flowers + rect(164, 274, 72, 20, 8, p.main) + path("M200 284l-26-18v36zM200 284l26-18v36z", p.deep)
    )
