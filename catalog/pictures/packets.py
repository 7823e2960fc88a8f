"""Boxes, bags, pouches, trays and rolls: what holds dry, frozen and paper goods."""

from __future__ import annotations

from catalog.pictures.canvas import (
    dot,
    label,
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
from catalog.pictures.palette import CREAM, METAL, Palette


def box(p: Palette, motif: str) -> str:
    """An upright card box seen a little from the side."""
    return (
        shadow(190)
        + path("M278 76L306 92V330L278 338z", p.deep)
        + lit_rect(104, 76, 174, 262, 6, p.main)
        + path("M104 250Q190 200 278 236V332q0 6-6 6H110q-6 0-6-6z", p.deep, 'opacity=".45"')
        + rect(122, 96, 138, 46, 8, CREAM)
        + words(191, 127, p.brand, 26, p.deep, 126)
        + dot(191, 216, 60, CREAM)
        + place(motif, 191, 216, 0.98)
        + words(191, 318, p.size, 17, CREAM, 150)
    )


def flat_box(p: Palette, motif: str) -> str:
    """A wide, low box: frozen meals, pizza, tissues, tea."""
    return (
        shadow(280)
        + path("M78 150L104 122H322L328 150z", p.deep)
        + lit_rect(72, 148, 256, 188, 8, p.main)
        + path("M72 276Q190 236 328 268V328q0 8-8 8H80q-8 0-8-8z", p.deep, 'opacity=".45"')
        + rect(90, 168, 128, 52, 8, CREAM)
        + words(154, 202, p.brand, 26, p.deep, 116)
        + dot(264, 258, 55, CREAM)
        + place(motif, 264, 258, 0.88)
        + words(142, 314, p.size, 18, CREAM, 116)
    )


def crisps(p: Palette, motif: str) -> str:
    """A pillow bag with sealed ends."""
    teeth = "".join(f"l6.4 {7 if k % 2 == 0 else -7}" for k in range(28))
    return (
        shadow(180)
        + lit(f"M110 72{teeth}Q300 200 289 332H111Q100 200 110 72z", p.main)
        + path("M106 120Q200 96 294 120L295 150Q200 124 105 150z", CREAM, 'opacity=".28"')
        + line("M113 92H287M114 316H286", "#fff5", 4)
        + rect(128, 130, 144, 46, 10, CREAM)
        + words(200, 162, p.brand, 27, p.deep, 132)
        + dot(200, 236, 56, CREAM)
        + place(motif, 200, 236, 0.92)
        + words(200, 310, p.size, 16, CREAM, 140)
    )


def pouch(p: Palette, motif: str) -> str:
    """A stand-up pouch or paper bag: coffee, flour, sugar, rice, nuts, pet food."""
    return (
        shadow(190)
        + lit("M122 74H278L288 318Q288 338 268 338H132Q112 338 112 318z", p.main)
        + path("M122 74H278L280 106H120z", p.deep)
        + line("M126 116H276", "#fff5", 3)
        + label(p, 130, 140, 140, 168, motif)
    )


def frozen_bag(p: Palette, motif: str) -> str:
    """A bag from the freezer, with frost on its shoulders."""
    return (
        shadow(210)
        + lit("M104 84Q200 66 296 84Q286 200 300 320Q300 338 282 338H118Q100 338 100 320"
              "Q114 200 104 84z", p.main)
        + path("M104 84Q200 66 296 84L294 116Q276 136 258 118Q240 140 220 122Q200 142 180 120"
               "Q160 142 144 120Q126 136 106 116z", "#eef8fc")
        + rect(126, 146, 148, 44, 8, CREAM)
        + words(200, 177, p.brand, 26, p.deep, 136)
        + dot(200, 252, 54, CREAM)
        + place(motif, 200, 252, 0.9)
        + words(200, 328, p.size, 15, CREAM, 150)
    )  # fmt: skip


def clear_bag(p: Palette, motif: str) -> str:
    """A see-through bag with a printed header: produce, salad, bread, sweets."""
    spots = ((150, 222), (206, 206), (250, 232), (164, 284), (214, 276), (252, 300))
    filling = scatter(motif, spots, 0.62)
    return (
        shadow(220)
        + lit("M112 96H288Q306 200 298 318Q298 338 278 338H122Q102 338 102 318Q94 200 112 96z",
              "#f7fbf4")
        + filling
        + path("M110 92H290L296 170Q200 188 104 170z", p.main)
        + path("M110 92H290L292 110H108z", p.deep)
        + words(200, 150, p.brand or p.size, 27, CREAM, 160)
        + path("M124 190Q116 250 126 316", "none",
               'stroke="#fff" stroke-width="8" opacity=".75"')
    )  # fmt: skip


def sachet(p: Palette, motif: str) -> str:
    """A small flat packet: seasoning, drink mix, yeast."""
    return shadow(170) + turn(
        lit_rect(118, 92, 164, 236, 4, p.main)
        + rect(118, 92, 164, 18, 0, p.deep)
        + rect(118, 310, 164, 18, 0, p.deep)
        + label(p, 136, 128, 128, 164, motif),
        -4,
    )


def bar(p: Palette, motif: str) -> str:
    """A wrapped bar: chocolate, cereal, granola, gum."""
    ends = "M60 168L78 156V264L60 252zM340 168L322 156V264L340 252z"
    return shadow(290, 288) + turn(
        path(ends, p.deep)
        + lit_rect(76, 154, 248, 112, 8, p.main)
        + path("M76 220Q200 190 324 214V258q0 8-8 8H84q-8 0-8-8z", p.deep, 'opacity=".5"')
        + words(164, 212, p.brand, 36, CREAM, 156)
        + dot(284, 206, 36, CREAM)
        + place(motif, 284, 206, 0.62)
        + words(160, 252, p.size, 15, CREAM, 150),
        -7,
    )


def tray(p: Palette, inside: str) -> str:
    """A shop tray under film with a label; ``inside`` lies within 110..290 by 150..270."""
    tag = ""
    if p.brand or p.size:
        tag = (
            rect(218, 246, 100, 56, 6, CREAM)
            + rect(218, 246, 100, 18, 6, p.main)
            + words(268, 260, p.brand, 13, CREAM, 92)
            + words(268, 288, p.size, 17, p.deep, 88)
        )
    return (
        shadow(290, 326)
        + lit("M62 140Q62 124 80 124H320Q338 124 338 140L326 306Q324 326 304 326H96"
              "Q76 326 74 306z", "#f4f2ec")
        + path("M82 148Q82 142 90 142H310Q318 142 318 148L308 296Q306 306 296 306H104"
               "Q94 306 92 296z", "#e2ddd2")
        + inside
        + path("M92 156L176 148L112 300H102z", "#fff", 'opacity=".28"')
        + tag
    )  # fmt: skip


def sleeve(p: Palette, inside: str) -> str:
    """A vacuum pack with a printed head: bacon, sliced meat, hot dogs, cheese slices."""
    return (
        shadow(220)
        + lit_rect(96, 76, 208, 262, 14, "#f5f1ea")
        + rect(108, 168, 184, 158, 10, "#e9e2d6")
        + inside
        + path("M96 90q0-14 14-14H290q14 0 14 14V156Q200 178 96 156z", p.main)
        + rect(174, 84, 52, 10, 5, p.wall)
        + words(200, 130, p.brand, 30, CREAM, 184)
        + path("M112 178L146 178L118 322H110z", "#fff", 'opacity=".4"')
        + words(200, 154, p.size, 15, CREAM, 120)
    )


def roll_pack(p: Palette, motif: str) -> str:
    """Rolls of paper in a printed film."""

    def roll(x: float, y: float) -> str:
        return (
            lit(f"M{x - 58} {y}V{y + 96}Q{x - 58} {y + 118} {x} {y + 118}T{x + 58} {y + 96}V{y}z",
                "#fdfcf8")
            + oval(x, y, 58, 22, "#f1eee6")
            + oval(x, y, 18, 7, "#c9b79c")
        )  # fmt: skip

    return (
        shadow(250)
        + roll(146, 126)
        + roll(256, 126)
        + roll(146, 218)
        + roll(256, 218)
        + rect(88, 196, 226, 84, 6, p.main)
        + words(166, 248, p.brand, 32, CREAM, 146)
        + dot(276, 238, 30, CREAM)
        + place(motif or "", 276, 238, 0.52)
        + words(166, 270, p.size, 14, CREAM, 140)
    )


def roll_box(p: Palette, motif: str) -> str:
    """A long box of foil, film or bags."""
    return shadow(310, 280) + turn(
        path("M54 178L72 158H350L344 178z", p.deep)
        + lit_rect(50, 176, 296, 86, 6, p.main)
        + path("M70 158H344V148Q210 130 70 148z", METAL)
        + rect(66, 190, 176, 58, 6, CREAM)
        + words(154, 228, p.brand, 30, p.deep, 160)
        + place(motif, 292, 214, 0.66)
        + words(154, 244, p.size, 12, p.deep, 150),
        -4,
    )


def tissue_box(p: Palette, motif: str) -> str:
    """A cube of facial tissues."""
    return (
        shadow(230)
        + path("M170 150Q160 92 196 78Q214 104 244 92Q250 124 232 150z", "#fff")
        + path("M196 78Q206 116 202 150H232Q250 124 244 92Q214 104 196 78z", "#e8eef2")
        + path("M88 160L116 136H288L312 160z", p.deep)
        + oval(200, 149, 62, 9, "#201030", 'opacity=".35"')
        + path("M160 149Q166 120 176 112L228 112Q238 130 238 149z", "#fff")
        + lit_rect(88, 158, 224, 180, 8, p.main)
        + words(200, 206, p.brand, 32, CREAM, 190)
        + place(motif, 200, 264, 0.9)
        + words(200, 326, p.size, 15, CREAM, 180)
    )


def big_pack(p: Palette, motif: str) -> str:
    """A soft pack of nappies, towels or pads."""
    return (
        shadow(240)
        + lit("M92 116Q92 92 120 92H280Q308 92 308 116V312Q308 338 280 338H120Q92 338 92 312z",
              p.main)
        + path("M150 92Q200 44 250 92L236 92Q200 62 164 92z", p.deep)
        + path("M92 260Q200 212 308 252V312Q308 338 280 338H120Q92 338 92 312z", CREAM,
               'opacity=".85"')
        + words(200, 142, p.brand, 34, CREAM, 190)
        + dot(200, 216, 58, CREAM)
        + place(motif, 200, 216, 0.94)
        + words(200, 320, p.size, 18, p.deep, 180)
    )  # fmt: skip


def block(p: Palette, motif: str) -> str:
    """A wrapped block: butter, cream cheese, soap."""
    return (
        shadow(270, 318)
        + path("M84 186L124 142H340L316 186z", CREAM)
        + path("M316 186L340 142V268L316 316z", p.deep)
        + lit_rect(80, 186, 236, 130, 6, p.main)
        + rect(98, 204, 140, 94, 8, CREAM)
        + words(168, 246, p.brand, 28, p.deep, 126)
        + words(168, 278, p.size, 16, p.deep, 120)
        + place(motif, 276, 252, 0.72)
    )


def egg_box(p: Palette, _: str) -> str:
    """An open box of eggs."""
    eggs = "".join(
        lit_oval(x, 184, 29, 37, "#e7c39a" if p.variant % 2 else "#f6ead8")
        for x in (112, 170, 228, 286)
    )
    bumps = "".join(lit(f"M{x - 32} 214H{x + 32}L{x + 24} 300Q{x} 318 {x - 24} 300z", "#b9a58d")
                    for x in (112, 170, 228, 286))  # fmt: skip
    return (
        shadow(280, 318)
        + lit("M76 92Q78 78 92 78H308Q322 78 324 92L332 196H68z", "#c9b79f")
        + rect(104, 100, 192, 56, 8, p.main)
        + words(200, 128, p.brand, 28, CREAM, 176)
        + eggs
        + rect(64, 204, 272, 26, 10, "#a8937a")
        + bumps
        + rect(64, 204, 272, 14, 7, "#c9b79f")
        + words(200, 147, p.size, 14, CREAM, 150)
    )


def canister(p: Palette, motif: str) -> str:
    """A tall tube with a lid: stacked crisps, cocoa, oats."""
    return (
        shadow(140)
        + lit("M136 84V318Q136 338 200 338T264 318V84z", p.main)
        + oval(200, 84, 64, 15, METAL)
        + lit("M132 66V92Q132 108 200 108T268 92V66z", p.deep)
        + oval(200, 66, 68, 15, p.main)
        + label(p, 148, 134, 104, 172, motif)
    )
