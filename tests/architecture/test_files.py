"""How the files are cut: small, and named by the job they do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES_AT_MOST = 400
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "misc", "common"}
PACKAGES = ("recsite", "catalog", "users", "orders", "kg", "recommender", "tests")


def source_files() -> list[Path]:
    """Python files of the project, without what Django generates."""
    found = [
        path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts
    ]
    assert len(found) > 50
    return found


def test_no_source_file_is_too_long_to_hold_in_the_head() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in source_files()
    }
    assert not {name: n for name, n in lengths.items() if n > LINES_AT_MOST}


def test_no_file_or_folder_is_named_by_nothing() -> None:
    names = {
        str(path.relative_to(ROOT))
        for path in source_files()
        if NAMES_THAT_SAY_NOTHING & {path.stem, *path.relative_to(ROOT).parts[:-1]}
    }
    assert not names


def test_every_folder_of_python_files_is_a_package() -> None:
    folders = {path.parent for path in source_files()}
    assert not {
        str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").exists()
    }


def test_every_application_has_a_dated_place_in_the_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert "\n## Unreleased\n" in text or "\n## 0." in text


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")
@pytest.mark.parametrize(
    "name", ["demo-credentials.json", ".env", "var/db.sqlite3", "var/secret-key", ".venv/x"]
)
def test_git_ignores_what_the_demo_leaves(name: str) -> None:
    asked = subprocess.run(
        ["git", "check-ignore", "--quiet", name], cwd=ROOT, timeout=30, check=False
    )
    assert asked.returncode == 0
