"""How the graph bears a million facts: building, memory, and questions, in both backends.

It works in a database of its own in a temporary folder, which a child process fills and asks, so
that neither the shop's data nor this process's memory have a part in the figures.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recommender.benchmarks.report import BenchmarkReport, Table

CHILD = "RECSITE_GRAPH_SCALE_CHILD"
QUESTIONS = 200
BATCH = 5_000
MIB = 1024 * 1024


def add_arguments(parser: ArgumentParser) -> None:
    """Options of ``manage.py benchmark graph-scale``."""
    parser.add_argument("--facts", type=int, default=1_000_000, help="facts to make")
    parser.add_argument(
        "--neo4j-url",
        default="",
        help="an EMPTY graph database to fill as well, e.g. bolt://127.0.0.1:7687",
    )


def run(options: Mapping[str, Any]) -> BenchmarkReport:
    """Fill a scratch database in a child process and report what it measured.

    Raises:
        ValueError: too few facts were asked for, or the child failed.
    """
    facts, seed, url = options["facts"], options["seed"], options["neo4j_url"]
    if facts < 1_000:
        raise ValueError("--facts must be at least 1000")
    with tempfile.TemporaryDirectory(prefix="recsite-graph-scale-") as folder:
        environment = {
            **os.environ,
            CHILD: json.dumps({"facts": facts, "seed": seed}),
            "RECSITE_VAR": folder,
            "NEO4J_URL": url,
        }
        environment.pop("DATABASE_URL", None)
        for command in (
            ["manage.py", "migrate", "--verbosity", "0"],
            ["-m", "recommender.benchmarks.graph_scale"],
        ):
            done = subprocess.run(
                [sys.executable, *command], env=environment, stdout=subprocess.PIPE, text=True
            )
            if done.returncode:
                raise ValueError("the child process failed; its reason stands above")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    shared = f"--facts {facts} --seed {seed}" + (" --neo4j-url URL" if url else "")
    return BenchmarkReport(
        benchmark="graph-scale",
        dataset=f"synthetic-{facts}",
        seed=seed,
        command=f"manage.py benchmark graph-scale {shared}",
        figures=figures,
        tables=[
            Table("A graph of this size", ("figure", "measured"), list(figures.items()), digits=2)
        ],
        notes=[
            "A tenth as many products as facts, a thousandth as many brands and categories; one "
            "fact in five joins a product to a brand or category, popular ones more often, the "
            "rest join products to products.",
            "The relational record is SQLite; process.rss_mib is the largest the filling process "
            "became, neo4j.store_mib is not measured here: the server has its own folder.",
            f"{QUESTIONS} questions of each kind, after a warm-up of a tenth.",
        ]
        + ([] if url else ["No --neo4j-url was given, so Neo4j was not measured."]),
    )


def _fill(facts: int, seed: int) -> dict[str, float]:
    """Make entities and facts in bulk; the seconds that it took."""
    import numpy as np

    from kg.models import Entity, Fact, Kind, Predicate

    dice = np.random.default_rng(seed)
    n_products, n_others = facts // 10, max(10, facts // 1_000)
    kinds = [(Kind.PRODUCT, n_products), (Kind.BRAND, n_others), (Kind.CATEGORY, n_others)]
    began = time.perf_counter()
    for kind, count in kinds:
        Entity.objects.bulk_create(
            (
                Entity(key=f"{kind.value}:{n:07d}", kind=kind, name=f"{kind.value} {n}")
                for n in range(count)
            ),
            batch_size=BATCH,
        )
    ids = {
        kind: np.array(Entity.objects.filter(kind=kind).order_by("pk").values_list("pk", flat=True))
        for kind, _ in kinds
    }
    predicates = dict(Predicate.objects.values_list("key", "pk"))
    made: set[tuple[int, int, int]] = set()
    choices = [("made_by", Kind.BRAND, 0.1), ("in_category", Kind.CATEGORY, 0.1)]
    choices += [("also_bought", Kind.PRODUCT, 0.5), ("also_viewed", Kind.PRODUCT, 0.3)]
    for predicate, kind, share in choices:
        wanted = len(made) + int(facts * share)
        while len(made) < wanted:
            count = wanted - len(made)
            subjects = dice.choice(ids[Kind.PRODUCT], count)
            # Squares favour low numbers, so that there are hubs, as in any shop.
            places = (dice.random(count) ** 2 * len(ids[kind])).astype(int)
            made.update(
                (int(s), predicates[predicate], int(o))
                for s, o in zip(subjects, ids[kind][places], strict=True)
                if s != o
            )
    Fact.objects.bulk_create(
        (
            Fact(
                subject_id=s,
                predicate_id=p,
                object_id=o,
                source=Fact.Source.IMPORT,
                status=Fact.Status.ACCEPTED,
            )
            for s, p, o in made
        ),
        batch_size=BATCH,
    )
    seconds = time.perf_counter() - began
    return {
        "entities": float(Entity.objects.count()),
        "facts": float(len(made)),
        "relational.build_s": round(seconds, 2),
        "relational.facts_per_second": round(len(made) / seconds),
    }


def _child() -> None:
    """Fill, project and ask; the figures as the last line of standard output."""
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from recommender.benchmarks import graph_timings

    told = json.loads(os.environ[CHILD])
    figures = _fill(told["facts"], told["seed"])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    store = Path(settings.VAR_DIR)
    figures["relational.store_mib"] = round(
        sum(path.stat().st_size for path in store.glob("db.sqlite3*")) / MIB, 1
    )
    if settings.NEO4J_URL:
        from kg.projection import rebuild

        began = time.perf_counter()
        _entities, facts = rebuild(progress=True)
        seconds = time.perf_counter() - began
        figures["neo4j.build_s"] = round(seconds, 2)
        figures["neo4j.facts_per_second"] = round(facts / seconds)
    keys = graph_timings.product_keys(QUESTIONS + 5, told["seed"])
    for name, graph in graph_timings.graphs().items():
        for label, question in (
            ("one_hop_ms", graph_timings.one_hop_ms),
            ("two_hop_ms", graph_timings.two_hop_ms),
            ("related_ms", graph_timings.related_ms),
            ("paths_ms", graph_timings.paths_ms),
        ):
            for level, value in question(graph, keys[:QUESTIONS]).items():
                figures[f"{name}.{label}.{level}"] = value
    figures["process.rss_mib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    print(json.dumps(figures))  # noqa: T201


if __name__ == "__main__":
    _child()
