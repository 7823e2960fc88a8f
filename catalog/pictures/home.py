# fmt: off
# ruff: noqa: E501 - a drawing stays on one line, however long
"""The house and leisure: cleaning tools, light, paper, toys, media, travel, and the plain parcel."""

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
    shadow,
    turn,
    words,
)
from catalog.pictures.palette import CREAM, INK, METAL, Palette


def candle(p: Palette, _: str) -> str:
    """A candle in a glass."""
    return (
        shadow(170) + oval(200, 96, 60, 60, "#fff3c4", 'opacity=".7"') + path("M200 62Q224 98 214 114A17 17 0 0 1 186 114Q178 98 200 62z", "#f0a035") + path("M200 88Q210 106 204 116H196Q190 106 200 88z", "#fdeaa8")
        + line("M200 118V150", INK, 5) + lit("M122 158Q122 144 200 144T278 158V316Q278 338 256 338H144Q122 338 122 316z", p.main) + oval(200, 158, 78, 15, CREAM, 'opacity=".75"')
        + rect(146, 206, 108, 88, 8, CREAM) + words(200, 250, p.brand, 22, p.deep, 98) + words(200, 278, p.size, 14, p.deep, 96)
    )


def bulb(p: Palette, _: str) -> str:
    """A light bulb."""
    return (
        shadow(100, 344) + dot(200, 160, 118, "#fff6cf", 'opacity=".7"')
        + lit("M162 262Q162 230 140 206Q106 166 128 114Q152 70 200 70T272 114Q294 166 260 206Q238 230 238 262z", "#fce9a6") + line("M176 260L168 176L188 196L200 170L212 196L232 176L224 260", "#d99a2b", 5)
        + lit_rect(160, 260, 80, 56, 8, METAL) + line("M162 278H238M162 296H238", "#8d95a1", 5) + oval(200, 322, 26, 14, "#6b7280") + path("M148 150Q144 106 182 92", "none", 'stroke="#fff" stroke-width="9" stroke-linecap="round"') + words(200, 150, p.brand, 17, p.deep, 90)
    )


def batteries(p: Palette, _: str) -> str:
    """Three batteries."""
    one = rect(-14, -118, 28, 16, 4, METAL) + lit_rect(-38, -104, 76, 208, 10, INK) + rect(-38, -104, 76, 70, 10, p.main) + rect(-38, -104, 76, 70, 10, "url(#rs)") + line("M-14-70H14M0-84V-56", CREAM, 6)
    return shadow(270) + place(one, 116, 230) + place(one, 200, 230) + place(one, 284, 230) + rect(78, 236, 244, 46, 6, CREAM) + words(200, 267, p.brand or p.size, 24, p.deep, 220)


def card(p: Palette, motif: str) -> str:
    """A greeting card and its envelope."""
    return (
        shadow(290) + turn(lit_rect(96, 196, 228, 140, 6, "#f3e6d3") + line("M98 200L210 280L322 200", "#d9c4a4", 5), 5)
        + turn(lit_rect(118, 70, 168, 224, 6, CREAM) + rect(130, 82, 144, 200, 6, p.main, 'opacity=".18"') + place(motif, 202, 166, 1.15) + words(202, 262, p.brand, 19, p.deep, 130), -6)
    )


def gift_wrap(p: Palette, _: str) -> str:
    """A wrapped present."""
    return (
        shadow(230) + lit_rect(98, 176, 204, 162, 8, p.main) + lit_rect(86, 146, 228, 44, 8, p.main) + "".join(dot(x, y, 7, CREAM, 'opacity=".5"') for x, y in ((126, 220), (152, 276), (126, 312), (262, 220), (286, 270), (252, 312)))
        + rect(182, 146, 36, 192, 0, p.deep) + path("M200 146Q120 140 128 96Q150 66 200 146zM200 146Q280 140 272 96Q250 66 200 146z", p.deep) + lit_oval(200, 140, 19, 17, p.deep)
    )


