"""Colours of a picture: the wall by the kind of shop, the label by the brand.

Every choice follows from the words alone, by a hash that is the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

CREAM: Final = "#fffaf0"
INK: Final = "#3a3242"
GLASS: Final = "#dcebef"
METAL: Final = "#c9ced6"

#: Label colours that go with each other: (main, deep).
_BRANDS: Final = (
    ("#d0553f", "#8f3325"), ("#2f7a9b", "#1d5068"), ("#5c965a", "#38653a"), ("#e2a12f", "#93610f"),
    ("#7d62a6", "#533c78"), ("#d4708d", "#94405c"), ("#379389", "#1f625b"), ("#4d6cb3", "#30477f"),
    ("#a8734a", "#6d4525"), ("#e38150", "#9c4d22"), ("#8a9a3b", "#57631d"), ("#c14f77", "#832e4d"),
    ("#4a8fc7", "#265c8a"), ("#b5493b", "#7c2b21"), ("#6a7f91", "#414f5d"), ("#3f9e6b", "#236643"),
)  # fmt: skip

#: Where the brand is not known: quiet slate, so that the thing itself speaks.
_UNBRANDED: Final = ("#8b95a5", "#505a6b")


@dataclass(frozen=True, slots=True)
class Palette:
    """What a painter may know: the brand's colours, its name, the size, and a number to vary by."""

    main: str
    deep: str
    wall: str
    glow: str
    table: str
    brand: str
    size: str
    variant: int


def palette_for(hue: int, brand: str, seed: str, size_text: str) -> Palette:
    """The colours of one picture; ``hue`` is the department's, in degrees."""
    main, deep = _BRANDS[_number(brand) % len(_BRANDS)] if brand.strip() else _UNBRANDED
    return Palette(
        main=main,
        deep=deep,
        wall=f"hsl({hue} 46% 91%)",
        glow=f"hsl({hue} 60% 96%)",
        table=f"hsl({hue} 36% 84%)",
        brand=brand[:24],
        size=size_text[:20],
        variant=_number(seed) % 4,
    )


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=6).digest())
