"""How gunicorn runs the web site. Each value can be set by an environment variable.

Two processes, since one Python process uses one core, and a few threads in each, since a request
that waits for the pool or the database must not keep the others waiting.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
# The site is loaded once and shared by the processes: a faster start and less memory.
preload_app = True
# Longer than a load balancer keeps its idle connections, so that it closes first.
keepalive = 75
timeout = 30
graceful_timeout = 5
# The file by which a process shows that it lives must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
accesslog = os.environ.get("WEB_ACCESS_LOG") or None
loglevel = os.environ.get("WEB_LOG_LEVEL", "warning")


def post_fork(server: object, worker: object) -> None:
    """Send spans from the processes that answer requests."""
    from recsite import telemetry

    telemetry.export("recsite-web")


def when_ready(server: object) -> None:
    """Exempt what was loaded before the fork from garbage collection: shorter pauses."""
    gc.collect()
    gc.freeze()
