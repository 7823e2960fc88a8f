# fmt: off
# ruff: noqa: E501 - a drawing stays on one line, however long
"""Meat, fish and cooked dishes: what lies in a tray, a vacuum pack or a pan."""

from __future__ import annotations

from catalog.pictures.canvas import (
    ball,
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
from catalog.pictures.packets import sleeve, tray
from catalog.pictures.palette import CREAM, Palette

_STEAK = "M-84 10Q-92-50-24-54Q50-66 84-16Q100 30 56 46Q28 40 0 52T-84 10z"
_DRUM = "M-30 56Q-86 10-50-40Q-14-84 32-56Q70-26 42 20Q16 52-30 56z"


def steak(p: Palette, _: str, flesh: str = "#c0443f", fat: str = "#f5ddd0") -> str:
    """Cuts of beef, pork or ham."""
    cut = path(_STEAK, fat) + place(path(_STEAK, flesh), 0, 0, 0.88) + line("M-48-10Q-20-30 4-14T50-18M-40 20Q0 4 40 22", fat, 5, 'opacity=".8"')
    return tray(p, place(turn(cut, -8, 0, 0), 188, 196, 1.02) + place(turn(cut, 10, 0, 0), 178, 258, 0.9))


def mince(p: Palette, _: str, flesh: str = "#c4524a") -> str:
    """Minced meat."""
    strands = "".join(line(f"M{104 + (k * 37) % 20} {y}q24-14 48 0t48 0t48 0t36 0", c, 13)
                      for k, (y, c) in enumerate(((172, "#d9756b"), (192, flesh), (212, "#d0655c"), (232, flesh), (252, "#d9756b"), (272, flesh))))
    return tray(p, rect(98, 158, 204, 128, 26, "#a83c36") + strands)


def patties(p: Palette, _: str, flesh: str = "#b5544a") -> str:
    """Burgers."""
    return tray(p, "".join(lit_oval(x, y, 52, 46, flesh) + oval(x, y, 36, 31, "#fff", 'opacity=".08"') for x, y in ((148, 196), (248, 196), (164, 262), (246, 258))))


def poultry_cuts(p: Palette, _: str, skin: str = "#efc0a0") -> str:
    """Raw chicken pieces."""
    leg = lit(_DRUM, skin) + line("M-34 50L-62 82", "#f6ead9", 17) + path("M-74 78a12 12 0 1 1 12 16a12 12 0 0 1-12-16z", "#f6ead9")
    return tray(p, place(turn(leg, -10, 0, 0), 226, 194, 0.86) + place(turn(leg, 18, 0, 0), 168, 210, 0.86) + place(leg, 232, 250, 0.76))


def roast(p: Palette, _: str, skin: str = "#c98039") -> str:
    """A whole roast chicken on a dish."""
    return (
        shadow(310, 330) + lit_oval(200, 300, 152, 30, "#eef0f3") + oval(200, 296, 122, 20, "#dde2e8")
        + "".join(oval(x, y, 26, 12, "#6ba552") for x, y in ((96, 294), (304, 294), (130, 308), (270, 308)))
        + lit("M78 246Q76 150 190 140Q318 140 326 236Q326 298 200 300T78 246z", skin)
        + lit("M196 240Q230 170 292 190Q340 216 310 258Q270 300 220 280Q190 268 196 240z", "#d9944c")
        + line("M306 244L346 226", "#f6ead9", 18) + path("M112 222Q130 172 186 164", "none", 'stroke="#fff" stroke-width="10" stroke-linecap="round" opacity=".35"')
        + line("M160 190l16 10M196 182l14 12M142 222l16 8", "#9a5a22", 5, 'opacity=".5"') + tag(p)
    )


def fried(p: Palette, _: str) -> str:
    """A bucket of hot chicken."""
    piece = lit(_DRUM, "#cf8a3f") + line("M-34 50L-58 78", "#f6ead9", 15)
    return (
        shadow(200) + place(turn(piece, 10, 0, 0), 150, 146, 0.82) + place(turn(piece, 130, 0, 0), 254, 150, 0.8) + place(turn(piece, 60, 0, 0), 202, 122, 0.82)
        + lit("M98 170H302L276 324Q274 338 258 338H142Q126 338 124 324z", CREAM) + path("M124 170H164L172 338H146zM200 170H240L232 338H200zM276 170H302L276 324L262 336z", p.main) + rect(90, 162, 220, 20, 10, p.deep)
        + rect(140, 226, 120, 48, 10, CREAM) + words(200, 258, p.brand or p.size, 22, p.deep, 108)
    )


def sausages(p: Palette, _: str, fill: str = "#b8604a") -> str:
    """Sausages or hot dogs in a vacuum pack."""
    return sleeve(p, "".join(lit_rect(122, y, 156, 27, 13, fill) + line(f"M140 {y + 9}H220", "#fff", 4, 'opacity=".35"') for y in (180, 211, 242, 273)))


def bacon(p: Palette, _: str) -> str:
    """Rashers in a vacuum pack."""
    out = ""
    for y in (178, 212, 246, 280):
        wave = f"M116 {y}q21-12 42 0t42 0t42 0t42 0V{y + 32}q-21 12-42 0t-42 0t-42 0t-42 0z"
        out += path(wave, "#c8554d") + line(f"M116 {y + 9}q21-12 42 0t42 0t42 0t42 0", "#f6d9cc", 7) + line(f"M116 {y + 23}q21-12 42 0t42 0t42 0t42 0", "#f6d9cc", 4)
    return sleeve(p, out)


def slices(p: Palette, _: str, fill: str = "#e5a097", rim: str = "#cf7f77") -> str:
    """Sliced meat in a pack."""
    return sleeve(p, "".join(ball(x, y, 46, rim) + oval(x, y, 41, 41, fill) for x, y in ((156, 224), (244, 224), (176, 272), (224, 276), (200, 238))))


def cheese_slices(p: Palette, _: str, fill: str = "#f3c14e") -> str:
    """Square slices in a pack."""
    return sleeve(p, "".join(turn(lit_rect(146, 190, 108, 108, 8, fill), a, 200, 246) for a in (-14, -6, 4, 12)) + line("M152 250L248 256", "#fff", 6, 'opacity=".35"'))


def fish(p: Palette, _: str, skin: str = "#6d9ab5", belly: str = "#d9e6ec") -> str:
    """A whole fish on ice with lemon."""
    return (
        shadow(310, 322) + lit_oval(200, 286, 156, 36, "#eef6fa")
        + "".join(rect(x, y, 30, 22, 6, "#fff", 'opacity=".9"') for x, y in ((84, 276), (136, 296), (196, 300), (258, 292), (296, 270)))
        + lit("M52 220Q110 128 224 160Q270 174 292 204L350 158Q338 216 352 268L292 232Q240 290 150 278Q84 266 52 220z", skin)
        + path("M62 228Q130 248 292 222Q240 290 150 278Q92 266 62 228z", belly)
        + line("M132 172Q154 216 134 266", "#4f7a93", 5) + "".join(line(f"M{x} {y}q12 10 0 20", "#4f7a93", 3, 'opacity=".6"') for x, y in ((168, 184), (196, 188), (224, 192), (250, 198), (182, 210), (210, 214)))
        + ball(92, 208, 9, "#fff") + oval(91, 208, 4, 4, "#2b2233") + tag(p)
    )


def fillet(p: Palette, _: str, flesh: str = "#f08a63", stripe: str = "#fbc8ae") -> str:
    """A fillet in a tray."""
    body = lit("M100 226Q110 162 196 158T308 214Q296 270 200 280T100 226z", flesh)
    return tray(p, body + line("M132 214Q150 186 170 178M158 246Q176 196 204 174M200 256Q212 212 240 184M240 250Q252 222 268 204", stripe, 7))


def shrimp(p: Palette, _: str) -> str:
    """Shrimp in a tray."""
    one = line("M30-30Q-34-38-32 8Q-28 42 18 32", "#f08f6c", 24) + line("M-18-26l12 12M-32-4l18 4M-26 20l16-8", "#fbd0ba", 4) + path("M26-40L52-50L46-26z", "#d9694a")
    return tray(p, place(one, 150, 200, 0.95) + place(turn(one, 140, 0, 0), 244, 196, 0.95) + place(turn(one, 40, 0, 0), 170, 262, 0.9) + place(turn(one, 190, 0, 0), 230, 250, 0.8))


def cut_pot(p: Palette, motif: str) -> str:
    """A clear pot of cut fruit, vegetables, dip or salad."""
    fill = scatter(motif, ((140, 190), (200, 184), (258, 192), (156, 240), (214, 236), (250, 262), (176, 284), (226, 290)), 0.68)
    band = rect(100, 232, 198, 44, 0, p.main) + words(199, 262, p.brand or p.size, 23, CREAM, 176) if p.brand or p.size else ""
    return shadow(200) + lit("M90 152H310L286 322Q284 338 266 338H134Q116 338 114 322z", "#f2f8fa") + fill + band + lit("M90 152H310L286 322Q284 338 266 338H134Q116 338 114 322z", "#ffffff30") + lit_rect(80, 132, 240, 26, 12, p.deep if band else "#bcd3dc")


def pan(p: Palette, motif: str) -> str:
    """A hot dish in a bowl, steaming."""
    return (
        shadow(220) + line("M160 128q-14-20 0-40M200 120q-14-22 0-46M240 128q-14-20 0-40", "#fff", 9, 'opacity=".85"')
        + oval(200, 190, 132, 42, "#e5c08a") + oval(200, 190, 132, 42, "none", f'stroke="{p.main}" stroke-width="16"') + place(motif, 200, 178, 0.8)
        + lit("M68 192Q74 330 200 332T332 192Q300 234 200 234T68 192z", p.main) + words(200, 290, p.brand, 26, CREAM, 160) + words(200, 314, p.size, 14, CREAM, 120)
    )


def butcher(p: Palette, _: str, flesh: str = "#e08f86") -> str:
    """A whole ham or joint."""
    return (
        shadow(300, 330) + lit_rect(50, 300, 300, 26, 12, "#b98555")
        + lit("M66 236Q60 138 176 126Q296 128 318 222Q326 292 240 302H128Q72 300 66 236z", "#b5604f") + ball(142, 224, 72, "#f5ddd0") + oval(142, 224, 60, 60, flesh) + oval(142, 218, 17, 20, "#fff4e6")
        + line("M206 150L300 222M190 176L296 264M244 146L312 202M296 176L232 282M262 148L208 232", "#8f4438", 4, 'opacity=".5"') + tag(p)
    )
