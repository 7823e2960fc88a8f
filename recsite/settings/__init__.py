"""Settings, chosen by DJANGO_SETTINGS_MODULE: embedded (the default), production, test."""
