"""Whether two states of the code measure a method alike: a trial on small data, as a checksum."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from recommender.learning.lifelong import LIFELONG_METHODS

#: The small world: sessions walk along a ring of items, of which every period knows more.
PERIODS, SESSIONS, FIRST_ITEMS, MORE_ITEMS = 4, 120, 40, 15


def trial_checksum(name: str, outcome_of: Callable[[Sequence[Path]], object]) -> str:
    """Checksum of what ``outcome_of`` measures on small period files, and of the method's bounds.

    Code that is only arranged anew keeps it; code that decides a figure otherwise changes it. What
    a method keeps is part of it in words, because the small data reach no bound.
    """
    with TemporaryDirectory() as folder:
        outcome = outcome_of(_written(Path(folder)))
    told = json.dumps([LIFELONG_METHODS[name].keeps, outcome], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _written(folder: Path) -> list[Path]:
    rng = np.random.default_rng(0)
    paths = []
    for period in range(PERIODS):
        n_items = FIRST_ITEMS + MORE_ITEMS * period
        lines = []
        for session in range(SESSIONS):
            at = int(rng.integers(n_items))
            for _ in range(int(rng.integers(2, 7))):
                lines.append(f"{session} {at}")
                at = (at + int(rng.integers(3))) % n_items
        path = folder / f"period_{period}.txt.gz"
        path.write_bytes(gzip.compress("\n".join(lines).encode()))
        paths.append(path)
    return paths
