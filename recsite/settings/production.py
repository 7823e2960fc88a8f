"""Several machines: PostgreSQL, Redis, TLS in front. Secrets come from the environment only."""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

from recsite.mail_server import hosts_are_named
from recsite.settings.base import *  # noqa: F403
from recsite.settings.base import DATABASE_URL, EMAIL_URL, LOGGING, REDIS_URL, env_flag


def required(name: str) -> str:
    """An environment variable without which the site must not start."""
    try:
        return os.environ[name]
    except KeyError:
        raise ImproperlyConfigured(
            f"the production settings need the environment variable {name}"
        ) from None


SECRET_KEY = required("SECRET_KEY")
ALLOWED_HOSTS = required("ALLOWED_HOSTS").split(",")
# ".example.com" among the hosts means every name below it, which an origin writes with a star.
CSRF_TRUSTED_ORIGINS = [
    f"https://{'*' if host.startswith('.') else ''}{host}" for host in ALLOWED_HOSTS if host != "*"
]
if not DATABASE_URL:
    required("DATABASE_URL")
if not REDIS_URL:
    required("REDIS_URL")

# Links in mails that nobody gets would leave people waiting.
PASSWORD_RESET_BY_MAIL = bool(EMAIL_URL)
if EMAIL_URL:
    hosts_are_named(ALLOWED_HOSTS)
DEFAULT_FROM_EMAIL = os.environ.get("MAIL_FROM") or f"no-reply@{ALLOWED_HOSTS[0].lstrip('.*')}"

LOG_FORMAT = os.environ.get("LOG_FORMAT", "json")
LOGGING["handlers"]["stderr"]["formatter"] = LOG_FORMAT

#: One proxy ends TLS.
PROXIES_IN_FRONT = int(os.environ.get("PROXIES_IN_FRONT", "1"))
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env_flag("SECURE_SSL_REDIRECT", True)
# Health checks come from inside, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_HSTS_SECONDS = int(os.environ.get("SECURE_HSTS_SECONDS", str(365 * 24 * 3600)))
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
os.environ.setdefault("HF_HUB_OFFLINE", "1")
