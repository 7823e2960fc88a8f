"""Names for makers that a data set knows only by number.

The Complete Journey replaces every real maker by an id, yet a shopper tells two soft drinks apart
by the name on the label. Each id gets a label of two spoken parts, such as "Galmere". The labels
are generated: they stand for no company, and the same id has the same label on every machine.
"""

from __future__ import annotations

_ONSETS = (
    "B", "Br", "C", "Cl", "D", "Dr", "F", "G", "H", "K", "L", "M", "N", "P", "R", "S", "St", "T",
    "Th", "V",
)  # fmt: skip
_RIMES = ("al", "an", "ar", "el", "en", "er", "il", "in", "ol", "or", "ul", "un", "ys")
_ENDINGS = (
    "acre", "beck", "bourne", "brook", "combe", "croft", "dell", "fell", "fold", "garth", "glen",
    "grove", "haven", "holt", "hurst", "lea", "mere", "moor", "ridge", "shaw", "stead", "tarn",
    "thorpe", "vale", "wold", "wynd",
)  # fmt: skip

#: How many ids have a label of their own.
LABEL_COUNT = len(_ONSETS) * len(_RIMES) * len(_ENDINGS)

# Shares no factor with LABEL_COUNT, so the walk visits every label once and neighbouring ids
# sound unlike each other.
_STRIDE = 4_241


def maker_label(maker: int) -> str:
    """The label of a maker's id: different for every id below ``LABEL_COUNT``."""
    if not 0 <= maker < LABEL_COUNT:
        raise ValueError(f"maker ids lie between 0 and {LABEL_COUNT - 1}, not {maker}")
    rest, ending = divmod(maker * _STRIDE % LABEL_COUNT, len(_ENDINGS))
    onset, rime = divmod(rest, len(_RIMES))
    return _ONSETS[onset] + _RIMES[rime] + _ENDINGS[ending]
