"""Draws the picture of a product from its group, its brand and a seed."""

from __future__ import annotations

from catalog.pictures.canvas import scene
from catalog.pictures.groups import GROUPS, PLAIN
from catalog.pictures.motifs import MOTIFS
from catalog.pictures.palette import palette_for


def draw(group: str, brand: str, seed: str, size_text: str = "") -> str:
    """A complete SVG of 400 by 400 units, the same for the same arguments.

    ``brand`` names and colours the label, ``seed`` (the product's id) varies details, and
    ``size_text`` stands small on the label. All three are free text and are escaped. An unknown
    group is drawn as a plain parcel.
    """
    kind = GROUPS.get(group, GROUPS[PLAIN])
    palette = palette_for(kind.hue, brand, seed, size_text)
    body = kind.painter(palette, MOTIFS[kind.motif], **kind.colours)
    return scene(palette, f"{kind.title}, {brand}" if brand.strip() else kind.title, body)


def group_title(group: str) -> str:
    """The name of a group as a reader sees it; that of the plain parcel for an unknown one."""
    return GROUPS.get(group, GROUPS[PLAIN]).title
