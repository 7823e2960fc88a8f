"""``manage.py benchmark scale``: a million synthetic items, searched, learnt and recommended.

Each stage runs in a child process in a working folder, so that its memory is measured apart.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from recommender.benchmarks.kept_parts import KeptParts, code_checksum
from recommender.benchmarks.report import BenchmarkReport, Cell, Table
from recommender.benchmarks.scale_stages import HISTORIES, QUERIES, TOLD, WEIGHTS

STORAGES = ("int8", "float16", "float32")
#: What cannot be asked of a million items here, and why.
BOUNDED: Sequence[tuple[str, str]] = (
    (
        "text_ease, ease",
        "a dense solve over all items would take 4 TB; the 15,000 items with most interactions "
        "enter (DENSE_SOLVE_ITEMS), the others score zero there",
    ),
    (
        "content",
        "proposes the 500 nearest items that an index finds; the others score zero",
    ),
    (
        "text_transitions",
        "neighbours are looked for in the lists near an item's own, not among all items",
    ),
    (
        "graph",
        "not measured here; the benchmark graph-scale has a million facts",
    ),
    (
        "sequential, generative, multimodal",
        "not measured here: training a network for a million items needs a GPU",
    ),
)


def add_arguments(parser: ArgumentParser) -> None:
    """Options of ``manage.py benchmark scale``."""
    parser.add_argument("--items", type=int, default=1_000_000, help="items to make")
    parser.add_argument("--interactions", type=int, default=2_000_000, help="interactions to make")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="work there and keep finished stages; the same command goes on after a stop",
    )


def run(options: Mapping[str, Any]) -> BenchmarkReport:
    """Run every stage that has not been kept and report.

    Raises:
        ValueError: a size is too small to mean anything, or a stage failed.
    """
    n_items, count = options["items"], options["interactions"]
    if n_items < 1_000:
        raise ValueError(f"--items must be at least 1000, not {n_items}")
    if count < 1_000:
        raise ValueError(f"--interactions must be at least 1000, not {count}")
    told = {"items": n_items, "interactions": count, "seed": options["seed"]}
    keep: Path | None = options["keep"]
    where: AbstractContextManager[str] = (
        nullcontext(str(keep)) if keep else tempfile.TemporaryDirectory(prefix="recsite-scale-")
    )
    figures: dict[str, float] = {}
    with where as folder:
        belongs_to = {**told, "code": code_checksum() if keep else ""}
        kept = KeptParts(Path(folder), belongs_to)
        for stage in tqdm(stages(), desc="scale", unit="stage"):
            one = {**told, "stage": stage, "folder": folder}
            name = stage.partition(",")[0].replace(":", "-")
            figures |= kept.part(name, partial(_in_child, one))
    return report(figures, options)


def stages() -> list[str]:
    """All stages in their order."""
    return [
        "vectors",
        "exact",
        *(f"{stage}:{storage}" for storage in STORAGES for stage in ("index", "serve")),
        *(f"source:{name}" for name in WEIGHTS),
        f"slate:{','.join(WEIGHTS)}",
    ]


def _in_child(told: Mapping[str, Any]) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "recommender.benchmarks.scale_stages"],
        env={**os.environ, TOLD: json.dumps(told)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ValueError(f"the stage {told['stage']} failed; its reason stands above")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {name: round(value, 4) for name, value in figures.items()}


def report(figures: Mapping[str, float], options: Mapping[str, Any]) -> BenchmarkReport:
    """Tables of searching, sources and slates."""
    n_items, count, seed = options["items"], options["interactions"], options["seed"]
    saved = " --save docs/benchmarks" if options.get("save") else ""
    return BenchmarkReport(
        "scale",
        f"synthetic-{n_items}",
        seed,
        f"manage.py benchmark scale --items {n_items} --interactions {count} --seed {seed}{saved}",
        figures,
        [
            _searches(figures),
            _sources(figures),
            _slates(figures),
            Table("What is bounded, or not measured", ("source", "how"), BOUNDED),
        ],
        [
            "Everything is synthetic: vectors of 384 dimensions (float32, length one) around "
            f"{figures['vectors.groups']:,.0f} groups whose sizes fall by a power of their rank "
            f"(the largest has {figures['vectors.largest_group']:,.0f} items), noise in a few "
            f"directions of each group and in all; texts by Zipf's law; {count:,} interactions, "
            "most of them with few items. Recall on real vectors is measured whenever a model's "
            "index is built, and stands in its fit.json.",
            f"Search: {QUERIES} queries one at a time, ten items wanted, half of them beside an "
            "item and half between two; recall against the exact search. The index proposes three "
            "times as many, which are scored again with the exact vectors from disk.",
            "Serving memory is the largest a process became that only loads the index, maps the "
            "vectors and answers; pages of mapped files that it touched are in it. Building "
            "memory holds all vectors.",
            f"Sources: scored one history at a time, {HISTORIES} histories, as read back from "
            "disk. Their fitting memory includes the item table, the log and mapped vectors "
            "(base). The slate's memory includes the item table as Python objects.",
            "One thread of arithmetic where OMP_NUM_THREADS=1 is set, as it was here.",
        ],
    )


def _searches(figures: Mapping[str, float]) -> Table:
    def row(name: str, words: str) -> tuple[Cell, ...]:
        keys = (
            "recall_at_10", "recall_at_100", "search_ms.p50", "search_ms.p95", "search_ms.p99",
            "build_s", "size_mib", "build_rss_mib", "serve_rss_mib", "lists", "probes",
        )  # fmt: skip
        return (words, *(figures.get(f"{name}.{key}") for key in keys))

    exact: list[Cell] = list(row("exact", "exact, float32"))
    exact[1:3] = [1.0, 1.0]
    exact[7], exact[9] = figures["vectors.size_mib"], figures["exact.rss_mib"]
    columns = (
        "search", "recall@10", "recall@100", "p50 ms", "p95 ms", "p99 ms", "build s", "size MiB",
        "building MiB", "serving MiB", "lists", "looked into",
    )  # fmt: skip
    rows: list[Sequence[Cell]] = [exact]
    rows += [row(f"index_{storage}", f"index, {storage}") for storage in STORAGES]
    return Table("Nearest vectors", columns, rows, digits=3)


def _sources(figures: Mapping[str, float]) -> Table:
    keys = (
        "fit_s", "score_ms.p50", "score_ms.p95", "score_ms.p99", "size_mib", "fit_rss_mib",
        "base_rss_mib",
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (name, *(figures.get(f"{name}.{key}") for key in keys)) for name in WEIGHTS
    ]
    columns = (
        "source", "fit s", "score p50 ms", "p95 ms", "p99 ms", "size MiB", "fitting MiB",
        "of that base MiB",
    )  # fmt: skip
    return Table("Sources, one history at a time", columns, rows, digits=1)


def _slates(figures: Mapping[str, float]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (words, *(figures[f"slate.{kind}_ms.p{level}"] for level in (50, 95, 99)))
        for words, kind in (
            ("fifty candidates for a shopper", "candidates"),
            ("twelve products like a product", "related"),
        )
    ]
    title = (
        f"The blend of all of them: loaded in {figures['slate.load_s']:.1f} s, "
        f"{figures['slate.rss_mib']:,.0f} MiB with the item table's "
        f"{figures['slate.base_rss_mib']:,.0f}"
    )
    return Table(title, ("question", "p50 ms", "p95 ms", "p99 ms"), rows, digits=1)
