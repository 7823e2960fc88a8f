"""What an update may cost at most."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Bounds of the gate. Falls are relative: 0.05 allows NDCG@10 to fall by five per cent.

    Raises ValueError, which names the field, where a bound lies outside its range.
    """

    #: On the newest interactions, kept probes of earlier windows, shoppers who stayed away, and
    #: of the newest those that ask for new or for known items, or come from one segment.
    newest: float = 0.05
    old_windows: float = 0.01
    inactive: float = 0.03
    new_items: float = 0.10
    old_items: float = 0.05
    segment: float = 0.10
    #: With fewer cases a probe is not judged; without a judged newest probe nothing is promoted.
    least_cases: int = 100
    #: How sure the gate is to be before it calls something a fall.
    confidence: float = 0.95
    #: Rise of the share of lists that hold the most shown product, in parts of all lists.
    concentration: float = 0.10
    #: Relative fall of the number of different products on all lists.
    products: float = 0.25
    #: One product or one shopper may make up this share of a window whatever came before, ...
    window_share: float = 0.05
    #: ... and this many times the largest share that any had in as many earlier interactions.
    window_surge: float = 3.0
    #: Relative fall of how much more often than by chance a window's neighbours were neighbours
    #: before: shuffled labels bring it to zero.
    coherence: float = 0.60
    #: Drift (0..1) beyond which a candidate is tried in the shadow first.
    drift: float = 0.30

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if name == "least_cases":
                fits = value >= 2
            elif name == "window_surge":
                fits = value >= 1
            elif name == "confidence":
                fits = 0.5 <= value < 1
            else:
                fits = 0 <= value <= 1
            if not fits:
                raise ValueError(f"the bound {name} is out of range: {value}")
