"""The Celery application: which queue a task goes to, and what beat does when.

The web process knows tasks by name only; ``recsite.worker`` is the same application with the
tasks loaded.
"""

from __future__ import annotations

import os

from celery import Celery
from celery.schedules import crontab
from django.conf import settings

from recsite import file_transport

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recsite.settings.embedded")

#: A vector follows its upload within a minute, even where the order for it was lost.
MEDIA_SWEEP_SECONDS = 20.0
#: How often it is looked whether learning is due; the plan in the admin says when it is.
LEARNING_LOOK_SECONDS = 15.0

#: A model that shoppers like less is replaced within minutes of the proof.
WATCH_SECONDS = 120.0

file_transport.register()
app = Celery("recsite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_default_queue = "scoring"
app.conf.task_routes = {
    "recommender.slates_score": {"queue": "scoring"},
    "recommender.slates_refresh": {"queue": "scoring"},
    "recommender.search_by_meaning": {"queue": "scoring"},
    "recommender.search_by_picture": {"queue": "scoring"},
    "recommender.text_sample": {"queue": "explain"},
    "recommender.media_encode": {"queue": "ingest"},
    "recommender.media_sweep": {"queue": "ingest"},
    # Where nobody waits, and where no training holds it up.
    "recommender.slates_rerank": {"queue": "ingest"},
    "recommender.slates_explain": {"queue": "explain"},
    "recommender.rerank_gate": {"queue": "training"},
    "recommender.learn": {"queue": "training"},
    "recommender.opinions_judge": {"queue": "ingest"},
    "recommender.grow": {"queue": "ingest"},
    "recommender.shadow_score": {"queue": "ingest"},
    "recommender.models_watch": {"queue": "ingest"},
    "recommender.traces_prune": {"queue": "training"},
    "kg.project": {"queue": "training"},
    "kg.reconcile": {"queue": "training"},
    "kg.extract": {"queue": "ingest"},
}
#: Every queue that has a task.
QUEUES = tuple(dict.fromkeys(route["queue"] for route in app.conf.task_routes.values()))
app.conf.beat_schedule = {
    "learn where it is due": {
        "task": "recommender.learn",
        "schedule": LEARNING_LOOK_SECONDS,
        # A second order while the first waits would only find nothing to do.
        "options": {"expires": LEARNING_LOOK_SECONDS},
    },
    "judge the reviews that wait": {
        "task": "recommender.opinions_judge",
        "schedule": 120.0,
        "options": {"expires": 120.0},
    },
    "make new products known": {
        "task": "recommender.grow",
        "schedule": float(settings.GROWTH_INTERVAL_SECONDS),
        "options": {"expires": float(settings.GROWTH_INTERVAL_SECONDS)},
    },
    "watch what live traffic says of models": {
        "task": "recommender.models_watch",
        "schedule": WATCH_SECONDS,
        "options": {"expires": WATCH_SECONDS},
    },
    "project what waits for the graph": {
        "task": "kg.project",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
    "reconcile the graph": {"task": "kg.reconcile", "schedule": crontab(hour=3, minute=15)},
    "encode pictures and sounds that were missed": {
        "task": "recommender.media_sweep",
        "schedule": MEDIA_SWEEP_SECONDS,
        "options": {"expires": MEDIA_SWEEP_SECONDS},
    },
    "learn whom reranking helps": {
        "task": "recommender.rerank_gate",
        "schedule": crontab(hour=4, minute=10),
    },
    "drop old traces": {"task": "recommender.traces_prune", "schedule": 24 * 3600.0},
}
