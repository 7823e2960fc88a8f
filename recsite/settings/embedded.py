"""One machine, nothing to install but Python packages. The default."""

from __future__ import annotations

import os

from django.core.management.utils import get_random_secret_key

from recsite.mail_server import hosts_are_named
from recsite.settings.base import *  # noqa: F403
from recsite.settings.base import EMAIL_URL, VAR_DIR

_secret_file = VAR_DIR / "secret-key"
if "SECRET_KEY" in os.environ:
    SECRET_KEY = os.environ["SECRET_KEY"]
else:
    if not _secret_file.exists():
        _secret_file.touch(mode=0o600)
        _secret_file.write_text(get_random_secret_key())
    SECRET_KEY = _secret_file.read_text()

# A machine's own address is not known beforehand; the site carries no secrets of others.
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "*").split(",")
if EMAIL_URL:
    hosts_are_named(ALLOWED_HOSTS)
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
os.environ.setdefault("HF_HUB_OFFLINE", "1")
