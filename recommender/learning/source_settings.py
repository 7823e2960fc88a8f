"""Which parameters the sources are fitted with in place of their defaults: one file of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from recommender.candidates.search_space import ParameterError, parameters_checked


def source_settings_path() -> Path:
    """The file that every training reads; it need not exist."""
    return Path(settings.MODEL_DIR) / "source-settings.json"


def source_settings_read(path: Path) -> dict[str, dict[str, Any]]:
    """Parameters by source, checked against what the sources allow; empty without a file.

    Raises:
        ParameterError: the file is no JSON of this form, or a parameter is outside its bounds.
    """
    if not path.exists():
        return {}
    try:
        stored = json.loads(path.read_text())
        return {
            name: parameters_checked(name, entry["parameters"]) for name, entry in stored.items()
        }
    except ParameterError as error:
        raise ParameterError(f"{path.name}: {error}") from error
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise ParameterError(f"{path.name} cannot be read: {error!r}") from error


def source_settings_use(
    path: Path, *, source: str, parameters: Mapping[str, Any], why: Mapping[str, Any]
) -> None:
    """Have the source fitted with these parameters from now on; ``why`` is kept beside them.

    Raises:
        ParameterError: a parameter is outside its bounds, or the file cannot be read.
    """
    source_settings_read(path)
    stored = json.loads(path.read_text()) if path.exists() else {}
    stored[source] = {"parameters": parameters_checked(source, parameters), "why": dict(why)}
    _write(path, stored)


def source_settings_forget(path: Path, *, source: str) -> bool:
    """Go back to the source's defaults; says whether there was anything to forget."""
    stored = json.loads(path.read_text()) if path.exists() else {}
    known = stored.pop(source, None) is not None
    if known:
        _write(path, stored)
    return known


def _write(path: Path, stored: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(stored, indent=1, sort_keys=True) + "\n")
    partial.replace(path)