def magazine(p: Palette, motif: str) -> str:
    """A magazine with its cover."""
    return (
        shadow(220) + turn(path("M282 70L296 80V336L282 342z", "#d9d4cc") + lit_rect(110, 66, 174, 274, 4, p.main) + rect(122, 78, 150, 46, 4, CREAM) + words(197, 110, p.brand, 25, p.deep, 138)
                           + dot(197, 212, 64, CREAM, 'opacity=".92"') + place(motif, 197, 212, 1.1) + line("M124 298H214M124 316H252", CREAM, 7), -3)
    )


def newspaper(p: Palette, _: str) -> str:
    """A folded newspaper."""
    rows = "".join(line(f"M{x} {y}H{x + 68}", "#b9b3a8", 5) for x in (122, 212) for y in (256, 272, 288, 304))
    return shadow(260) + turn(lit_rect(96, 84, 212, 250, 4, "#fbf8f1") + path("M308 90L322 102V328L308 334z", "#d9d4c8") + words(202, 124, p.brand, 27, INK, 180) + line("M112 138H292", INK, 4) + rect(122, 154, 158, 84, 4, p.main, 'opacity=".55"') + path("M122 238L176 186L210 214L246 178L280 238z", p.deep, 'opacity=".6"') + rows, -4)


def book(p: Palette, motif: str) -> str:
    """A book standing open a little."""
    return shadow(230) + path("M292 84L312 94V330L292 336z", "#f3ecdd") + lit_rect(104, 76, 190, 262, 6, p.main) + rect(104, 76, 24, 262, 6, p.deep) + rect(146, 112, 126, 56, 6, CREAM) + words(209, 148, p.brand, 21, p.deep, 116) + dot(209, 250, 52, CREAM) + place(motif, 209, 250, 0.86)


def pens(p: Palette, _: str) -> str:
    """Pens and pencils in a cup."""
    def one(x: float, lean: float, c: str) -> str:
        return turn(rect(x - 10, 74, 20, 190, 4, c) + path(f"M{x - 10} 76H{x + 10}L{x} 44z", "#f2d9b0") + path(f"M{x - 4} 57H{x + 4}L{x} 44z", INK), lean, x, 264)

    return shadow(170) + one(160, -12, "#e2a12f") + one(192, -3, p.deep) + one(222, 5, "#5c965a") + one(246, 13, "#d0553f") + lit("M126 196H274V318Q274 338 254 338H146Q126 338 126 318z", p.main) + rect(142, 236, 116, 54, 8, CREAM) + words(200, 270, p.brand or p.size, 22, p.deep, 104)


def kitchen(p: Palette, _: str) -> str:
    """A saucepan, a whisk and a spoon."""
    return (
        shadow(270) + line("M118 68V200", "#b98555", 13) + lit_oval(118, 78, 27, 36, "#b98555") + line("M176 196Q140 110 176 70Q212 110 176 196M176 196Q160 110 176 70Q192 110 176 196", "#9aa3af", 5)
        + rect(284, 208, 88, 19, 9, INK) + lit("M76 196H288V300Q288 338 250 338H114Q76 338 76 300z", p.main) + rect(66, 186, 232, 20, 10, METAL) + words(182, 278, p.brand, 30, CREAM, 170)
    )


def foil_tray(p: Palette, _: str) -> str:
    """Baking tins and foil trays."""
    def one(y: float, k: float) -> str:
        return lit(f"M{60 + k} {y}H{340 - k}L{312 - k} {y + 76}H{88 + k}z", METAL) + line(f"M{90 + k} {y + 16}L{106 + k} {y + 68}M{148} {y + 16}L{154} {y + 68}M{252} {y + 16}L{246} {y + 68}M{310 - k} {y + 16}L{294 - k} {y + 68}", "#fff", 5, 'opacity=".7"') + rect(52 + k, y - 10, 296 - 2 * k, 18, 9, "#e7ebf0")

    return shadow(290) + one(256, 0) + one(186, 16) + one(118, 32) + rect(150, 280, 100, 36, 6, p.main) + words(200, 305, p.brand or p.size, 20, CREAM, 92)


