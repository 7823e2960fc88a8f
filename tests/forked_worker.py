"""Starts a Celery worker in a process that has its libraries in memory already.

Importing torch and its relatives takes longer than most of the tests that need a worker. A server
process imports them once and forks; the fork then is a worker like any other: it reads settings,
connects and registers by itself, since the server knows nothing of Django.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

#: Slow to import, and the same for everybody: no settings, no connections, no threads.
PRELOADED = [
    "celery.bin.worker",
    "celery.worker.consumer",
    "faiss",
    "lightgbm",
    "numba",
    "pyarrow.parquet",
    "rest_framework",
    "scipy.sparse.linalg",
    "torch",
    "transformers.models.bert.modeling_bert",
    "unfold",
]


def worker_start(
    arguments: Sequence[str], environment: Mapping[str, str], log: Path
) -> ForkServerProcess:
    """Run ``celery`` with these arguments and nothing but this environment; output goes to log."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    process = context.Process(target=_work, args=(list(arguments), dict(environment), str(log)))
    process.start()
    return process


def _work(arguments: list[str], environment: dict[str, str], log: str) -> None:
    stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for number in (1, 2):
        os.dup2(stream, number)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["celery", *arguments]
    from celery.__main__ import main

    main()
