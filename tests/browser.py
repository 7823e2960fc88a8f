"""Where the real browser of the journey tests is, and what happens where there is none."""

from __future__ import annotations

import os
import shutil
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium_path() -> str:
    """The browser's program. Without one the test is left out, but in CI it fails."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is not None:
        return found
    reason = "no Chromium in the path (Debian: apt-get install chromium)"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def settle(page: Any) -> None:
    """Wait until htmx has taken in what it put into the page.

    It listens to new elements some milliseconds after they can be seen: nobody's hand is that
    fast, but a test's is.
    """
    busy = ".htmx-request, .htmx-swapping, .htmx-added, .htmx-settling"
    page.wait_for_function("busy => !document.querySelector(busy)", arg=busy)
