# Everything runs from the checkout, in .venv/. `make` lists the targets.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
PYTHON ?= python3
BIN := .venv/bin
PACKAGES := bot core patreon storage web cogs imaging markup sandbox tests benchmarks
export PIP_DISABLE_PIP_VERSION_CHECK ?= 1

.PHONY: help demo test check-format lint types imports pytest proof bench screenshots lock format docker-lint clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

demo: .venv/.runtime ## the bot against local stand-ins; prints one address
	$(BIN)/python -m bot demo

test: check-format lint types imports docker-lint pytest ## formatting, lint, types, import contracts, all tests

check-format: .venv/.dev
	$(BIN)/ruff format --check -q $(PACKAGES)

lint: .venv/.dev
	$(BIN)/ruff check -q $(PACKAGES)

types: .venv/.dev
	$(BIN)/mypy

imports: .venv/.dev
	$(BIN)/lint-imports --no-logo

docker-lint: .venv/.dev
	$(BIN)/hadolint Dockerfile

pytest: .venv/.dev
	$(BIN)/pytest -n 4 -m "not proof"

proof: .venv/.dev ## the matrices that `make test` samples, whole
	$(BIN)/pytest -n 4 -m proof

bench: .venv/.dev ## every figure of benchmarks/, one JSON line each
	@for script in benchmarks/[a-z]*.py; do $(BIN)/python -m benchmarks.$$(basename $$script .py) || exit 1; done

screenshots: .venv/.dev ## the README's pictures, taken from the demo in Chromium
	$(BIN)/python docs/screenshots.py

format: .venv/.dev ## format and mend what a tool can mend
	$(BIN)/ruff check -q --fix $(PACKAGES); $(BIN)/ruff format -q $(PACKAGES)

lock: .venv/.dev ## write the lock files anew from pyproject.toml
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header --group dev pyproject.toml -o requirements-dev.lock

clean: ## remove the environment and every cache
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: install it, or name it with make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "Python's venv module is missing: on Debian or Ubuntu run 'apt install python3-venv', then try again"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.runtime: requirements.lock | .venv/bin/python
	$(BIN)/python -m pip install -q --require-hashes -r requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock | .venv/bin/python
	$(BIN)/python -m pip install -q --require-hashes -r requirements-dev.lock
	@touch .venv/.runtime $@
