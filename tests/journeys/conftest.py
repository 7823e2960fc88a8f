"""A real browser on a live server. A page that logs an error to its console fails its test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser import ARGUMENTS, chromium_path

# Playwright's synchronous interface runs inside an event loop of its own; the tests beside it do
# use the database, and nothing of it is asynchronous.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One browser for all journeys."""
    path = os.environ.get("CHROMIUM") or chromium_path()
    playwright_api = pytest.importorskip("playwright.sync_api")
    with playwright_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture
def visit(browser, live_server) -> Iterator[Callable[..., Any]]:
    """Opens a page as a new visitor; options are those of a browser context."""
    contexts: list[Any] = []
    errors: list[str] = []

    def start(**options: Any) -> Any:
        settings = {"viewport": DESKTOP, "locale": "en-GB", **options}
        context = browser.new_context(base_url=live_server.url, **settings)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda message: errors.append(message.text) if message.type == "error" else None,
        )
        page.errors = errors
        return page

    yield start
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(visit) -> Any:
    """A page at a desk."""
    return visit()


@pytest.fixture
def phone(visit) -> Any:
    """A page on a phone."""
    return visit(viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)
