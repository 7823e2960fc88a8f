"""Cans, jars, bottles, cups and tubes: what holds liquids, pastes and creams.

Every painter takes the palette and a motif and returns the body of the picture.
"""

from __future__ import annotations

from catalog.pictures.canvas import (
    dot,
    label,
    line,
    lit,
    lit_rect,
    oval,
    path,
    place,
    rect,
    shadow,
    words,
)
from catalog.pictures.palette import CREAM, GLASS, METAL, Palette

#: Makes a broad stroke the ridges of a screw lid.
_RIDGES = 'stroke-dasharray="3 11"'


def can(p: Palette, motif: str) -> str:
    """A food can with a paper wrap."""
    return (
        shadow(190)
        + lit("M112 96V318Q112 340 200 340T288 318V96z", METAL)
        + lit("M112 118V304Q112 326 200 326T288 304V118Q288 136 200 136T112 118z", p.main)
        + oval(200, 96, 88, 20, "#e4e8ed")
        + oval(200, 96, 74, 14, "#cfd5dc")
        + oval(200, 98, 56, 9, "#dde2e8")
        + label(p, 134, 152, 132, 148, motif)
    )


def drink_can(p: Palette, motif: str) -> str:
    """A slim can of a drink."""
    return (
        shadow(130)
        + lit("M138 96L150 76H250L262 96V312L250 334H150L138 312z", METAL)
        + lit("M138 98H262V312H138z", p.main)
        + path("M138 250Q200 210 262 236V312H138z", p.deep, 'opacity=".55"')
        + oval(200, 76, 50, 9, "#eef1f4")
        + oval(200, 77, 16, 4, "#a8b0ba")
        + place(motif, 200, 158, 0.95)
        + words(200, 228, p.brand, 24, CREAM, 112)
        + words(200, 294, p.size, 15, CREAM, 108)
    )


def can_pack(p: Palette, _: str) -> str:
    """A card box of drink cans with two cans before it."""
    one = (
        lit("M0 12L8 0H62L70 12V118L62 130H8L0 118z", METAL)
        + lit("M0 14H70V116H0z", p.main)
        + path("M0 84Q36 58 70 74V116H0z", p.deep, 'opacity=".55"')
        + oval(35, 1, 27, 5, "#eef1f4")
    )
    return (
        shadow(270)
        + lit_rect(84, 122, 236, 200, 10, p.main)
        + path("M84 132q0-10 10-10H310q10 0 10 10V150H84z", p.deep, 'opacity=".45"')
        + rect(168, 131, 64, 12, 6, p.wall)
        + rect(104, 166, 196, 50, 8, CREAM)
        + words(202, 200, p.brand, 28, p.deep, 180)
        + words(262, 250, p.size, 15, CREAM, 100)
        + place(one, 96, 206)
        + place(one, 172, 210)
    )


def soda(p: Palette, motif: str) -> str:
    """A large bottle of a soft drink."""
    drink = ("#6b3a2a", "#e38a35", "#7fa84a", "#a03a4c")[p.variant]
    return (
        shadow(140)
        + rect(180, 42, 40, 26, 6, p.deep)
        + lit(
            "M184 66H216V88Q218 112 248 136Q262 150 262 172V322Q262 338 246 338H154"
            "Q138 338 138 322V172Q138 150 152 136Q182 112 184 88z",
            GLASS,
        )
        + lit(
            "M182 104H218Q226 124 246 138Q258 150 258 172V320Q258 334 246 334H154"
            "Q142 334 142 320V172Q142 150 154 138Q174 124 182 104z",
            drink,
        )
        + rect(138, 184, 124, 96, 0, p.main)
        + rect(138, 184, 124, 96, 0, "url(#rs)")
        + rect(138, 184, 124, 6, 0, CREAM)
        + rect(138, 274, 124, 6, 0, CREAM)
        + place(motif, 200, 214, 0.5)
        + words(200, 252, p.brand, 22, CREAM, 112)
        + words(200, 268, p.size, 13, CREAM, 108)
        + path("M154 176q-4-18 12-30", "none", 'stroke="#fff" stroke-width="6" opacity=".5"')
    )


def water(p: Palette, motif: str) -> str:
    """A ribbed bottle of water."""
    ribs = "".join(line(f"M146 {y}Q200 {y + 12} 254 {y}", "#8fbdd6", 4) for y in (270, 290, 310))
    return (
        shadow(130)
        + rect(182, 48, 36, 24, 6, p.main)
        + lit(
            "M184 70H216V92Q220 116 244 134Q256 146 256 168V322Q256 338 240 338H160"
            "Q144 338 144 322V168Q144 146 156 134Q180 116 184 92z",
            "#bfe0ef",
        )
        + ribs
        + rect(144, 168, 112, 86, 0, CREAM)
        + rect(144, 168, 112, 8, 0, p.main)
        + rect(144, 246, 112, 8, 0, p.main)
        + place(motif, 200, 198, 0.42)
        + words(200, 234, p.brand, 19, p.deep, 100)
        + rect(156, 140, 8, 24, 4, "#fff", 'opacity=".7"')
    )


