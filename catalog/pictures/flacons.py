"""Sprays, pumps, tubes and pots: what holds cleaners, medicines and cosmetics.

Every painter takes the palette and a motif and returns the body of the picture.
"""

from __future__ import annotations

from catalog.pictures.canvas import (
    label,
    line,
    lit,
    lit_oval,
    lit_rect,
    name_band,
    path,
    place,
    rect,
    shadow,
    words,
)
from catalog.pictures.palette import CREAM, METAL, Palette

#: Makes a broad stroke the ridges of a screw lid.
_RIDGES = 'stroke-dasharray="3 11"'


def spray(p: Palette, motif: str) -> str:
    """A trigger spray bottle."""
    return (
        shadow(150)
        + lit("M150 62H244Q262 62 266 84L246 92H222V128H178V98L150 92z", p.deep)
        + path("M178 98Q168 122 150 128L146 118Q160 112 162 96z", p.main)
        + lit(
            "M176 126H224Q230 158 256 184Q264 194 264 212V318Q264 338 244 338H156"
            "Q136 338 136 318V212Q136 194 144 184Q170 158 176 126z",
            p.main,
        )
        + label(p, 148, 202, 104, 116, motif)
    )


def aerosol(p: Palette, motif: str) -> str:
    """A pressurised can: hair spray, air freshener, cooking spray, deodorant."""
    return (
        shadow(110)
        + lit("M164 66H236Q242 66 242 74V112H158V74Q158 66 164 66z", p.deep)
        + lit("M158 110H242Q254 118 254 134V318Q254 338 238 338H162Q146 338 146 318V134"
              "Q146 118 158 110z", p.main)
        + rect(146, 126, 108, 6, 0, METAL)
        + rect(146, 318, 108, 8, 0, METAL)
        + label(p, 152, 152, 96, 148, motif)
    )  # fmt: skip


def detergent(p: Palette, motif: str) -> str:
    """A bottle of laundry or dish liquid with a measuring cap and a handle."""
    return (
        shadow(200)
        + lit_rect(142, 60, 62, 50, 10, p.deep)
        + lit(
            "M134 108H216Q290 120 290 190V312Q290 338 264 338H136Q110 338 110 312V176"
            "Q110 128 134 108z",
            p.main,
        )
        + path("M236 142Q268 154 268 192V214Q268 228 254 228T240 214V188Q240 166 226 158z", p.wall)
        + label(p, 126, 184, 108, 134, motif)
    )


def pump(p: Palette, motif: str, fill: str = "") -> str:
    """A bottle with a pump: hand soap, body wash, lotion."""
    return (
        shadow(140)
        + line("M200 112V72H156Q150 72 150 82", p.deep, 13)
        + rect(176, 102, 48, 34, 6, p.deep)
        + lit("M166 134H234Q262 140 262 170V312Q262 338 236 338H164Q138 338 138 312V170"
              "Q138 140 166 134z", fill or p.main)
        + label(p, 150, 178, 100, 132, motif)
    )  # fmt: skip


def flip(p: Palette, motif: str) -> str:
    """A flat bottle with a flip cap: shampoo, conditioner, body wash."""
    return (
        shadow(140)
        + lit("M168 62H232Q238 62 238 70V104H162V70Q162 62 168 62z", p.deep)
        + lit("M160 102H240Q268 118 266 164L258 316Q256 338 234 338H166Q144 338 142 316L134 164"
              "Q132 118 160 102z", p.main)
        + label(p, 148, 158, 104, 146, motif)
        + path("M150 156q0-26 16-38", "none", 'stroke="#fff" stroke-width="7" opacity=".45"')
    )  # fmt: skip


def tube(p: Palette, motif: str) -> str:
    """A tube standing on its cap: toothpaste, cream, gel."""
    return (
        shadow(120)
        + lit("M166 298H234L238 338H162z", p.deep)
        + lit("M132 66H268L240 290Q238 302 226 302H174Q162 302 160 290z", CREAM)
        + rect(128, 58, 144, 22, 4, p.main)
        + path("M136 96H264L257 152Q200 178 143 152z", p.main)
        + path("M132 66H268L240 290Q238 302 226 302H174Q162 302 160 290z", "url(#rs)")
        + words(200, 134, p.brand, 25, CREAM, 112)
        + place(motif, 200, 222, 0.72)
        + words(200, 286, p.size, 14, p.deep, 70)
    )


def pot(p: Palette, motif: str) -> str:
    """A low jar of cream."""
    return (
        shadow(220)
        + lit("M98 206H302V300Q302 338 262 338H138Q98 338 98 300z", CREAM)
        + rect(98, 240, 204, 58, 0, p.main, 'opacity=".18"')
        + lit_rect(90, 146, 220, 68, 16, p.main)
        + rect(90, 196, 220, 6, 0, p.deep, 'opacity=".5"')
        + words(200, 278, p.brand, 30, p.deep, 176)
        + words(200, 320, p.size, 15, p.deep, 150)
        + place(motif, 200, 178, 0.5)
    )


def dropper(p: Palette, motif: str) -> str:
    """A small glass bottle with a dropper: serum, oil, extract."""
    return (
        shadow(120)
        + lit_oval(200, 82, 22, 32, p.deep)
        + lit_rect(168, 108, 64, 40, 6, METAL)
        + lit("M172 146H228Q254 158 254 186V314Q254 338 230 338H170Q146 338 146 314V186"
              "Q146 158 172 146z", "#a86a2c")
        + label(p, 154, 198, 92, 118, motif)
    )  # fmt: skip


def pill_bottle(p: Palette, motif: str) -> str:
    """A bottle of tablets or vitamins."""
    ridges = line("M154 98H248", "#0002", 26, _RIDGES, "butt")
    return (
        shadow(160)
        + lit_rect(144, 76, 112, 46, 8, CREAM)
        + ridges
        + lit("M140 122H260Q274 134 274 154V314Q274 338 250 338H150Q126 338 126 314V154"
              "Q126 134 140 122z", p.main)
        + label(p, 126, 168, 148, 138, motif)
    )  # fmt: skip


def stick(p: Palette, _: str) -> str:
    """A deodorant or balm in a twist-up stick."""
    return (
        shadow(120)
        + lit("M158 106Q158 72 200 72T242 106V150H158z", "#fdf4f6")
        + lit_rect(146, 146, 108, 150, 12, p.main)
        + lit_rect(152, 294, 96, 44, 8, p.deep)
        + name_band(p, 152, 192, 96, 44)
        + words(200, 270, p.size, 14, CREAM, 90)
    )
