# fmt: off
# ruff: noqa: E501 - a drawing stays on one line, however long
"""Bread, cakes, cheese and what else lies unwrapped on a board."""

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

_CRUST = "#cf9350"


def loaf(p: Palette, _: str, crust: str = _CRUST, crumb: str = "#f3dcb4") -> str:
    """A sliced loaf in its band."""
    band = rect(206, 150, 92, 178, 0, p.main) + words(252, 238, p.brand, 19, CREAM, 86) + words(252, 262, p.size, 14, CREAM, 80) if p.brand or p.size else ""
    return (
        shadow(270)
        + lit("M118 168Q104 120 160 112H300Q348 118 336 172Q332 182 326 186V322Q326 334 314 334H130V186Q122 180 118 168z", crust)
        + band
        + path("M60 176Q48 120 112 116H160Q220 120 210 176Q206 186 200 190V322Q200 334 188 334H84Q72 334 72 322V190Q64 186 60 176z", crust)
        + path("M74 172Q68 132 116 130H154Q202 132 196 172Q192 180 186 184V312Q186 320 178 320H94Q86 320 86 312V184Q78 180 74 172z", crumb)
        + "".join(oval(x, y, 6, 4, "#d9b783", 'opacity=".7"') for x, y in ((110, 180), (150, 166), (130, 222), (164, 252), (106, 278), (150, 296)))
    )


def baguette(p: Palette, _: str) -> str:
    """Two long loaves."""
    one = lit_rect(-144, -36, 288, 72, 36, _CRUST) + "".join(line(f"M{x}-20Q{x + 22}-4 {x + 26} 20", "#f5e1b8", 9) for x in (-104, -52, 0, 52))
    return shadow(290, 318) + place(turn(one, -26, 0, 0), 200, 186) + place(turn(one, -10, 0, 0), 204, 250) + tag(p)


def buns(p: Palette, _: str, seeds: bool = True) -> str:
    """Three buns."""
    def one(x: float, y: float) -> str:
        out = lit(f"M{x - 76} {y + 24}Q{x - 80} {y - 56} {x} {y - 58}T{x + 76} {y + 24}Q{x + 74} {y + 46} {x} {y + 46}T{x - 76} {y + 24}z", "#d59a55")
        out += path(f"M{x - 75} {y + 26}Q{x} {y + 44} {x + 75} {y + 26}Q{x + 70} {y + 46} {x} {y + 46}T{x - 75} {y + 26}z", "#f1d7a6")
        if seeds:
            out += "".join(oval(x + a, y + b, 4, 6, "#fbeed0") for a, b in ((-40, -16), (-14, -38), (16, -28), (42, -12), (-8, -8)))
        return out

    return shadow(280) + one(262, 196) + one(138, 200) + one(200, 272) + tag(p)


def ring(p: Palette, _: str, dough: str = "#d2965a", icing: str = "") -> str:
    """Bagels, or doughnuts with icing."""
    def one(x: float, y: float, c: str) -> str:
        top = ""
        if c:
            top = line(f"M{x - 48} {y - 4}a48 40 0 1 1 96 0a48 40 0 1 1-96 0", c, 34)
            top += place(line("M-46-26l8 7M44 8l10-4M22 30l8 8", "#fff", 5) + line("M-8-46l10 3M-50 10l6 8", "#f0c544", 5) + line("M34-34l-7 8M-14 34l8-6", "#6fb3c9", 5), x, y)
        return line(f"M{x - 48} {y}a48 40 0 1 1 96 0a48 40 0 1 1-96 0", dough, 54) + top + line(f"M{x - 56} {y - 20}q12-34 44-40", "#fff", 7, 'opacity=".4"')

    return shadow(270) + one(254, 172, icing and "#6b4128") + one(154, 238, icing) + tag(p)


def croissant(p: Palette, _: str) -> str:
    """A croissant and a Danish swirl."""
    return (
        shadow(280)
        + ball(268, 178, 62, "#d59a55") + line("M268 178m-40 0a40 40 0 1 1 40 40a28 28 0 1 1 24-40a16 16 0 1 1-20-12", "#f6e3c0", 9)
        + lit("M58 286Q56 194 136 164Q182 146 226 170Q300 200 302 288Q284 312 252 286Q216 246 180 246T108 288Q78 312 58 286z", _CRUST)
        + line("M104 190L132 262M152 162L164 246M206 164L198 246M256 194L228 262", "#94602a", 6, 'opacity=".7"')
        + tag(p)
    )


