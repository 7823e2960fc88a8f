"""The web site for WSGI servers."""

import os

from django.core.wsgi import get_wsgi_application

from recsite.telemetry import watch_web

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recsite.settings.embedded")
watch_web()
application = get_wsgi_application()
