"""The stages of the scale benchmark, each in a process of its own so that its memory is its own.

A stage reads what earlier ones left in the working folder and prints its figures as one line of
JSON. It knows neither Django nor torch.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recommender.benchmarks import scale_world
from recommender.candidates import source_class
from recommender.candidates.nearest import (
    ExactNearest,
    FaissNearest,
    NearestItems,
    NearestSettings,
    load_nearest,
    recall_of,
    sample_queries,
)
from recommender.contracts import CandidateSource, History, InteractionLog, ItemTable
from recommender.ranking.blend import BlendWeights
from recommender.ranking.model import BlendedModel
from recommender.ranking.tune import popularity_of

TOLD = "RECSITE_SCALE_STAGE"
QUERIES = 300
HISTORIES = 100
MIB = 2**20
#: How the blend weighs the sources here: what validation chose on real data, roughly.
WEIGHTS: Mapping[str, float] = {
    "transitions": 0.4, "text_transitions": 0.5, "text_ease": 1.0, "item_knn": 0.2,
    "sessions": 0.5, "content": 0.5, "lexical": 0.5, "popular": 0.05,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stage:
    """What a stage is told: sizes, seed and the folder that it shares with the others."""

    n_items: int
    n_interactions: int
    seed: int
    folder: Path

    def vectors(self) -> Any:
        """All vectors, read when they are touched."""
        return np.load(self.folder / "vectors.npy", mmap_mode="r")

    def log(self) -> InteractionLog:
        """The same interactions in every stage."""
        return scale_world.interactions(self.n_items, self.n_interactions, self.seed)

    def items(self) -> ItemTable:
        """The same items in every stage, their vectors mapped."""
        return scale_world.item_table(self.vectors(), self.seed)

    def queries(self) -> Any:
        """What the searches ask for."""
        rng = np.random.default_rng([self.seed, 7])
        return sample_queries(self.vectors(), QUERIES, rng)


def vectors(stage: Stage) -> dict[str, float]:
    """Draw the vectors into a file."""
    began = time.perf_counter()
    shape = (stage.n_items, scale_world.DIMENSIONS)
    path = stage.folder / "vectors.npy"
    table = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    start = 0
    for block in scale_world.vector_blocks(stage.n_items, stage.seed):
        table[start : start + len(block)] = block
        start += len(block)
    table.flush()
    sizes = np.bincount(scale_world.groups_of(stage.n_items, stage.seed))
    return {
        "vectors.made_s": time.perf_counter() - began,
        "vectors.size_mib": path.stat().st_size / MIB,
        "vectors.groups": float(len(sizes)),
        "vectors.largest_group": float(sizes.max()),
    }


def exact(stage: Stage) -> dict[str, float]:
    """Every query against every item; the answers are kept as the truth."""
    search = ExactNearest(np.load(stage.folder / "vectors.npy"))
    found, _ = search.search(stage.queries(), 100)
    np.save(stage.folder / "truth.npy", found)
    return {**_search_ms("exact", search, stage), "exact.rss_mib": _peak_mib()}


def index(stage: Stage, storage: str) -> dict[str, float]:
    """Build an index and ask it."""
    table = np.load(stage.folder / "vectors.npy")
    name = f"index_{storage}"
    chosen = NearestSettings(0, storage)  # type: ignore[arg-type]
    built = FaissNearest(table, chosen)
    folder = stage.folder / name
    folder.mkdir(exist_ok=True)
    built.save(folder)
    found, _ = built.search(stage.queries(), 100)
    truth = np.load(stage.folder / "truth.npy")
    size = (folder / "nearest.faiss").stat().st_size / MIB
    return {
        f"{name}.build_s": built.report["build_s"],
        f"{name}.build_rss_mib": _peak_mib(),
        f"{name}.size_mib": size,
        f"{name}.lists": float(built.report["lists"]),
        f"{name}.probes": float(built.report["probes"]),
        **{
            f"{name}.recall_at_{cut}": recall_of(found[:, :cut], truth[:, :cut])
            for cut in (10, 100)
        },
    }


def serve(stage: Stage, storage: str) -> dict[str, float]:
    """Load an index as a worker does, its vectors mapped from disk, and ask it."""
    name = f"index_{storage}"
    began = time.perf_counter()
    search = load_nearest(stage.folder / name, stage.vectors())
    loaded = time.perf_counter() - began
    return {
        f"{name}.load_s": loaded,
        **_search_ms(name, search, stage),
        f"{name}.serve_rss_mib": _peak_mib(),
    }


def source(stage: Stage, name: str) -> dict[str, float]:
    """Fit one source, save it, and score with it as it was read back."""
    log, items = stage.log(), stage.items()
    base = _peak_mib()
    fitted = source_class(name)()
    began = time.perf_counter()
    fitted.fit(log, items)
    seconds = time.perf_counter() - began
    folder = stage.folder / "sources" / name
    folder.mkdir(parents=True, exist_ok=True)
    fitted.save(folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / MIB
    asked = scale_world.histories(log, HISTORIES, stage.seed)
    return {
        f"{name}.fit_s": seconds,
        f"{name}.fit_rss_mib": _peak_mib(),
        f"{name}.base_rss_mib": base,
        f"{name}.size_mib": size,
        **_score_ms(name, source_class(name).load(folder), asked),
    }


def slate(stage: Stage, names: Sequence[str]) -> dict[str, float]:
    """The whole blend, read as a worker reads it: candidates of shoppers and of products."""
    log = stage.log()
    asked = scale_world.histories(log, HISTORIES, stage.seed)
    popularity = popularity_of(log.items, stage.n_items)
    del log
    items = stage.items()
    base = _peak_mib()
    began = time.perf_counter()
    sources = {name: source_class(name).load(stage.folder / "sources" / name) for name in names}
    nearest = load_nearest(stage.folder / "index_int8", items.vectors)
    weights = BlendWeights.of({name: WEIGHTS[name] for name in names})
    model = BlendedModel(items, sources, weights, popularity, nearest=nearest)
    figures = {"slate.load_s": time.perf_counter() - began, "slate.base_rss_mib": base}
    for history in asked[: len(asked) // 10]:
        model.candidates(history, 50)
    taken = _timed([lambda one=one: model.candidates(one, 50) for one in asked])  # type: ignore[misc]
    figures |= {f"slate.candidates_ms.{level}": value for level, value in taken.items()}
    products = [int(one.items[-1]) for one in asked]
    taken = _timed([lambda one=one: model.related(one) for one in products])  # type: ignore[misc]
    figures |= {f"slate.related_ms.{level}": value for level, value in taken.items()}
    return {**figures, "slate.rss_mib": _peak_mib()}


def _search_ms(name: str, search: NearestItems, stage: Stage) -> dict[str, float]:
    """One query at a time, ten items wanted, after a tenth as a warm-up."""
    queries = stage.queries()
    for query in queries[: len(queries) // 10]:
        search.search(query[None], 10)
    taken = _timed([lambda query=query: search.search(query[None], 10) for query in queries])  # type: ignore[misc]
    return {f"{name}.search_ms.{level}": value for level, value in taken.items()}


def _score_ms(name: str, fitted: CandidateSource, histories: Sequence[History]) -> dict[str, float]:
    for history in histories[: len(histories) // 10]:
        fitted.score([history])
    taken = _timed([lambda one=one: fitted.score([one]) for one in histories])  # type: ignore[misc]
    return {f"{name}.score_ms.{level}": value for level, value in taken.items()}


def _timed(questions: Sequence[Callable[[], object]]) -> dict[str, float]:
    taken = []
    for question in questions:
        began = time.perf_counter()
        question()
        taken.append((time.perf_counter() - began) * 1000)
    return {f"p{level}": float(np.percentile(taken, level)) for level in (50, 95, 99)}


def _peak_mib() -> float:
    """The largest this process became, pages of mapped files included.

    From the kernel's own count: ``getrusage`` begins with what the parent was when it forked.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return float(lines["VmHWM"].split()[0]) / 1024


#: Stage name to its function; a stage with a part is called as ``name:part``.
STAGES: Mapping[str, Callable[..., dict[str, float]]] = {
    "vectors": vectors,
    "exact": exact,
    "index": index,
    "serve": serve,
    "source": source,
    "slate": slate,
}


def measured(told: Mapping[str, Any]) -> dict[str, float]:
    """The figures of the stage that is named; raises KeyError for one that is not there."""
    stage = Stage(told["items"], told["interactions"], told["seed"], Path(told["folder"]))
    name, _, part = told["stage"].partition(":")
    arguments = [part.split(",") if name == "slate" else part] if part else []
    return STAGES[name](stage, *arguments)


def main() -> None:
    """Run the stage that the environment names; figures on the last line of standard output."""
    sys.stdout.write(json.dumps(measured(json.loads(os.environ[TOLD]))) + "\n")


if __name__ == "__main__":
    main()
