"""Probes of earlier windows on disk: a bounded record of what must not be forgotten.

Everything is kept by external id, so that a probe outlives the item table that it was made with.
An erasure takes a shopper's rows out of every file that has a column ``shopper``, so of these too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recommender.contracts import History
from recommender.learning.lifelong.probe_names import WINDOW
from recommender.learning.lifelong.probes import CASES, Probe
from recommender.learning.splits import Holdout

#: Windows that are kept.
WINDOWS = 10
#: The newest interactions of a history that are kept.
HISTORY = 500

COLUMNS = pa.schema(
    [
        ("shopper", pa.string()),
        ("items", pa.list_(pa.string())),
        ("weights", pa.list_(pa.float32())),
        ("times", pa.list_(pa.int64())),
        ("now", pa.int64()),
        ("target", pa.string()),
        ("tied", pa.bool_()),
    ]
)


class KeptProbes:
    """A folder with one file per window, named by the newest event of the window."""

    def __init__(self, folder: Path, *, windows: int = WINDOWS, cases: int = CASES):
        self.folder, self.windows, self.cases = folder, windows, cases

    def keep(self, probe: Probe, upto: int, *, seed: int = 0) -> None:
        """Keep a window's newest probe; the oldest windows go. Keeping it again changes nothing.

        Raises ValueError for a probe without external ids of its items and shoppers.
        """
        if len(probe) and not (probe.items and probe.shoppers):
            raise ValueError("a probe without external ids cannot be kept")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write(self.folder / f"{upto:012d}.parquet", _table(probe.sample(self.cases, seed)))
        for old in self._files()[self.windows :]:
            old.unlink(missing_ok=True)

    def read(self, items: Sequence[str], *, before: int | None = None) -> tuple[Probe, ...]:
        """The kept windows, newest first, as ``window-1``, ``window-2`` and so on.

        ``items`` are the external ids whose positions the indices will be. Cases whose target is
        not among them are left out, and so is every item of a history. ``before`` leaves out the
        windows that end there or later: a run that is done again does not meet its own.
        """
        ids = tuple(items)
        positions = {item: place for place, item in enumerate(ids)}
        files = [path for path in self._files() if before is None or int(path.stem) < before]
        return tuple(
            _probe(f"{WINDOW}{place}", pq.read_table(path), ids, positions)
            for place, path in enumerate(files, start=1)
        )

    def _files(self) -> list[Path]:
        """Newest first."""
        return sorted(self.folder.glob("[0-9]*.parquet"), reverse=True)

    @staticmethod
    def _write(path: Path, table: pa.Table) -> None:
        """Under a passing name first, so that a kill leaves no half of a file."""
        partial = path.with_name(f".{path.name}.partial")
        pq.write_table(table, partial, compression="zstd")
        partial.replace(path)


def _table(probe: Probe) -> pa.Table:
    names = np.array(probe.items, object)
    histories = probe.holdout.histories
    return pa.table(
        {
            "shopper": list(probe.shoppers),
            "items": [names[history.items[-HISTORY:]].tolist() for history in histories],
            "weights": [history.weights[-HISTORY:] for history in histories],
            "times": [history.times[-HISTORY:] for history in histories],
            "now": [history.now for history in histories],
            "target": names[probe.holdout.targets].tolist() if len(probe) else [],
            "tied": probe.holdout.tied.tolist(),
        },
        schema=COLUMNS,
    )


def _probe(name: str, table: pa.Table, ids: tuple[str, ...], positions: dict[str, int]) -> Probe:
    histories, targets, tied, shoppers = [], [], [], []
    for row in table.to_pylist():
        if row["target"] not in positions:
            continue
        places = np.array([positions.get(item, -1) for item in row["items"]], np.int32)
        here = places >= 0
        histories.append(
            History(
                places[here],
                np.array(row["weights"], np.float32)[here],
                np.array(row["times"], np.int64)[here],
                row["now"],
            )
        )
        targets.append(positions[row["target"]])
        tied.append(row["tied"])
        shoppers.append(row["shopper"])
    holdout = Holdout(tuple(histories), np.array(targets, np.int32), np.array(tied, bool))
    return Probe(name, holdout, ids, tuple(shoppers))
