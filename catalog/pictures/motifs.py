# fmt: off
# ruff: noqa: E501 - a drawing stays on one line, however long
"""Small signs for labels: what is inside. Each is drawn about (0, 0), some 80 units across."""

from __future__ import annotations

from typing import Final

from catalog.pictures.canvas import dot, line, oval, path, place, rect, turn

_LEAF = "M0 38C-40 20-34-20 0-40C34-20 40 20 0 38z"


def _pair(body: str, other: str) -> str:
    return turn(body, -28, 0, 0) + turn(other, 28, 0, 0)


def _round(fill: str, leaf: str = "#5d8f45") -> str:
    return dot(0, 6, 32, fill) + path("M0-24q4-16 20-18q-2 16-20 18z", leaf) + dot(-11, -4, 7, "#fff", 'opacity=".35"')


def _citrus(skin: str, flesh: str) -> str:
    spokes = "M0-24V24M-21-12L21 12M-21 12L21-12"
    return dot(0, 0, 36, skin) + dot(0, 0, 29, "#fff6dc") + dot(0, 0, 25, flesh) + line(spokes, "#fff6dc", 4)


def _berries(fill: str) -> str:
    return dot(-17, 10, 19, fill) + dot(17, 10, 19, fill) + dot(0, -14, 19, fill) + dot(-5, -20, 5, "#fff", 'opacity=".4"') + path("M2-30q10-14 24-8q-8 12-24 8z", "#5d8f45")


def _beans(fill: str, deep: str) -> str:
    bean = path("M-26-12C-22-32 8-34 22-16C36 4 26 28 12 26C0 24 6 8-6 8C-18 8-30 4-26-12z", fill) + line("M-14-14Q0-22 12-8", deep, 4)
    return place(bean, -10, -12, 0.9) + place(turn(bean, 150, 0, 0), 14, 18, 0.72)


def _cup(fill: str) -> str:
    return path("M-28-6h48v18q0 20-24 20t-24-20z", fill) + line("M20 0q18-2 16 12t-20 10", fill, 6) + line("M-14-18q-6-8 0-16M4-18q-6-8 0-16", fill, 5)


def _drop(fill: str) -> str:
    return path("M0-40C16-16 28-4 28 12A28 28 0 0 1-28 12C-28-4-16-16 0-40z", fill) + path("M-14 10q2 14 14 16", "none", 'stroke="#fff" stroke-width="5" opacity=".6"')


def _flake(fill: str) -> str:
    arm = line("M0 0V-38M0-26l-11-9M0-26l11-9", fill, 5)
    return "".join(turn(arm, 60 * k, 0, 0) for k in range(6))


def _sparkle(fill: str) -> str:
    star = "M0-38Q4-4 38 0Q4 4 0 38Q-4 4-38 0Q-4-4 0-38z"
    return path(star, fill) + dot(28, -26, 7, fill) + dot(-28, 24, 5, fill)


