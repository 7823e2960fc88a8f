"""The tests' settings: embedded, in a folder of their own.

With ``DATABASE_URL`` and ``REDIS_URL`` set, the same tests run on PostgreSQL and Redis.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

# Each process of a parallel run has its own broker, cache and models.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
_child = "RECSITE_TEST_CHILD" in os.environ
if not _child and os.environ.get("RECSITE_TEST_OWNER") != _worker:
    os.environ["RECSITE_VAR"] = tempfile.mkdtemp(prefix=f"recsite-test-{_worker}-")
    os.environ["RECSITE_TEST_OWNER"] = _worker

from recsite.settings.embedded import *  # noqa: E402, F403
from recsite.settings.embedded import CACHES, DATABASES, REDIS_URL, VAR_DIR  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: tests with a real worker process or a live server share it.
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}
    if _child:
        # A process that a test started works on the test's database.
        DATABASES["default"]["NAME"] = VAR_DIR / "test.sqlite3"
if REDIS_URL:
    # Parallel test processes do not share keys or queues.
    _number = (int(_worker[2:]) if _worker.startswith("gw") else 0) * 2
    _root = REDIS_URL.rsplit("/", 1)[0] if REDIS_URL.count("/") > 2 else REDIS_URL
    for _cache in CACHES.values():
        _cache["LOCATION"] = f"{_root}/{_number}"
    CELERY_BROKER_URL = f"{_root}/{_number + 1}"
LEARNING_MINIMUM_EVENTS = 1
TEST_VAR_DIR = Path(VAR_DIR)
# Static files come from the finders; an absent folder would be warned of at every request.
(TEST_VAR_DIR / "static").mkdir(exist_ok=True)
