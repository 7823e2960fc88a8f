# fmt: off
# ruff: noqa: E501 - a drawing stays on one line, however long
"""Cosmetics, hair, body and first aid."""

from __future__ import annotations

from catalog.pictures.canvas import (
    ball,
    dot,
    line,
    lit,
    lit_oval,
    lit_rect,
    name_band,
    oval,
    path,
    place,
    rect,
    shadow,
    turn,
    words,
)
from catalog.pictures.palette import CREAM, INK, METAL, Palette

#: Shades of make-up; the seed picks one, so that a shelf of lipsticks is not all one red.
_SHADES = ("#b8324f", "#d0607a", "#9a4a5c", "#d8735a")
_LACQUERS = ("#c23a55", "#7a5aa6", "#3f8f9a", "#e08a9c")


def lipstick(p: Palette, _: str) -> str:
    """A lipstick beside its cap."""
    return (
        shadow(200) + lit("M148 196V118Q150 84 194 74Q200 74 200 84V196z", _SHADES[p.variant]) + lit_rect(138, 188, 72, 58, 4, "#e0bf7c") + lit_rect(128, 240, 92, 98, 6, INK) + name_band(p, 132, 268, 84, 30)
        + lit_rect(238, 190, 72, 148, 8, INK) + rect(238, 216, 72, 9, 0, "#e0bf7c")
    )


def nail_polish(p: Palette, _: str) -> str:
    """A bottle of nail polish and a stroke of its colour."""
    c = _LACQUERS[p.variant]
    return (
        shadow(190) + line("M262 300Q304 276 326 306", c, 24) + lit("M178 62H222L230 196H170z", INK) + rect(166, 192, 68, 18, 4, METAL)
        + lit("M160 208H240Q282 216 282 256V304Q282 338 248 338H152Q118 338 118 304V256Q118 216 160 208z", c) + rect(142, 250, 116, 50, 8, CREAM, 'opacity=".94"') + words(200, 282, p.brand, 21, p.deep, 104) + path("M134 252q2-22 22-28", "none", 'stroke="#fff" stroke-width="7" stroke-linecap="round" opacity=".6"')
    )


def brush(p: Palette, _: str) -> str:
    """Make-up brushes."""
    def one(x: float, lean: float, w: float, c: str) -> str:
        return turn(lit(f"M{x - 7} 190H{x + 7}L{x + 4} 334Q{x} 342 {x - 4} 334z", p.main) + rect(x - w / 2, 150, w, 48, 4, METAL) + lit(f"M{x - w / 2} 152Q{x - w} 96 {x} 64Q{x + w} 96 {x + w / 2} 152z", c), lean, x, 330)

    return shadow(210) + one(130, -10, 30, "#6b4a3a") + one(200, 0, 48, "#8f6650") + one(268, 10, 26, "#57392b")


