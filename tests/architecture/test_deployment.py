"""The files for containers agree with the code: what cannot be run here is at least read."""

from __future__ import annotations

import re
import shlex
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from honcho.environ import parse_procfile

ROOT = Path(__file__).resolve().parents[2]
POOL_QUEUES = ("scoring", "training", "ingest", "explain")
SECRETS = {"SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "NEO4J_PASSWORD"}


@pytest.fixture
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return loaded


@pytest.fixture
def dockerfile() -> list[list[str]]:
    """The instructions, each as its words; comments and line ends are gone."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    return [shlex.split(line) for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def test_compose_has_every_part_of_the_shop(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {
        "migrate", "web", "worker-scoring", "worker-training", "worker-ingest",
        "worker-explain", "beat", "postgres", "redis", "neo4j",
    }  # fmt: skip
    assert {
        "media", "models", "snapshots", "training", "postgres", "redis", "neo4j",
    } == set(compose["volumes"])  # fmt: skip


def test_no_secret_has_a_default(compose: dict[str, Any]) -> None:
    text = (ROOT / "compose.yaml").read_text()
    for name in SECRETS:
        uses = re.findall(rf"\$\{{{name}([^}}]*)\}}", text)
        assert uses, name
        assert all(use.startswith(":?") for use in uses), name
    assert "ports" not in compose["services"]["postgres"]
    assert "ports" not in compose["services"]["redis"]


def test_every_variable_of_compose_is_explained(compose: dict[str, Any]) -> None:
    used = set(re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)", (ROOT / "compose.yaml").read_text()))
    explained = set(re.findall(r"^#? ?([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.M))
    assert used - explained == set()


def test_every_variable_that_the_code_reads_is_explained() -> None:
    explained = set(re.findall(r"^#? ?([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.M))
    read: set[str] = set()
    files = [*(ROOT / "recsite" / "settings").glob("*.py"), ROOT / "recsite/gunicorn_conf.py"]
    for path in files:
        read |= set(
            re.findall(
                r'(?:environ(?:\.get\(|\[)|env_flag\(|required\()"([A-Z0-9_]+)"', path.read_text()
            )
        )
    internal = {"RECSITE_TEST_OWNER", "PYTEST_XDIST_WORKER"}
    assert {"SECRET_KEY", "POOL_DEADLINE_MS"} <= read
    assert read - explained - internal == set()


def test_stores_report_their_health_and_the_site_waits_for_them(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for store in ("postgres", "redis", "neo4j", "web"):
        assert services[store]["healthcheck"]["test"]
    for name in ("web", "beat", *(f"worker-{queue}" for queue in POOL_QUEUES)):
        waits = services[name]["depends_on"]
        assert waits["postgres"]["condition"] == "service_healthy"
        assert waits["redis"]["condition"] == "service_healthy"
        assert waits["migrate"]["condition"] == "service_completed_successfully"


def test_containers_and_procfile_run_the_same_queues(compose: dict[str, Any]) -> None:
    def queue_of(command: list[str]) -> str:
        return command[command.index("-Q") + 1]

    services = compose["services"]
    in_containers = {queue_of(services[f"worker-{q}"]["command"]) for q in POOL_QUEUES}
    processes = parse_procfile((ROOT / "Procfile").read_text()).processes
    assert list(processes) == ["web", "scoring", "training", "ingest", "explain", "beat"]
    on_one_machine = {queue_of(shlex.split(processes[q])) for q in POOL_QUEUES}
    assert in_containers == on_one_machine == set(POOL_QUEUES)


def test_only_the_workers_carry_torch(compose: dict[str, Any], dockerfile: list[list[str]]) -> None:
    targets = {
        name: service["build"]["target"]
        for name, service in compose["services"].items()
        if "build" in service
    }
    assert targets == {
        "migrate": "web", "web": "web", "beat": "web",
        "worker-scoring": "pool", "worker-training": "pool", "worker-ingest": "pool",
        "worker-explain": "pool",
    }  # fmt: skip
    stages = _stages(dockerfile)
    installs = {
        n: [w for i in s for w in i if w.startswith("requirements/")] for n, s in stages.items()
    }
    assert "requirements/pool.txt" not in installs["web-packages"] + installs["web"]
    assert "requirements/pool.txt" in installs["pool-packages"]
    assert ["COPY", "--from=web-packages", "/opt/venv", "/opt/venv"] in stages["web"]


def _stages(dockerfile: list[list[str]]) -> dict[str, list[list[str]]]:
    stages: dict[str, list[list[str]]] = {}
    for instruction in dockerfile:
        if instruction[0] == "FROM":
            stages[instruction[3]] = []
        elif stages:
            list(stages.values())[-1].append(instruction)
    return stages


def test_containers_do_not_run_as_root(dockerfile: list[list[str]]) -> None:
    stages = _stages(dockerfile)
    for name in ("web", "pool"):
        words = [instruction[0] for instruction in stages[name]]
        assert ["USER", "recsite"] in stages[name]
        assert words.index("USER") < words.index("CMD")


def test_what_the_images_copy_exists_and_is_sent_to_the_builder(
    dockerfile: list[list[str]],
) -> None:
    ignore = (ROOT / ".dockerignore").read_text().split()
    assert ignore[0] == "*"
    sent = {line[1:] for line in ignore if line.startswith("!")}
    copied: set[str] = set()
    for instruction in dockerfile:
        if instruction[0] == "COPY" and not instruction[1].startswith("--from"):
            copied |= set(instruction[1:-1])
    for name in copied:
        assert (ROOT / name).exists(), name
        assert any(fnmatch(name, pattern) or name.startswith(f"{pattern}/") for pattern in sent), (
            name
        )


def test_every_application_is_in_the_images(dockerfile: list[list[str]], settings: Any) -> None:
    ours = {name for name in settings.INSTALLED_APPS if (ROOT / name).is_dir()}
    copied = {w for i in dockerfile if i[0] == "COPY" for w in i[1:-1]}
    assert {"catalog", "users", "orders", "recommender"} <= ours
    assert ours | {"recsite", "templates", "static", "locale"} <= copied