MOTIFS: Final[dict[str, str]] = {
    "": "",
    "apple": _round("#cf4b3f"),
    "tomato": dot(0, 4, 33, "#d8492f") + path("M-20-24L0-14L20-24L10-8L0-2L-10-8z", "#4d8a3f"),
    "peach": _round("#f0a15c"),
    "pear": path("M0-34C14-30 12-10 24 4C36 34 10 38 0 38S-36 34-24 4C-12-10-14-30 0-34z", "#b9c25a") + line("M0-34q2-8 8-10", "#6d4f2f", 4),
    "pineapple": oval(0, 10, 24, 30, "#e6ad3a") + line("M-16-6L14 32M16-6L-14 32M-22 12L4 38M22 12L-4 38", "#b97d1c", 3) + path("M0-14L-16-40L-3-30L0-44L4-30L16-40z", "#4d8a3f"),
    "orange": _citrus("#ee8c2b", "#f6a945"),
    "lemon": _citrus("#e9c63d", "#f4dd6b"),
    "berry": _berries("#a63557"),
    "blueberry": _berries("#4a5c9e"),
    "grape": "".join(dot(x, y, 11, "#6d4a86") for x, y in ((-20, -14), (0, -14), (20, -14), (-10, 4), (10, 4), (0, 22))) + line("M0-24V-38", "#5d8f45", 5),
    "bean": _beans("#8f3f30", "#5f261c"),
    "greenbean": _pair(line("M-8-30Q8 0-6 34", "#5f9a48", 12), line("M8-30Q-8 0 6 34", "#77b25b", 12)),
    "pea": path("M-38 6Q0-34 38 6Q0 34-38 6z", "#77b25b") + dot(-16, 4, 9, "#4f8a3c") + dot(3, 2, 9, "#4f8a3c") + dot(21, 4, 7, "#4f8a3c"),
    "corn": oval(0, -4, 19, 34, "#efc443") + line("M-8-32V22M8-32V22M-18-14H18M-18 2H18", "#d19d22", 2.5) + path("M-4 38Q-32 20-24-14Q-8 6-2 36zM4 38Q32 20 24-14Q8 6 2 36z", "#5d9a48"),
    "carrot": turn(path("M-14-16Q0-26 14-16L2 40Q0 42-2 40z", "#e8813a") + path("M-2-20L-14-40L0-30L4-44L8-30L20-36L6-20z", "#5d9a48"), 30, 0, 0),
    "beet": dot(0, 8, 26, "#8f2f55") + line("M0-16Q-12-28-8-40M0-16Q10-28 12-38", "#5d8f45", 6) + line("M0 32V42", "#8f2f55", 5),
    "mushroom": path("M-36 0Q-34-34 0-34T36 0Q18 8 0 8T-36 0z", "#b98f6a") + path("M-13 6L-10 34Q0 40 10 34L13 6z", "#efe1cd"),
    "olive": oval(-10, 8, 22, 17, "#6f7d35") + oval(16, -10, 20, 16, "#89983f") + dot(24, -12, 5, "#c9412f") + dot(-18, 8, 5, "#c9412f"),
    "pickle": turn(rect(-15, -38, 30, 76, 15, "#6d9441") + dot(-4, -18, 3, "#a9c46b") + dot(5, 0, 3, "#a9c46b") + dot(-4, 18, 3, "#a9c46b"), 26, 0, 0),
    "chilli": path("M-24-22Q20-26 30 32Q-14 26-24-22z", "#cf3f2f") + line("M-22-22Q-30-30-28-38", "#4d8a3f", 6),
    "leaf": turn(path(_LEAF, "#68a651") + line("M0 42V-24M0 20L-17 4M0 20L17 4M0 0L-14-14M0 0L14-14", "#e4f0d4", 4), 24, 0, 0),
    "herb": line("M0 38V-20", "#4d8a3f", 5) + "".join(oval(x, y, 14, 8, "#6ba552") for x, y in ((-15, 10), (15, 2), (-14, -10), (14, -18), (0, -32))),
    "wheat": line("M0 40V-20", "#b98a35", 4) + "".join(turn(oval(0, y, 7, 12, "#d8a740"), s, 0, y + 14) for y in (-28, -8, 12) for s in (-42, 42)) + oval(0, -34, 7, 12, "#d8a740"),
    "rice": "".join(turn(oval(x, y, 6, 13, c), a, x, y) for x, y, a, c in ((-18, -12, 30, "#e6d5b0"), (6, -20, -20, "#d9c391"), (20, 4, 40, "#e6d5b0"), (-8, 12, -50, "#d9c391"), (12, 26, 10, "#e6d5b0"))),
    "pasta": "".join(line(f"M-34 {y}q11-14 22 0t22 0t22 0", "#dca545", 7) for y in (-18, 0, 18)),
    "noodle": path("M-36 2H36Q32 34 0 34T-36 2z", "#4d6cb3") + line("M-24-4q6-20 12 0q6-20 12 0q6-20 12 0q6-20 12 0", "#e3b04f", 5) + line("M10-34L22-4", "#8a5a35", 5),
    "soup": path("M-36-2H36Q32 34 0 34T-36-2z", "#d0603f") + oval(0, -2, 36, 8, "#f0b263") + line("M-10-18q-5-8 0-16M8-18q-5-8 0-16", "#a3907e", 5),
    "fish": path("M-34 0Q-6-32 22-4L38-18V18L22 4Q-6 32-34 0z", "#5b8fae") + dot(-16, -4, 4, "#fff"),
    "shrimp": line("M22-24Q-26-30-24 6Q-20 30 12 24", "#ec8a6a", 17) + line("M22-24q12-2 16-12M12 24l14 8", "#d86c4c", 5),
    "chicken": path("M-26 22Q-40-18-6-30Q30-32 26 0Q20 24-6 22L-18 36z", "#d59451") + line("M-20 24L-34 38", "#f4e6d4", 10),
    "cow": path("M-22-20Q0-30 22-20Q26 10 14 28Q0 38-14 28Q-26 10-22-20z", "#b9795a") + oval(0, 22, 16, 11, "#efc7b1") + dot(-9, -4, 4, "#3a3242") + dot(9, -4, 4, "#3a3242") + oval(-30, -14, 11, 7, "#a0654a") + oval(30, -14, 11, 7, "#a0654a"),
    "pig": dot(0, 2, 32, "#efa9a2") + oval(0, 10, 14, 10, "#dc857f") + dot(-5, 10, 3, "#a85652") + dot(5, 10, 3, "#a85652") + dot(-13, -8, 4, "#3a3242") + dot(13, -8, 4, "#3a3242") + path("M-28-20L-22-40L-8-28zM28-20L22-40L8-28z", "#efa9a2"),
    "sausage": turn(rect(-38, -13, 76, 26, 13, "#b65a3e") + line("M-22-4H18", "#d98663", 5), -24, 0, 0),
    "egg": path("M0-34C22-34 30 36 0 36S-22-34 0-34z", "#ecd2ab"),
    "cheese": path("M-36 14L22-26L36 8V26H-36z", "#efbd45") + dot(-8, 12, 6, "#d39a25") + dot(14, 2, 5, "#d39a25") + dot(20, 18, 4, "#d39a25"),
    "milk": _drop("#8fb8d6"),
    "drop": _drop("#4a9ad0"),
    "honey": path("M0-38L33-19V19L0 38L-33 19V-19z", "#e5a32f") + path("M0-20L17-10V10L0 20L-17 10V-10z", "#f5cf74"),
    "peanut": turn(path("M0-38C24-38 20-8 14 0C26 14 22 40 0 40S-26 14-14 0C-20-8-24-38 0-38z", "#c8985a") + line("M-6-24V26M7-24V26", "#a87940", 3), 24, 0, 0),
    "nut": path("M0-36C30-24 34 14 0 38C-34 14-30-24 0-36z", "#b07a45") + line("M0-28Q-10 4 0 30M0-28Q12 4 0 30", "#8a5a2e", 3),
    "coffee": turn(oval(0, 0, 24, 34, "#6b4326") + line("M4-30Q-12 0 4 30", "#3f2614", 5), 28, 0, 0),
    "cup": _cup("#7a5a40"),
    "tea": _cup("#6b8f4a"),
    "cookie": dot(0, 0, 34, "#c98f4f") + "".join(dot(x, y, 5, "#5b3820") for x, y in ((-14, -12), (10, -18), (18, 6), (-4, 6), (-16, 16), (6, 22))),
    "cracker": rect(-28, -28, 56, 56, 7, "#e0af63") + "".join(dot(x, y, 3, "#a97630") for x in (-14, 0, 14) for y in (-14, 0, 14)),
    "chip": path("M-36 4Q-18-34 20-26Q44-8 26 18Q-10 40-36 4z", "#efc25a") + line("M-20 4Q-6-14 16-10", "#d59c33", 4),
    "nacho": path("M0-36L36 28Q0 38-36 28z", "#e6a63f") + dot(-6, 4, 3, "#b97720") + dot(9, 14, 3, "#b97720") + dot(-12, 20, 3, "#b97720"),
    "pretzel": line("M-8 30Q36 6 26-20Q14-36 0-12Q-14-36-26-20Q-36 6 8 30", "#a8642f", 9),
    "popcorn": "".join(dot(x, y, 15, c) for x, y, c in ((-16, -10, "#fbe7b0"), (14, -14, "#f6d98b"), (0, 4, "#fff1cc"), (-14, 16, "#f6d98b"), (16, 14, "#fbe7b0"))),
    "candy": dot(0, 0, 20, "#d8527a") + path("M-18-4L-42-18V18L-18 4zM18-4L42-18V18L18 4z", "#ee8fac") + line("M-8-12Q4 0-8 12", "#fbd3de", 5),
    "mint": dot(0, 0, 30, "#bfe3d6") + dot(0, 0, 12, "#7cbfa9"),
    "chocolate": "".join(rect(x, y, 24, 24, 4, "#6b4128") for x in (-27, 3) for y in (-27, 3)) + line("M-20-20h10M10-20h10", "#9a6a48", 4),
    "cake": path("M-34 4H34V32H-34z", "#e2b07a") + path("M-34 6Q-34-14 0-14T34 6Q26 16 17 6T0 6T-17 6T-34 6z", "#f5d3de") + line("M0-16V-30", "#d8527a", 6) + dot(0, -36, 5, "#efb13d"),
    "pancake": oval(0, 20, 36, 11, "#d19a52") + oval(0, 8, 36, 11, "#e3b06a") + oval(0, -4, 36, 11, "#d19a52") + rect(-9, -16, 18, 11, 3, "#f7e08c"),
    "waffle": rect(-31, -31, 62, 62, 10, "#d99d4d") + line("M-12-28V28M10-28V28M-28-12H28M-28 10H28", "#b2742a", 5),
    "bread": path("M-34-8Q-34-30 0-30T34-8Q34 0 28 4V30H-28V4Q-34 0-34-8z", "#d39a57") + path("M-24-6Q-24-20 0-20T24-6V22H-24z", "#f2d9b0"),
    "pizza": path("M0 38L-34-24Q0-42 34-24z", "#efbd45") + line("M-34-24Q0-42 34-24", "#b9733a", 9) + dot(-8, -12, 7, "#cf4b3f") + dot(10, -6, 7, "#cf4b3f") + dot(0, 12, 6, "#cf4b3f"),
    "burrito": turn(rect(-38, -16, 76, 32, 16, "#ead0a0") + line("M-10-14L6 14M8-14L24 14", "#c9a468", 4), -20, 0, 0),
    "taco": path("M-38 20A38 38 0 0 1 38 20z", "#e6ad4a") + line("M-30 0Q-20-16-12-6Q-4-30 6-10Q14-24 28 2", "#5d9a48", 8),
    "meal": dot(0, 0, 36, "#dfe6ea") + path("M-26 4A26 26 0 0 1 24-10Q4 4-26 4z", "#c0683f") + dot(-6, 16, 9, "#6ba552") + dot(12, 10, 9, "#6ba552"),
    "fries": path("M-22 0H22L16 36H-16z", "#cf4b3f") + line("M-14-2V-30M-4-2V-38M6-2V-32M15-2V-26", "#efc25a", 8),
    "potato": turn(oval(0, 0, 36, 25, "#c99f66") + dot(-12, -6, 3, "#94703c") + dot(10, 6, 3, "#94703c") + dot(16, -8, 3, "#94703c"), -20, 0, 0),
    "ice": _flake("#5aa6d0"),
    "icecream": path("M-18 0H18L0 42z", "#d8a258") + dot(0, -12, 22, "#f2b6c4") + dot(-8, -18, 6, "#fff", 'opacity=".5"'),
    "sparkle": _sparkle("#4a9ad0"),
    "shine": _sparkle("#e0a535"),
    "bubbles": dot(-10, 8, 24, "#bfe0ee") + dot(20, -8, 15, "#d6ecf5") + dot(-4, -26, 10, "#bfe0ee") + dot(-18, 0, 6, "#fff"),
    "fizz": "".join(dot(x, y, r, "#e38150") for x, y, r in ((-18, 20, 12), (10, 6, 15), (-10, -10, 9), (14, -24, 8), (-22, -28, 6))),
    "bolt": path("M8-40L-24 8H-2L-10 40L26-10H4z", "#e0a535"),
    "shirt": path("M-16-32L-38-16L-28 4L-20-2V34H20V-2L28 4L38-16L16-32Q0-20-16-32z", "#6c9fce"),
    "plate": dot(0, 0, 36, "#d5e2ea") + dot(0, 0, 22, "#eef4f7"),
    "flame": path("M2-40Q30-8 24 14A25 25 0 0 1-26 12Q-26-6-10-16Q-8-4 0-6Q-6-24 2-40z", "#e3762f") + path("M0 34Q-14 30-12 14Q-2 4 4-6Q16 10 13 22Q10 32 0 34z", "#f4c04a"),
    "flower": "".join(turn(oval(0, -22, 11, 17, "#d4708d"), 72 * k, 0, 0) for k in range(5)) + dot(0, 0, 11, "#efb13d"),
    "paw": oval(0, 14, 22, 18, "#8a6a50") + "".join(dot(x, y, 9, "#8a6a50") for x, y in ((-26, -6), (-10, -22), (10, -22), (26, -6))),
    "cat": path("M-30 30V-34L-12-18H12L30-34V30Q0 42-30 30z", "#8d8698") + dot(-12, 4, 5, "#fff") + dot(12, 4, 5, "#fff") + path("M-5 16h10L0 22z", "#efb0a8"),
    "dog": path("M-22-24H22Q30 20 14 34H-14Q-30 20-22-24z", "#c59a6b") + path("M-20-26Q-44-22-36 14Q-22 8-20-26zM20-26Q44-22 36 14Q22 8 20-26z", "#8a6340") + dot(-9, -2, 4, "#3a3242") + dot(9, -2, 4, "#3a3242") + oval(0, 16, 8, 6, "#3a3242"),
    "baby": dot(0, 0, 32, "#f3cfae") + dot(-11, -2, 4, "#3a3242") + dot(11, -2, 4, "#3a3242") + line("M-9 13Q0 20 9 13", "#b0604f", 4) + line("M0-32q10-8 4-14", "#8a6340", 4),
    "cross": path("M-12-34H12V-12H34V12H12V34H-12V12H-34V-12H-12z", "#d0553f"),
    "pill": turn(rect(-36, -15, 72, 30, 15, "#fff") + path("M0-15H21a15 15 0 0 1 0 30H0z", "#d0553f") + rect(-36, -15, 72, 30, 15, "none", 'stroke="#c9b8b0" stroke-width="3"'), -30, 0, 0),
    "tooth": path("M-26-28Q-12-36 0-28Q12-36 26-28Q34-6 20 36Q10 40 8 12Q0 4-8 12Q-10 40-20 36Q-34-6-26-28z", "#fff", 'stroke="#9fc3d8" stroke-width="4"'),
    "hair": "".join(line(f"M{x}-36Q{x + 16}-14 {x} 4T{x} 38", c, 8) for x, c in ((-24, "#8a5a35"), (-8, "#b07a45"), (8, "#8a5a35"), (24, "#b07a45"))),
    "hand": path("M-20 36V-6q0-8 7-8t7 8V-30q0-7 7-7t7 7V-8q0-6 6-6t6 6q8-6 12 2V16q0 20-18 20z", "#f0c4a0"),
    "sun": dot(0, 0, 20, "#efb13d") + "".join(turn(line("M0-28V-38", "#efb13d", 6), 45 * k, 0, 0) for k in range(8)),
    "heart": path("M0 34C-44 4-34-30-12-28Q0-26 0-14Q0-26 12-28C34-30 44 4 0 34z", "#d4708d"),
    "star": path("M0-36L10-12L36-11L15 5L23 31L0 16L-23 31L-15 5L-36-11L-10-12z", "#e0a535"),
    "eye": path("M-38 0Q0-36 38 0Q0 36-38 0z", "#fff", 'stroke="#3a3242" stroke-width="5"') + dot(0, 0, 14, "#4d7f9e") + dot(0, 0, 6, "#3a3242"),
    "lips": path("M-38-2Q-18-24 0-12Q18-24 38-2Q0 40-38-2z", "#cf4b6b") + line("M-30-2Q0 10 30-2", "#93294a", 4),
    "face": oval(0, 0, 28, 36, "#f3d3b6") + path("M-28-6Q-24-40 0-38T28-6Q10-26-28-6z", "#8a5a35") + line("M-8 16Q0 22 8 16", "#b0604f", 4),
    "bug": oval(0, 6, 18, 26, "#6b5140") + line("M-18-4L-34-14M-18 8H-36M-16 18L-32 28M18-4L34-14M18 8H36M16 18L32 28M-6-20L-14-36M6-20L14-36", "#6b5140", 5),
    "shower": path("M-30-2A30 30 0 0 1 30-2z", "#6c9fce") + line("M-18 10V24M0 10V34M18 10V24", "#6c9fce", 6) + line("M0-32V-42", "#6c9fce", 6),
}