def compact(p: Palette, _: str) -> str:
    """An open compact with powders."""
    shades = ("#e7b59a", "#c98f78", "#a8675c", "#8a7aa0")
    pans = "".join(lit_rect(104 + (k % 2) * 100, 212 + (k // 2) * 54, 92, 46, 8, shades[(k + p.variant) % 4]) for k in range(4))
    return shadow(270) + lit_rect(82, 66, 236, 122, 18, INK) + rect(98, 82, 204, 92, 10, "#d9eaf0") + path("M112 174L182 82H216L146 174z", "#fff", 'opacity=".6"') + lit_rect(78, 190, 244, 148, 18, p.main) + rect(92, 202, 216, 124, 10, CREAM) + pans


def mascara(p: Palette, _: str) -> str:
    """A mascara and its wand."""
    bristles = "".join(line(f"M{104 + k * 9} {122 - k % 2 * 3}v40", INK, 4) for k in range(11))
    return shadow(280, 320) + turn(rect(88, 138, 200, 8, 4, METAL) + bristles + lit_rect(220, 118, 116, 46, 10, INK), -12, 200, 160) + turn(lit_rect(62, 232, 196, 58, 14, p.main) + lit_rect(252, 238, 76, 46, 8, INK) + words(160, 269, p.brand, 24, CREAM, 170), -6, 200, 260)


def pencil(p: Palette, _: str) -> str:
    """Eye or lip pencils."""
    def one(y: float, c: str) -> str:
        return lit_rect(96, y, 226, 34, 6, c) + path(f"M98 {y}L52 {y + 17}L98 {y + 34}z", "#efd3ae") + path(f"M68 {y + 11}L52 {y + 17}L68 {y + 23}z", c) + rect(286, y, 36, 34, 6, "#e0bf7c")

    return shadow(290, 316) + turn(one(142, p.deep) + one(194, p.main) + one(246, _SHADES[p.variant]) + words(190, 218, p.brand, 19, CREAM, 170), -12)


def perfume(p: Palette, _: str) -> str:
    """A bottle of scent."""
    glass = ("#f4cfd3", "#f2dfae", "#cfe0ee", "#dcd0ec")[p.variant]
    return shadow(200) + lit_rect(164, 66, 72, 66, 8, "#e0bf7c") + rect(176, 130, 48, 20, 2, METAL) + lit_rect(108, 148, 184, 190, 22, "#f8f5f2") + lit_rect(124, 184, 152, 140, 12, glass) + rect(144, 212, 112, 72, 4, CREAM, 'opacity=".92"') + words(200, 248, p.brand, 22, p.deep, 100) + words(200, 272, p.size, 13, p.deep, 96) + path("M124 172l26-16", "none", 'stroke="#fff" stroke-width="8" stroke-linecap="round"')


def hair_tool(p: Palette, _: str) -> str:
    """A hair dryer."""
    return shadow(220) + line("M204 300Q206 346 270 338Q330 330 338 284", INK, 8) + lit("M166 216H226L218 306Q216 322 200 322H190Q174 322 172 306z", p.deep) + lit("M64 146L92 132H236Q306 132 306 184T236 236H92L64 222z", p.main) + rect(52, 140, 22, 88, 6, INK) + ball(240, 184, 40, p.deep) + dot(240, 184, 24, METAL) + words(146, 194, p.brand, 22, CREAM, 110)


def hair_brush(p: Palette, _: str) -> str:
    """A hair brush and a comb."""
    pins = line("M150 100v90M170 92v104M190 100v90", INK, 8, 'stroke-dasharray="0 20"')
    return shadow(210) + turn(lit("M154 226H186L190 320Q190 338 170 338T150 320z", p.main) + lit_oval(170, 146, 62, 92, p.main) + oval(170, 146, 44, 74, CREAM) + pins, -10, 170, 200) + turn(lit_rect(250, 84, 34, 244, 10, p.deep) + line("M300 100V320", p.deep, 32, 'stroke-dasharray="6 9"', "butt"), 8, 270, 200)


def hair_bow(p: Palette, _: str) -> str:
    """Hair clips, bands and jewellery."""
    return shadow(230, 320) + lit("M200 190Q110 100 70 140Q52 200 70 256Q110 290 200 206z", p.main) + lit("M200 190Q290 100 330 140Q348 200 330 256Q290 290 200 206z", p.main) + line("M96 160Q140 190 184 196M304 160Q260 190 216 196", p.deep, 5) + lit("M182 210L150 318L188 296L200 322L212 296L250 318L218 210z", p.deep) + lit_rect(174, 164, 52, 68, 18, p.deep)


def razor(p: Palette, _: str) -> str:
    """A razor."""
    return shadow(140) + turn(lit("M184 152H216L212 200Q226 260 214 326Q200 344 186 326Q174 260 188 200z", p.main) + line("M200 214V300", CREAM, 7, 'opacity=".6"') + lit_rect(120, 92, 160, 66, 12, p.deep) + line("M134 112H266M134 126H266M134 140H266", METAL, 6), 14)


def toothbrush(p: Palette, _: str) -> str:
    """Toothbrushes."""
    def one(c: str) -> str:
        return rect(-10, -20, 20, 150, 10, c) + rect(-7, -70, 14, 70, 7, c) + rect(-13, -132, 26, 74, 10, c) + rect(-13, -128, 26, 62, 4, CREAM) + line("M-6-122V-74M6-122V-74", "#6fb3c9", 5)

    return shadow(230) + place(turn(one(p.deep), 16, 0, 110), 246, 206, 1.05) + place(turn(one(p.main), -16, 0, 110), 154, 206, 1.05)


def soap(p: Palette, _: str) -> str:
    """Bars of soap and bubbles."""
    return shadow(270, 322) + path("M96 176L132 148H322L300 176z", CREAM) + turn(lit_rect(78, 170, 216, 72, 30, p.main) + rect(110, 184, 152, 44, 20, "#fff", 'opacity=".22"') + words(186, 214, p.brand, 22, CREAM, 140), -4) + lit_rect(100, 246, 220, 76, 32, "#f8eedb") + rect(132, 262, 156, 44, 20, "none", 'stroke="#e0cda8" stroke-width="5"') + words(210, 291, p.size, 17, p.deep, 140) + "".join(dot(x, y, r, "#fff", 'opacity=".8"') for x, y, r in ((88, 132, 22), (122, 108, 14), (70, 96, 10), (312, 140, 12)))


def plasters(p: Palette, _: str) -> str:
    """Crossed plasters."""
    one = lit_rect(-120, -34, 240, 68, 34, "#eebf95") + rect(-38, -34, 76, 68, 4, "#f8dfc4") + "".join(dot(x, y, 3.5, "#d19a68") for x in (-92, -70, 70, 92) for y in (-12, 12))
    return shadow(230, 326) + place(turn(one, 36, 0, 0), 200, 206) + place(turn(one, -36, 0, 0), 200, 206) + (rect(140, 296, 120, 30, 6, p.main) + words(200, 317, p.brand, 17, CREAM, 110) if p.brand else "")


def mirror(p: Palette, _: str) -> str:
    """A hand mirror."""
    return shadow(130, 342) + lit("M184 238H216L222 318Q222 340 200 340T178 318z", p.deep) + ball(200, 154, 104, p.main) + dot(200, 154, 84, "#dcedf3") + path("M140 186L206 82M172 208L250 96", "none", 'stroke="#fff" stroke-width="14" stroke-linecap="round" opacity=".8"')


def wipes(p: Palette, motif: str) -> str:
    """A soft pack of wipes, one pulled out."""
    return shadow(290, 326) + path("M156 176Q150 110 190 100Q208 124 236 106Q258 130 244 176z", "#fff") + lit("M64 178Q64 160 84 160H316Q336 160 336 178L344 306Q344 324 324 324H76Q56 324 56 306z", p.main) + lit_oval(200, 176, 76, 22, CREAM) + path("M172 176Q170 140 188 128Q206 142 226 130Q236 150 228 176z", "#fff") + words(164, 252, p.brand, 32, CREAM, 170) + words(164, 290, p.size, 16, CREAM, 150) + dot(292, 256, 40, CREAM) + place(motif, 292, 256, 0.68)


def baby_bottle(p: Palette, _: str) -> str:
    """A feeding bottle."""
    return shadow(130) + path("M184 108Q176 84 188 74Q190 50 200 50T212 74Q224 84 216 108z", "#efc9a5") + lit_rect(146, 104, 108, 40, 12, p.main) + lit_rect(140, 140, 120, 198, 26, "#eef6fa") + lit("M148 206H252V312Q252 330 234 330H166Q148 330 148 312z", "#fffaf0") + line("M226 226H246M234 246H246M226 266H246M234 286H246", p.deep, 5) + words(186, 276, p.brand, 15, p.deep, 70)
