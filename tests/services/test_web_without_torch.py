"""The site in an environment made from requirements/web.txt alone, as the web image has it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.test_supervisor import free_port

pytestmark = pytest.mark.service
ROOT = Path(__file__).resolve().parents[2]
SERVICES = {"DATABASE_URL", "REDIS_URL", "BROKER_URL", "RECSITE_TEST_OWNER"}


@pytest.fixture(scope="module")
def web_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python with the web's requirements and nothing else."""
    folder = tmp_path_factory.mktemp("web") / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=120)
    python = folder / "bin" / "python"
    done = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-compile", "-r", "requirements/web.txt"],
        cwd=ROOT, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    if done.returncode and not os.environ.get("CI"):
        pytest.skip(f"pip cannot install the web's requirements here: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stderr
    return python


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Embedded settings in a folder of their own."""
    kept = {key: value for key, value in os.environ.items() if key not in SERVICES}
    return {
        **kept,
        "RECSITE_VAR": str(tmp_path_factory.mktemp("var")),
        "DJANGO_SETTINGS_MODULE": "recsite.settings.embedded",
        "HOST": "127.0.0.1",
        "PORT": str(free_port()),
    }


@pytest.fixture(scope="module")
def site(web_python: Path, environment: dict[str, str]) -> Iterator[str]:
    """The address of gunicorn, started as the Procfile does it, on an empty database."""
    run = {"cwd": ROOT, "env": environment, "timeout": 180, "check": True}
    subprocess.run([web_python, "manage.py", "migrate", "--verbosity", "0"], **run)
    process = subprocess.Popen(
        [web_python, "-m", "gunicorn", "--config", "recsite/gunicorn_conf.py", "recsite.wsgi"],
        cwd=ROOT, env=environment,
    )  # fmt: skip
    address = f"http://127.0.0.1:{environment['PORT']}"
    end = time.monotonic() + 120
    try:
        while True:
            assert process.poll() is None, "gunicorn ended"
            assert time.monotonic() < end, "the site did not answer"
            try:
                urllib.request.urlopen(f"{address}/health/live/", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def test_there_is_no_torch_to_import(web_python: Path) -> None:
    code = (
        "import importlib.util as u; print(*map(u.find_spec, ('torch', 'transformers', 'scipy')))"
    )
    done = subprocess.run(
        [web_python, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "None None None\n"


def test_every_check_of_the_site_passes(web_python: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [web_python, "manage.py", "check", "--fail-level", "WARNING"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", ["/", "/search/?q=milk", "/cart/", "/admin/login/", "/api/docs/"])
def test_pages_are_served(site: str, path: str) -> None:
    with urllib.request.urlopen(site + path, timeout=30) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/html")


def test_the_openapi_document_is_served(site: str) -> None:
    asked = urllib.request.Request(f"{site}/api/schema/?format=json")
    with urllib.request.urlopen(asked, timeout=30) as answer:
        text = answer.read().decode()
    assert "/api/v1/slates/{scenario}/" in text


def test_readiness_says_what_is_missing(site: str) -> None:
    with urllib.request.urlopen(f"{site}/health/ready/", timeout=30) as answer:
        told = json.load(answer)
    assert told["status"] == "degraded"
    assert set(told["degraded"]) == {"pool", "training", "ingest", "explain", "model"}


def test_beat_starts_too(web_python: Path, environment: dict[str, str]) -> None:
    code = "from recsite.celery import app; app.finalize(); print(len(app.conf.beat_schedule))"
    done = subprocess.run(
        [web_python, "-c", code],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert int(done.stdout) > 0, done.stderr
