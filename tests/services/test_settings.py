"""The two ways to run, told apart by the environment alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {
    "DATABASE_URL", "REDIS_URL", "BROKER_URL", "SECRET_KEY", "ALLOWED_HOSTS", "RECSITE_VAR",
    "RECSITE_TEST_OWNER", "PYTEST_XDIST_WORKER", "DJANGO_SETTINGS_MODULE",
    # Playwright's tests set it, and Django rightly refuses it in deployment.
    "DJANGO_ALLOW_ASYNC_UNSAFE",
}  # fmt: skip
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "recsite.settings.production",
    "SECRET_KEY": "u6f0-Zr2lq8Vb3n1xWkYc7TqPz9sGdEo5mHhJtRiLaNwXvBpQe",
    "ALLOWED_HOSTS": "shop.example.com,www.example.com",
    "DATABASE_URL": "postgres://somebody:word@db.example.com:5433/shop",
    "REDIS_URL": "redis://:word@redis.example.com:6380/0",
}
SHOW = """
import json
from django.conf import settings
print(json.dumps({
    "engine": settings.DATABASES["default"]["ENGINE"],
    "database": str(settings.DATABASES["default"]["NAME"]),
    "port": settings.DATABASES["default"].get("PORT"),
    "cache": settings.CACHES["default"]["BACKEND"],
    "location": str(settings.CACHES["default"]["LOCATION"]),
    "broker": settings.CELERY_BROKER_URL,
    "hosts": settings.ALLOWED_HOSTS,
    "key": settings.SECRET_KEY,
    "debug": settings.DEBUG,
    "secure": [getattr(settings, n) for n in (
        "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")],
}))
"""


def python(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the project's folder with only these of our variables set."""
    kept = {k: v for k, v in os.environ.items() if k not in OURS}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT, env={**kept, "RECSITE_VAR": str(tmp_path), **environment},
        capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip


def shown(tmp_path: Path, **environment: str) -> dict[str, object]:
    done = python(tmp_path, "-c", SHOW, **environment)
    assert done.returncode == 0, done.stderr
    values: dict[str, object] = json.loads(done.stdout)
    return values


def test_embedded_needs_no_service(tmp_path: Path) -> None:
    values = shown(tmp_path, DJANGO_SETTINGS_MODULE="recsite.settings.embedded")
    assert values["engine"] == "django.db.backends.sqlite3"
    assert values["database"] == str(tmp_path / "db.sqlite3")
    assert values["broker"] == "filesystem://"
    assert values["cache"] == "recsite.file_cache.FileCache"
    assert values["debug"] is False


def test_one_variable_each_brings_postgresql_and_redis(tmp_path: Path) -> None:
    values = shown(
        tmp_path,
        DJANGO_SETTINGS_MODULE="recsite.settings.embedded",
        DATABASE_URL="postgres://a:b@db:5433/shop",
        REDIS_URL="redis://cache:6380/4",
    )
    assert values["engine"] == "django.db.backends.postgresql"
    assert (values["database"], values["port"]) == ("shop", 5433)
    assert values["broker"] == "redis://cache:6380/4"
    assert str(values["cache"]).endswith("RedisCache")


def test_another_broker_may_stand_beside_redis(tmp_path: Path) -> None:
    values = shown(tmp_path, **PRODUCTION, BROKER_URL="amqp://rabbit:5672//")
    assert values["broker"] == "amqp://rabbit:5672//"
    assert values["location"] == PRODUCTION["REDIS_URL"]


def test_embedded_makes_its_secret_key_once_and_keeps_it_private(tmp_path: Path) -> None:
    first = shown(tmp_path, DJANGO_SETTINGS_MODULE="recsite.settings.embedded")
    second = shown(tmp_path, DJANGO_SETTINGS_MODULE="recsite.settings.embedded")
    other = shown(tmp_path / "other", DJANGO_SETTINGS_MODULE="recsite.settings.embedded")
    assert first["key"] == second["key"] != other["key"]
    assert len(str(first["key"])) >= 50
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


def test_production_is_for_tls_and_the_named_hosts(tmp_path: Path) -> None:
    values = shown(tmp_path, **PRODUCTION)
    assert values["hosts"] == ["shop.example.com", "www.example.com"]
    assert values["secure"] == [True, True, True]
    assert values["debug"] is False


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"])
def test_production_does_not_start_without(name: str, tmp_path: Path) -> None:
    environment = {key: value for key, value in PRODUCTION.items() if key != name}
    done = python(tmp_path, "manage.py", "check", **environment)
    assert done.returncode != 0
    assert f"need the environment variable {name}" in done.stderr


def test_the_deployment_check_has_nothing_to_say(tmp_path: Path) -> None:
    done = python(
        tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION
    )
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_static_files_get_names_by_content_in_production(tmp_path: Path) -> None:
    done = python(tmp_path, "manage.py", "collectstatic", "--no-input", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "static" / "staticfiles.json").read_text())
    assert manifest["paths"]
    named = {
        source: target for source, target in manifest["paths"].items() if not source.startswith(".")
    }
    assert all((tmp_path / "static" / target).is_file() for target in named.values())
    assert any(target != source for source, target in named.items())


def test_the_tables_match_the_migrations(tmp_path: Path) -> None:
    done = python(
        tmp_path, "manage.py", "makemigrations", "--check", "--dry-run",
        DJANGO_SETTINGS_MODULE="recsite.settings.embedded",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