def plates(p: Palette, _: str) -> str:
    """Plates, a cup and cutlery."""
    return (
        shadow(300) + ball(158, 216, 108, CREAM) + dot(158, 216, 108, "none", f'stroke="{p.main}" stroke-width="14"') + dot(158, 216, 66, "none", 'stroke="#d9d2c4" stroke-width="4"') + words(158, 226, p.brand, 22, p.deep, 116)
        + lit("M262 176H352L338 324Q336 338 322 338H292Q278 338 276 324z", p.main) + rect(256, 166, 102, 16, 8, p.deep) + words(307, 262, p.size, 14, CREAM, 66)
    )


def cleaning(p: Palette, _: str) -> str:
    """A sponge, a brush and a glove's worth of foam."""
    return (
        shadow(290) + line("M276 70L240 206", "#b98555", 17) + turn(lit_rect(186, 196, 108, 40, 10, p.deep) + line("M198 240V276M216 240V280M234 240V280M252 240V280M270 240V280M284 240V276", CREAM, 10), 15, 240, 216)
        + lit("M62 252Q62 236 78 236H236Q252 236 252 252V310Q252 330 232 330H82Q62 330 62 310z", "#f3cf55") + rect(62, 300, 190, 32, 12, "#5c965a") + "".join(oval(x, y, 8, 6, "#d1a72c") for x, y in ((98, 262), (140, 276), (186, 258), (218, 280)))
        + "".join(dot(x, y, r, "#fff", 'opacity=".85"') for x, y, r in ((88, 226, 19), (120, 214, 26), (156, 224, 17), (104, 194, 12))) + words(157, 320, p.brand, 17, CREAM, 150)
    )


def gloves(p: Palette, _: str) -> str:
    """Rubber gloves."""
    hand = "M-40 110V-6Q-66-30-52-48Q-38-58-26-32V-96Q-26-110-14-110T-2-96V-120Q-2-134 10-134T22-120V-98Q22-110 33-110T44-96V-70Q46-82 56-80T64-66V20Q62 60 44 110z"
    return shadow(230) + place(lit(hand, p.deep), 252, 218, 1) + place(lit(hand, p.main), 154, 226, 1) + rect(106, 318, 100, 20, 8, CREAM)


def toy(p: Palette, _: str) -> str:
    """A teddy bear."""
    b, d = "#c58f57", "#9a6a38"
    return shadow(210) + ball(138, 102, 32, b) + ball(262, 102, 32, b) + lit_oval(118, 240, 36, 46, b) + lit_oval(282, 240, 36, 46, b) + lit_oval(200, 260, 86, 78, b) + lit_oval(150, 320, 38, 28, b) + lit_oval(250, 320, 38, 28, b) + ball(200, 146, 82, b) + oval(200, 170, 38, 30, "#f0d6ae") + oval(200, 158, 13, 9, INK) + dot(170, 136, 8, INK) + dot(230, 136, 8, INK) + line("M200 168V180Q186 192 178 182M200 180Q214 192 222 182", d, 4) + path("M200 228L156 206V250zM200 228L244 206V250z", p.main) + dot(200, 228, 12, p.deep)


def play_ball(p: Palette, _: str) -> str:
    """A striped ball."""
    return shadow(220) + dot(200, 214, 120, CREAM) + path("M200 94A120 120 0 0 0 80 214Q130 190 200 214Q190 140 200 94z", p.main) + path("M320 214A120 120 0 0 1 200 334Q236 280 200 214Q270 190 320 214z", p.main) + path("M200 94A120 120 0 0 1 320 214Q270 190 200 214Q190 140 200 94z", "#f0c544") + dot(200, 214, 120, "url(#rr)")