def muffin(p: Palette, _: str, top: str = "#b97a3f") -> str:
    """Two muffins in paper cases."""
    one = (lit("M-62 0H62L46 92Q0 104-46 92z", p.main) + line("M-40 8L-32 92M-14 8L-12 96M14 8L12 96M40 8L32 92", "#fff", 4, 'opacity=".4"')
           + lit("M-74 4Q-92-40-50-56Q-30-92 0-88T50-56Q92-40 74 4Q40 20 0 16T-74 4z", top)
           + "".join(dot(x, y, 7, "#5b3820") for x, y in ((-40, -24), (-8, -54), (24, -40), (48, -14), (4, -14))))
    return shadow(270) + place(one, 262, 206, 0.86) + place(one, 148, 228, 1.04) + tag(p)


def cake(p: Palette, _: str, icing: str = "#f7d9e2") -> str:
    """A layer cake on a stand."""
    return (
        shadow(220, 338)
        + lit("M176 296H224L244 336H156z", "#e8e4ee") + lit_oval(200, 292, 144, 20, "#f4f1f8")
        + lit("M88 168V270Q88 292 200 292T312 270V168z", "#e4b57c") + rect(88, 222, 224, 12, 0, "#fff6e6") + rect(88, 222, 224, 12, 0, "url(#rs)")
        + lit("M88 168Q88 140 200 140T312 168V186Q304 214 288 190Q272 226 252 196Q230 236 206 198Q184 228 160 196Q142 222 124 192Q100 214 88 188z", icing)
        + oval(200, 164, 112, 26, icing) + oval(200, 162, 100, 20, "#fff", 'opacity=".4"')
        + "".join(ball(x, y, 14, "#cf3f4f") for x, y in ((128, 160), (168, 148), (232, 148), (272, 160), (200, 172)))
        + tag(p)
    )


def cookies(p: Palette, _: str) -> str:
    """Chocolate chip cookies."""
    def one(x: float, y: float, r: float) -> str:
        return ball(x, y, r, "#cf9754") + "".join(dot(x + a * r, y + b * r, r * 0.13, "#5b3820") for a, b in (
            (-0.45, -0.35), (0.2, -0.55), (0.55, 0.05), (-0.1, 0.05), (-0.55, 0.3), (0.15, 0.5)))

    return shadow(270) + one(254, 190, 72) + one(142, 206, 70) + one(208, 264, 72) + tag(p)


def pie(p: Palette, _: str, fill: str = "#b8503f") -> str:
    """A lattice pie."""
    return (
        shadow(290, 318)
        + lit("M62 218H338L304 304Q300 316 286 316H114Q100 316 96 304z", "#cfd4da")
        + oval(200, 216, 146, 74, "#c98a45") + oval(200, 212, 120, 56, fill)
        + line("M110 190L250 262M146 166L298 244M202 156L316 214M290 190L150 262M254 166L102 244M198 156L84 214", "#e6b671", 13)
        + oval(200, 216, 146, 74, "none", 'stroke="#c98a45" stroke-width="14" stroke-dasharray="26 6"') + tag(p)
    )


def flatbread(p: Palette, _: str) -> str:
    """A stack of tortillas or pittas."""
    out = "".join(oval(200, 290 - k * 15, 134, 44, c) for k, c in enumerate(("#d9b070", "#efd3a0", "#d9b070", "#efd3a0", "#d9b070", "#f3dcb0")))
    marks = "".join(oval(x, y, 13, 6, "#b98445", 'opacity=".6"') for x, y in ((140, 206), (190, 224), (246, 200), (274, 224), (206, 192), (160, 232)))
    return shadow(270, 330) + out + marks + tag(p)


def sandwich(p: Palette, _: str) -> str:
    """A filled sandwich, cut across."""
    return (
        shadow(280)
        + lit("M62 246L200 112L338 246z", "#f3dcb4") + path("M62 246L200 112L338 246", "none", 'stroke="#c98f4f" stroke-width="12" stroke-linejoin="round"')
        + line("M66 260q16 16 32 0t32 0t32 0t32 0t32 0t32 0t32 0t32 0", "#74b058", 17)
        + rect(62, 270, 276, 15, 6, "#e9b93f") + rect(70, 283, 260, 16, 6, "#e08f86") + rect(64, 297, 272, 36, 10, "#f3dcb4") + rect(64, 320, 272, 14, 7, "#c98f4f") + tag(p)
    )


