"""Finished parts of a long benchmark, kept in a folder so that a stopped run goes on from there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import recommender

#: What the measured code lies in: parts of another state of it are not mixed with new ones.
CODE = ("candidates", "ranking", "learning", "benchmarks", "features")


def code_checksum() -> str:
    """One checksum of all that a model is made by."""
    root = Path(recommender.__file__).parent
    digest = hashlib.sha256()
    for folder in CODE:
        for path in sorted((root / folder).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def checksum_of(parts: Iterable[bytes]) -> str:
    """One checksum of several pieces."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


class KeptParts:
    """A folder of JSON files, one a part, and a manifest that says what they belong to.

    Without a folder nothing is kept. Raises ValueError where the folder holds another run's parts.
    """

    def __init__(self, folder: Path | None, belongs_to: Mapping[str, Any]):
        self.folder = folder
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        manifest = folder / "run.json"
        wanted = json.loads(json.dumps(belongs_to, sort_keys=True, default=str))
        if not manifest.exists():
            manifest.write_text(json.dumps(wanted, indent=1))
        elif (found := json.loads(manifest.read_text())) != wanted:
            names = sorted(
                name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)
            )
            raise ValueError(
                f"{folder} keeps parts of a run with other {', '.join(names)}: "
                "name another folder or empty it"
            )

    def part(self, name: str, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The kept part, or what ``measure`` returns, which is then kept."""
        if self.folder is None:
            return measure()
        path = self.folder / f"{name}.json"
        if path.exists():
            kept: dict[str, Any] = json.loads(path.read_text())
            return kept
        measured = measure()
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(measured))
        partial.replace(path)
        return measured
