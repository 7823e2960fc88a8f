"""The pencil: small SVG pieces under one light, from which every product picture is put together.

Pictures are 400 units square. Light falls from the upper left: ``lit`` shades a body from left to
right, ``ball`` a round one. Coordinates are rounded, so that a picture stays below three kilobytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from html import escape
from typing import Final

from catalog.pictures.palette import CREAM, Palette

SIDE: Final = 400
_CONTROL: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def path(d: str, fill: str, more: str = "") -> str:
    """A filled path; ``more`` holds further attributes."""
    return f'<path d="{d}" fill="{fill}"{_space(more)}/>'


def line(d: str, stroke: str, width: float, more: str = "", cap: str = "round") -> str:
    """A stroke, with round ends unless said otherwise."""
    return (
        f'<path d="{d}" fill="none" stroke="{stroke}" stroke-width="{_n(width)}"'
        f' stroke-linecap="{cap}" stroke-linejoin="round"{_space(more)}/>'
    )


def rect(x: float, y: float, w: float, h: float, r: float, fill: str, more: str = "") -> str:
    """A rounded rectangle."""
    corner = f' rx="{_n(r)}"' if r else ""
    return (
        f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}"{corner}'
        f' fill="{fill}"{_space(more)}/>'
    )


def oval(cx: float, cy: float, rx: float, ry: float, fill: str, more: str = "") -> str:
    """An ellipse."""
    return (
        f'<ellipse cx="{_n(cx)}" cy="{_n(cy)}" rx="{_n(rx)}" ry="{_n(ry)}"'
        f' fill="{fill}"{_space(more)}/>'
    )


def dot(cx: float, cy: float, r: float, fill: str, more: str = "") -> str:
    """A circle without shading."""
    return f'<circle cx="{_n(cx)}" cy="{_n(cy)}" r="{_n(r)}" fill="{fill}"{_space(more)}/>'


def lit(d: str, fill: str) -> str:
    """A body of this outline with the light on its left side."""
    return path(d, fill) + path(d, "url(#rs)")


def lit_rect(x: float, y: float, w: float, h: float, r: float, fill: str) -> str:
    """A rounded box with the light on its left side."""
    return rect(x, y, w, h, r, fill) + rect(x, y, w, h, r, "url(#rs)")


def lit_oval(cx: float, cy: float, rx: float, ry: float, fill: str, more: str = "") -> str:
    """A rounded body with the light on its upper left."""
    return oval(cx, cy, rx, ry, fill, more) + oval(cx, cy, rx, ry, "url(#rr)", more)


def ball(cx: float, cy: float, r: float, fill: str) -> str:
    """A sphere."""
    return dot(cx, cy, r, fill) + dot(cx, cy, r, "url(#rr)")


def turn(body: str, degrees: float, cx: float = 200, cy: float = 200) -> str:
    """The body turned about a point."""
    return f'<g transform="rotate({_n(degrees)} {_n(cx)} {_n(cy)})">{body}</g>'


def place(body: str, x: float, y: float, scale: float = 1.0) -> str:
    """The body moved, and scaled about its own origin."""
    size = f" scale({_n(scale)})" if scale != 1 else ""
    return f'<g transform="translate({_n(x)} {_n(y)}){size}">{body}</g>'


def scatter(body: str, places: Sequence[tuple[float, float]], scale: float = 1.0) -> str:
    """The same body at several places, written once.

    The name of the written one follows from what it is, so pictures can share a page.
    """
    name = "k" + blake2b(body.encode(), digest_size=4).hexdigest()
    first, *others = places
    out = place(f'<g id="{name}">{body}</g>', *first, scale)
    return out + "".join(place(f'<use href="#{name}"/>', x, y, scale) for x, y in others)


def shadow(width: float, y: float = 334, x: float = 200) -> str:
    """What the thing throws on the table; ``width`` is the thing's own."""
    return oval(x, y, width * 0.56, 13, "#2b2233", 'opacity=".14"')


def words(x: float, y: float, text: str, size: float, fill: str, most: float = 0) -> str:
    """Centred text; made smaller until it is at most ``most`` wide."""
    clean = plain(text)
    if not clean:
        return ""
    if most:
        size = min(size, most / (0.64 * len(clean)))
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{fill}">{escape(clean)}</text>'
    )


def label(p: Palette, x: float, y: float, w: float, h: float, motif: str = "") -> str:
    """A paper label: the motif, the brand's name, and the size; ``x``, ``y`` its upper left."""
    cx = x + w / 2
    out = rect(x, y, w, h, 8, CREAM)
    foot = 26 if h >= 90 else 20
    corner = f"M{_n(x)} {_n(y + h - foot)}"
    out += path(f"{corner}h{_n(w)}v{_n(foot - 8)}q0 8-8 8h-{_n(w - 16)}q-8 0-8-8z", p.deep)
    out += words(cx, y + h - foot / 2 + 5, p.size, 14, CREAM, w - 14)
    name_y = y + (28 if h >= 90 else 22)
    out += words(cx, name_y, p.brand, 21 if h >= 90 else 17, p.deep, w - 14)
    if motif:
        top = name_y + 4 if plain(p.brand) else y + 6
        room = y + h - foot - top
        scale = min(room, w - 16) / 92
        out += place(motif, cx, top + room / 2, round(scale, 2))
    return out


def name_band(p: Palette, x: float, y: float, w: float, h: float = 34) -> str:
    """A narrow band with the brand's name: for things too small for a label."""
    return rect(x, y, w, h, 5, CREAM) + words(x + w / 2, y + h / 2 + 6, p.brand, 17, p.deep, w - 10)


def scene(p: Palette, title: str, body: str) -> str:
    """The finished picture: two-tone background, the body, and a title for who cannot see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" role="img"'
        ' font-family="Nunito,Segoe UI,sans-serif" font-weight="700" text-anchor="middle">'
        f"<title>{escape(plain(title))}</title><defs>"
        '<linearGradient id="rs"><stop stop-color="#fff" stop-opacity=".3"/>'
        '<stop offset=".4" stop-color="#fff" stop-opacity="0"/>'
        '<stop offset=".6" stop-color="#201030" stop-opacity="0"/>'
        '<stop offset="1" stop-color="#201030" stop-opacity=".2"/></linearGradient>'
        '<radialGradient id="rr" cx=".36" cy=".3" r=".75">'
        '<stop stop-color="#fff" stop-opacity=".4"/>'
        '<stop offset=".45" stop-color="#fff" stop-opacity="0"/>'
        '<stop offset="1" stop-color="#201030" stop-opacity=".24"/></radialGradient></defs>'
        f'<path d="M0 0h{SIDE}v{SIDE}H0z" fill="{p.wall}"/>'
        f'<circle cx="200" cy="184" r="150" fill="{p.glow}"/>'
        f'<path d="M0 318q200-26 400 0v82H0z" fill="{p.table}"/>{body}</svg>'
    )


def plain(text: str) -> str:
    """The text without characters that XML forbids."""
    return _CONTROL.sub("", text).strip()


def _n(value: float) -> str:
    return f"{round(value, 1):g}"


def _space(more: str) -> str:
    return f" {more}" if more else ""
