"""Keeps one kind of product from filling a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

#: The name under which a slate says that this rule held an item back.
RULE = "variety"
#: Places that are seen together, and how many of them one kind may take.
PAGE = 12
OF_A_KIND = 2


def spread(kinds: Sequence[str]) -> tuple[list[int], frozenset[int]]:
    """A new order of the places, and those of them that had to wait for a later page.

    ``kinds`` names what stands at each place, best first, or nothing where that is not known. No
    page takes more than OF_A_KIND of a kind, so the surplus moves to the pages after it. Nothing
    is lost, and everything else keeps its order; a page is shorter where only surplus is left.
    """
    order: list[int] = []
    late: set[int] = set()
    waiting = list(range(len(kinds)))
    while waiting:
        taken: list[int] = []
        surplus: list[int] = []
        seen: Counter[str] = Counter()
        for at, place in enumerate(waiting):
            if len(taken) == PAGE:
                surplus += waiting[at:]
                break
            if kinds[place] and seen[kinds[place]] == OF_A_KIND:
                surplus.append(place)
                late.add(place)
            else:
                seen[kinds[place]] += 1
                taken.append(place)
        order += taken
        waiting = surplus
    return order, frozenset(late)