def toy_car(p: Palette, _: str) -> str:
    """A toy car."""
    wheel = dot(0, 0, 36, INK) + dot(0, 0, 17, METAL)
    return shadow(290, 322) + lit("M56 268Q52 222 96 214L140 156Q148 146 162 146H248Q262 146 272 158L306 212Q346 218 346 262V282Q346 292 334 292H70Q56 292 56 268z", p.main) + path("M118 212L154 166H194V212zM208 166H246L282 212H208z", "#d6eaf2") + rect(56, 244, 290, 10, 0, CREAM, 'opacity=".6"') + place(wheel, 122, 288) + place(wheel, 280, 288) + oval(336, 238, 10, 8, "#f7dc6b")


def camera(p: Palette, _: str) -> str:
    """A camera."""
    return shadow(280) + rect(150, 100, 76, 40, 8, p.deep) + lit_rect(62, 130, 276, 196, 22, p.main) + rect(62, 176, 276, 96, 0, INK, 'opacity=".25"') + ball(214, 226, 74, INK) + dot(214, 226, 54, "#3f5a70") + dot(214, 226, 30, "#22333f") + dot(194, 204, 13, "#fff", 'opacity=".7"') + rect(274, 146, 44, 22, 6, "#f7edc4") + words(112, 164, p.brand, 16, CREAM, 84)


def vinyl(p: Palette, _: str) -> str:
    """A record half out of its sleeve."""
    grooves = "".join(dot(236, 206, r, "none", 'stroke="#57506a" stroke-width="2"') for r in (96, 84, 72, 60))
    art = (
        dot(146, 206, 62, CREAM, 'opacity=".9"') + path("M96 246Q146 150 204 176L196 262H96z", p.deep, 'opacity=".6"'),
        "".join(rect(84 + 26 * k, 250 - h, 16, h + 20, 8, CREAM) for k, h in enumerate((50, 96, 70, 120, 60))),
        "".join(dot(146, 206, r, "none", f'stroke="{CREAM}" stroke-width="9" opacity=".8"') for r in (20, 44, 68)),
        path("M66 286Q110 120 226 130V286z", CREAM, 'opacity=".85"') + dot(180, 166, 26, p.deep),
    )[p.variant]
    return shadow(320, 330) + dot(236, 206, 112, "#2f2a3a") + grooves + dot(236, 206, 40, p.main) + dot(236, 206, 8, CREAM) + path("M236 206L300 116A112 112 0 0 1 340 166z", "#fff", 'opacity=".1"') + lit_rect(56, 98, 182, 216, 6, p.main) + art


def film(p: Palette, _: str) -> str:
    """A clapperboard."""
    return shadow(270) + turn(rect(76, 118, 248, 36, 6, INK) + "".join(path(f"M{x} 118l-26 36h40l26-36z", CREAM) for x in (110, 178, 246)), -10, 76, 154) + lit_rect(72, 164, 256, 168, 12, INK) + dot(200, 248, 50, p.main) + path("M184 220L230 248L184 276z", CREAM)


def article(p: Palette, _: str) -> str:
    """A page of text with a picture."""
    rows = "".join(line(f"M128 {y}H{w}", "#cfc8bb", 8) for y, w in ((238, 272), (260, 272), (282, 250), (304, 214)))
    return shadow(220) + lit_rect(104, 66, 192, 274, 12, CREAM) + rect(128, 90, 144, 96, 8, p.main) + path("M128 186V172L170 136L204 164L232 142L272 178V186z", p.deep) + dot(240, 116, 12, "#f7e3a0") + line("M128 210H240", INK, 10) + rows


def suitcase(p: Palette, _: str) -> str:
    """A suitcase."""
    return shadow(250) + path("M156 128V92Q156 76 172 76H228Q244 76 244 92V128", "none", f'stroke="{INK}" stroke-width="14"') + lit_rect(78, 124, 244, 206, 22, p.main) + rect(112, 124, 22, 206, 0, p.deep) + rect(266, 124, 22, 206, 0, p.deep) + dot(200, 226, 44, CREAM) + path("M166 232L234 204L222 226L234 248L214 238L196 252L198 234z", p.deep) + rect(100, 328, 30, 14, 6, INK) + rect(270, 328, 30, 14, 6, INK)


