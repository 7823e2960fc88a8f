"""Published protocols and the measurements of the running shop, behind ``manage.py benchmark``."""
