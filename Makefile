# Waybill. `make help` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 3
# A file's tests share servers and stay together; files begin in the order of their tests.
TOGETHER = -n $(WORKERS) --dist loadfile --no-loadscope-reorder
MEMBERS := libs/contracts libs/chassis services/orders services/carrier-adapter services/deadline-watcher services/notifier libs/sandbox
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
export PATH := $(CURDIR)/$(BIN):$(PATH)

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

setup: $(VENV)/.ready ## set everything up in .venv (done by the other commands)

$(VENV)/.ready: requirements/dev.txt requirements/uv.txt $(addsuffix /pyproject.toml,$(MEMBERS))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Waybill needs Python 3.11 or newer: set PYTHON=/path/to/it"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv is missing: install the package python3-venv (Debian, Ubuntu), then run make again"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(BIN)/uv pip sync -q --require-hashes requirements/dev.txt
	@$(BIN)/uv pip install -q --no-deps --no-build-isolation $(addprefix -e ,$(MEMBERS))
	@touch $@

demo: setup ## play three weeks of a marketplace through the whole system
	@python -m sandbox demo

up: setup ## run the whole system in real time, until Ctrl-C
	@python -m sandbox up

test: setup ## every test, on real servers
	@python -m pytest $(TOGETHER)

test-unit: setup ## the pure core, in seconds
	@python -m pytest tests/unit

test-service: setup ## one service with its real PostgreSQL
	@python -m pytest $(TOGETHER) tests/service

test-system: setup ## real NATS, PostgreSQL and processes; faults
	@python -m pytest tests/system

races: setup ## 10,000 real races between scans, deadlines and commands; JSON lines
	@RACES=10000 python -m pytest -q -s tests/service/orders/test_races.py

fuzz-api: setup ## thousands of requests made up after the API's document; JSON lines
	@FUZZ=120 python -m pytest -q -s tests/service/orders/test_schema.py

fuzz: setup ## a million made-up pushes for each parser, and as many for each signature
	@FUZZ_INPUTS=1000000 FUZZ_SEED=$$(date +%s) python -m pytest -q --timeout=0 -n $$(nproc) tests/unit/carrier_adapter/test_any_feed.py

lint: setup ## style and types
	@ruff check .
	@ruff format --check .
	@mypy libs services tests bench deploy

format: setup ## format the code
	@ruff check --fix -q .
	@ruff format -q .

bench: setup ## the benchmarks; JSON lines
	@python -m bench

docs: setup ## what is generated: the lifecycle's chart, the AsyncAPI documents, the schema of mapping files
	@carrier-adapter mapping-schema > docs/mapping-file.schema.json
	@python -m orders.life.chart > docs/lifecycle.md
	@for service in orders carrier-adapter deadline-watcher notifier; do $$service asyncapi > docs/messages/$$service.json; done

env: setup ## make .env and the NATS configuration that docker compose needs; adds what is missing, changes no secret
	@python deploy/make_env.py

compose-smoke: ## build and start the deployment, and follow one order through it
	@$(PYTHON) deploy/compose_smoke.py

lock: ## pin every dependency with its hashes
	@uv lock -q
	@uv export -q --frozen --no-emit-workspace --no-annotate --all-packages --all-groups -o requirements/dev.txt
	@for service in orders carrier-adapter deadline-watcher notifier chassis; do \
	  uv export -q --frozen --no-emit-workspace --no-annotate --no-dev --package $$service -o requirements/$$service.txt; done
	@uv pip freeze | grep '^uv==' | uv pip compile -q --no-annotate --no-header --universal --python-version 3.11 --generate-hashes - -o requirements/uv.txt
	@sed -i '/^#/d;/^--index-url/d;/^--extra-index-url/d' requirements/*.txt
	@rm -f uv.lock

.PHONY: help setup demo up test test-unit test-service test-system races fuzz-api lint format bench docs env compose-smoke lock
