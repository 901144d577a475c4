# make demo   the whole job on the simulated company that a clone carries
# make test   the tests          make check   lint, types, arrows, notebooks
# make test-page   the page in a real browser, on the demo, the loan funnel and Maven (needs chromium)
# make bench DATA=DIR   Leadcast beside its peers on the four published data sets (docs/quality.md)
# make bench-service   the service under load, beside an echo, the bare model and MLflow's server (needs wrk)
# make bench-forecast DATA=DIR   its curves and forecasts beside their peers on past weeks     make bench-forecast-speed
# make bench-page   how soon the page's first views are there, with 10,000 and 50,000 open deals (needs chromium)
# The environment .venv is made from the lock on the first run and reused until the lock changes.

SHELL := /bin/bash
PYTHON ?= $(shell for p in python3.11 python3 python; do \
	$$p -c 'import sys, venv; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && echo $$p && break; done)
RUN := .venv/bin/python
CI_ONLY := $(if $(CI),--durations=15,)
DATA ?=

.PHONY: demo test test-long test-page check bench bench-service bench-forecast bench-forecast-speed bench-page notebooks lock clean

demo: .venv/run.stamp
	@$(RUN) -m leadcast demo $(if $(DATA),--workspace $(or $(WORKSPACE),examples/loan-funnel) --data $(DATA),)

# Two processes share the files of tests; each library within them has one thread, or they would stand in each other's way.
test: .venv/dev.stamp
	@OMP_NUM_THREADS=1 $(RUN) -m pytest -m "not long and not page" -n 2 --dist loadfile $(CI_ONLY) $(ARGS)

test-long: .venv/dev.stamp
	@$(RUN) -m pytest -m long --timeout=3600 $(ARGS)

# Workspaces that the demos have left trained are taken as they are.
test-page: .venv/dev.stamp
	@OMP_NUM_THREADS=1 $(RUN) -m pytest tests/page -m page $(CI_ONLY) $(ARGS)

check: .venv/dev.stamp
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@$(RUN) -m pytest tests/test_house.py
	@$(RUN) -m pip check
	@$(MAKE) --no-print-directory notebooks

# PEERS_PYTHON names an interpreter that has further peers (CatBoost, AutoGluon); ARGS=--write rewrites docs/quality.md.
bench: .venv/dev.stamp
	@[ -n "$(DATA)" ] || { echo "Say where the data lie: make bench DATA=DIR (docs/quality.md names the four sets)." >&2; exit 2; }
	@$(RUN) -m benchmarks.quality --data $(DATA) $(if $(PEERS_PYTHON),--peers-python $(PEERS_PYTHON),) $(ARGS)

# The loan funnel, or another workspace: ARGS="--workspace examples/olist".
bench-forecast: .venv/dev.stamp
	@[ -n "$(DATA)" ] || { echo "Say where the workspace's data lie: make bench-forecast DATA=DIR (the loan funnel's, unless ARGS names another)." >&2; exit 2; }
	@$(RUN) -m benchmarks.forecast_peers --data $(DATA) $(ARGS)

bench-forecast-speed: .venv/dev.stamp
	@$(RUN) -m benchmarks.forecast_speed $(ARGS)

bench-service: .venv/dev.stamp
	@command -v wrk >/dev/null || { echo "The load is made by wrk, which is not here (Debian: apt-get install wrk)." >&2; exit 2; }
	@$(RUN) -m benchmarks.service $(ARGS)

bench-page: .venv/dev.stamp
	@$(RUN) -m benchmarks.page_speed $(ARGS)

notebooks: .venv/dev.stamp
	@$(RUN) notebooks/execute.py

# The two stamps: what a user needs, and what a developer needs on top (the same versions).
.venv/run.stamp: requirements.lock pyproject.toml
	@$(MAKE) -s --no-print-directory .venv/bin/python
	@if [ -e .venv/dev.stamp ] && [ .venv/dev.stamp -nt requirements-dev.lock ] && [ .venv/dev.stamp -nt pyproject.toml ]; then :; \
	else $(call install,requirements.lock); fi
	@touch $@

.venv/dev.stamp: requirements-dev.lock pyproject.toml
	@$(MAKE) -s --no-print-directory .venv/bin/python
	@$(call install,requirements-dev.lock)
	@touch $@

.venv/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "Leadcast needs Python 3.11 with venv, and found none (looked for python3.11, python3, python). \
	Install it (Debian: apt-get install python3.11 python3.11-venv) or name it: make PYTHON=/path/to/python3.11 ..." >&2; exit 2; }
	@$(PYTHON) -c "import ctypes, sys; sys.platform == 'linux' and ctypes.CDLL('libgomp.so.1')" 2>/dev/null || { \
	echo "LightGBM needs the system library libgomp1, which is not here. Install it (Debian, Ubuntu: apt-get install libgomp1; Fedora: dnf install libgomp) and try again." >&2; exit 2; }
	@$(PYTHON) -m venv .venv

define install
echo "Making the environment in .venv from $(1) (a minute or two, once) ..." && \
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1) && \
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endef

# Needs uv. Versions and hashes only: no addresses.
LOCK = uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml
lock:
	$(LOCK) --group build -o requirements.lock
	$(LOCK) --group build --extra postgres -c requirements.lock -o requirements-postgres.lock
	$(LOCK) --group build --group dev --extra postgres -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache demo *.egg-info