def cheese(p: Palette, _: str, fill: str = "#f0bd45", holes: bool = True) -> str:
    """A wedge of cheese on a board."""
    pits = "".join(oval(x, y, rx, ry, "#d1972a") for x, y, rx, ry in ((140, 262, 20, 15), (214, 282, 15, 11), (262, 250, 18, 14), (192, 236, 11, 8), (300, 286, 10, 8))) if holes else ""
    return (
        shadow(310, 336) + lit_rect(48, 306, 304, 28, 12, "#b98555")
        + path("M72 214L236 122Q318 140 332 206z", "#f9dc86") + lit("M72 214L332 206V306H72z", fill) + pits + tag(p)
    )


def pizza(p: Palette, _: str) -> str:
    """A whole pizza."""
    slices = line("M200 98V326M86 212H314M119 131L281 293M119 293L281 131", "#c98a3a", 4, 'opacity=".6"')
    return (
        oval(206, 232, 132, 124, "#2b2233", 'opacity=".14"')
        + ball(200, 212, 132, "#cf9048") + dot(200, 212, 114, "#cf4b35") + dot(200, 212, 106, "#f3c558") + slices
        + scatter(dot(0, 0, 17, "#b93a2e") + dot(-4, -4, 6, "#d76a55"), ((160, 150), (236, 152), (276, 208), (246, 268), (166, 280), (128, 216), (204, 216)))
        + "".join(turn(oval(x, y, 13, 6, "#5d9a48"), a, x, y) for x, y, a in ((196, 172, 20), (250, 232, -40), (156, 244, 60), (206, 292, 10))) + tag(p)
    )


def sushi(p: Palette, _: str) -> str:
    """Sushi on a board."""
    roll = oval(0, 30, 42, 17, "#25382f") + rect(-42, 0, 84, 30, 0, "#25382f") + oval(0, 0, 42, 18, "#25382f") + oval(0, 0, 35, 14, "#fffdf6") + oval(-6, 0, 13, 7, "#f08f62") + oval(9, 1, 8, 5, "#74b058")
    nigiri = lit_rect(-56, 0, 112, 46, 22, "#fffdf6") + lit("M-64 8Q-50-30 6-28T66 10Q40 24 0 20T-64 8z", "#f08f62") + line("M-30-16L-18 12M0-22L10 12M30-18L36 8", "#fbd3bd", 5)
    return shadow(310, 332) + lit_rect(46, 292, 308, 34, 10, "#9a6b42") + place(roll, 106, 250) + place(roll, 196, 250) + place(nigiri, 288, 248) + place(nigiri, 150, 186) + place(roll, 258, 178) + tag(p)


def ice_cream(p: Palette, _: str) -> str:
    """Two scoops in a cornet."""
    return (
        shadow(90, 344) + lit("M128 198H272L200 342z", "#d9a05a") + line("M150 200L222 298M190 200L240 262M250 200L178 298M210 200L160 262", "#b57a35", 4)
        + ball(160, 162, 58, "#f5c9d4") + ball(240, 162, 58, "#f5e6c4") + ball(200, 112, 56, "#8a5a42")
        + rect(118, 186, 164, 22, 11, "#e5b26e") + ball(200, 56, 13, "#cf3f4f") + tag(p)
    )


def lolly(p: Palette, _: str) -> str:
    """An ice lolly and a chocolate bar on sticks."""
    def one(top: str, base: str, x: float, lean: float) -> str:
        return turn(rect(x - 11, 240, 22, 92, 10, "#e3c28d") + lit(f"M{x - 48} 250V126Q{x - 48} 76 {x} 76T{x + 48} 126V250Q{x + 48} 262 {x + 36} 262H{x - 36}Q{x - 48} 262 {x - 48} 250z", base)
                    + path(f"M{x - 48} 178V126Q{x - 48} 76 {x} 76T{x + 48} 126V168Q{x + 30} 190 {x + 12} 170T{x - 20} 178T{x - 48} 178z", top) + rect(x - 30, 104, 9, 74, 4.5, "#fff", 'opacity=".4"'), lean, x, 260)

    return shadow(220, 338) + one("#5b3820", "#7a4b30", 256, 9) + one("#e3566b", "#f3b04a", 148, -8) + tag(p)