def bottle(p: Palette, motif: str, fill: str = "#d9a13a", cap: str = "") -> str:
    """A glass bottle with a neck: oil, syrup, sauce, dressing, juice; ``fill`` is what is in it."""
    return (
        shadow(140)
        + rect(176, 50, 48, 32, 6, cap or p.deep)
        + lit(
            "M182 80H218V110Q220 130 246 150Q260 162 260 184V320Q260 338 242 338H158"
            "Q140 338 140 320V184Q140 162 154 150Q180 130 182 110z",
            fill,
        )
        + label(p, 146, 190, 108, 122, motif)
        + path("M156 182q0-14 14-24", "none", 'stroke="#fff" stroke-width="6" opacity=".55"')
    )


def squeeze(p: Palette, motif: str, fill: str = "#cf3f2f") -> str:
    """A squeezy bottle standing on its cap."""
    return (
        shadow(140)
        + lit("M166 304H234L240 338H160z", CREAM)
        + lit(
            "M150 70H250Q266 70 266 92L258 278Q256 306 230 306H170Q144 306 142 278L134 92"
            "Q134 70 150 70z",
            fill,
        )
        + label(p, 148, 112, 104, 142, motif)
        + rect(146, 92, 8, 90, 4, "#fff", 'opacity=".3"')
    )


def jar(p: Palette, motif: str, fill: str = "#b8442f") -> str:
    """A glass jar with a screw lid."""
    ridges = line("M142 102H262", "#0002", 20, _RIDGES, "butt")
    return (
        shadow(180)
        + lit("M132 116Q112 124 112 152V312Q112 338 138 338H262Q288 338 288 312V152"
              "Q288 124 268 116z", GLASS)
        + lit("M122 150Q124 136 138 132H262Q276 136 278 150V308Q278 328 258 328H142"
              "Q122 328 122 308z", fill)
        + lit_rect(126, 82, 148, 38, 8, p.main)
        + ridges
        + label(p, 132, 176, 136, 128, motif)
        + rect(120, 150, 8, 110, 4, "#fff", 'opacity=".5"')
    )  # fmt: skip


def carton(p: Palette, motif: str) -> str:
    """A gable-top carton: milk, juice, cream."""
    return (
        shadow(170)
        + rect(146, 56, 108, 26, 4, p.deep)
        + lit("M146 80H254L282 140H118z", p.main)
        + path("M200 80L282 140H254z", "#201030", 'opacity=".12"')
        + lit_rect(118, 138, 164, 200, 4, CREAM)
        + path("M118 258Q166 226 206 262T282 246V334q0 4-4 4H122q-4 0-4-4z", p.main)
        + dot(228, 112, 15, CREAM)
        + place(motif, 200, 208, 0.74)
        + words(200, 166, p.brand, 24, p.deep, 144)
        + words(200, 316, p.size, 17, CREAM, 130)
    )


def jug(p: Palette, motif: str, fill: str = "#f8fafc") -> str:
    """A plastic jug with a handle: a gallon of milk, juice or bleach."""
    return (
        shadow(200)
        + rect(156, 62, 52, 28, 6, p.main)
        + lit(
            "M160 88H206V104Q280 120 286 196V316Q286 338 264 338H136Q114 338 114 316V196"
            "Q116 134 160 112z",
            fill,
        )
        + path("M232 134Q268 150 268 196V228Q268 240 256 240T244 228V196Q240 168 222 154z", p.wall)
        + label(p, 128, 186, 104, 128, motif)
    )


def cup(p: Palette, motif: str) -> str:
    """A small pot with a foil lid: yoghurt, pudding, fruit."""
    return (
        shadow(150)
        + lit("M122 130H278L256 322Q254 338 238 338H162Q146 338 144 322z", CREAM)
        + path("M137 250Q200 226 263 250L256 322Q254 338 238 338H162Q146 338 144 322z", p.main)
        + lit_rect(112, 112, 176, 24, 10, p.main)
        + path("M278 114q28-6 24-26q-22 2-34 24z", p.deep)
        + words(200, 168, p.brand, 24, p.deep, 126)
        + place(motif, 200, 222, 0.84)
        + words(200, 304, p.size, 16, CREAM, 100)
    )


def cup_pack(p: Palette, motif: str) -> str:
    """Pots in a card sleeve."""
    pot = lit("M0 0H92L82 96Q80 106 70 106H22Q12 106 10 96z", CREAM) + rect(
        -5, -9, 102, 14, 6, p.deep
    )
    return (
        shadow(280)
        + place(pot, 96, 226)
        + place(pot, 212, 226)
        + lit_rect(74, 126, 252, 112, 12, p.main)
        + rect(92, 144, 152, 76, 8, CREAM)
        + words(168, 180, p.brand, 26, p.deep, 138)
        + words(168, 206, p.size, 16, p.deep, 136)
        + place(motif, 284, 182, 0.74)
    )


def tub(p: Palette, motif: str) -> str:
    """A wide tub with a lid: ice cream, margarine, sour cream, cottage cheese."""
    return (
        shadow(230)
        + lit("M92 164H308L288 316Q284 338 262 338H138Q116 338 112 316z", CREAM)
        + path("M96 194H304L295 262H105z", p.main)
        + path("M96 194H304L295 262H105z", "url(#rs)")
        + lit_rect(82, 140, 236, 32, 12, p.deep)
        + rect(92, 128, 216, 20, 10, p.main)
        + words(200, 238, p.brand, 34, CREAM, 180)
        + place(motif, 200, 300, 0.68)
        + words(200, 163, p.size, 15, CREAM, 200)
    )