def parcel(p: Palette, _: str) -> str:
    """A plain parcel: where nothing better is known."""
    return shadow(260) + path("M80 160L118 122H326L320 160z", "#d9b27c") + lit_rect(76, 158, 248, 178, 8, "#c99b62") + rect(182, 158, 36, 64, 0, "#efdcb8") + path("M196 122H232L218 160H182z", "#efdcb8") + rect(96, 246, 120, 70, 6, CREAM) + words(156, 278, p.brand, 19, p.deep, 108) + words(156, 302, p.size, 14, p.deep, 108) + path("M254 268l18-20l18 20h-10v34h-16v-34z", "#8a6536")


def charcoal(p: Palette, motif: str) -> str:
    """A grill with coals."""
    return shadow(220, 342) + line("M140 250L108 336M260 250L292 336M200 256V336", INK, 11) + path("M150 168Q136 130 158 96Q170 130 186 116Q186 84 210 66Q216 110 236 120Q252 110 250 94Q272 136 254 168z", "#ec7f35") + path("M176 168Q166 142 190 122Q204 150 216 138Q232 152 226 168z", "#f7cf5a") + lit("M72 170H328Q320 270 200 270T72 170z", p.main) + rect(62, 160, 276, 20, 10, INK) + words(200, 232, p.brand or p.size, 26, CREAM, 160)


def bag(p: Palette, _: str) -> str:
    """A carrier or hand bag."""
    return shadow(220) + path("M146 160V120Q146 72 200 72T254 120V160", "none", f'stroke="{p.deep}" stroke-width="13"') + lit("M92 150H308L322 318Q322 338 302 338H98Q78 338 78 318z", p.main) + "".join(dot(x, y, 10, CREAM, 'opacity=".7"') for x, y in ((122, 190), (200, 180), (278, 190), (160, 226), (240, 226))) + rect(138, 252, 124, 46, 8, CREAM) + words(200, 282, p.brand or p.size, 22, p.deep, 114)


def mug(p: Palette, motif: str) -> str:
    """A mug or teacup."""
    return shadow(200) + path("M268 176H300Q336 176 336 218T296 270H262", "none", f'stroke="{p.deep}" stroke-width="20"') + lit("M98 136H274V290Q274 336 228 336H144Q98 336 98 290z", p.main) + oval(186, 136, 88, 18, p.deep) + oval(186, 139, 74, 12, "#6b4a35") + dot(186, 238, 52, CREAM) + place(motif, 186, 238, 0.9)


def clock(p: Palette, _: str) -> str:
    """A clock."""
    ticks = "".join(turn(line("M200 112V124", INK, 6), 30 * k) for k in range(12))
    return shadow(200, 340) + ball(200, 206, 128, p.main) + dot(200, 206, 104, CREAM) + place(ticks, 0, 6) + line("M200 206V138M200 206L246 230", INK, 9) + dot(200, 206, 11, p.deep)


def frame(p: Palette, motif: str) -> str:
    """A picture in a frame, a sign or a mirror."""
    return shadow(240) + lit_rect(82, 78, 236, 256, 8, p.main) + rect(106, 102, 188, 208, 4, CREAM) + rect(122, 118, 156, 176, 2, p.wall) + place(motif, 200, 206, 1.4)


def light_string(p: Palette, motif: str) -> str:
    """A hanging ornament."""
    return shadow(150, 342) + line("M200 30V120", p.deep, 4) + rect(182, 112, 36, 24, 5, "#e0b04a") + ball(200, 226, 96, p.main) + place(motif, 200, 226, 1.2) + path("M128 196Q140 156 176 146", "none", 'stroke="#fff" stroke-width="10" stroke-linecap="round" opacity=".5"')
