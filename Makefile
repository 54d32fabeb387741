# Waypost's verbs. Each prints its own meaning in `make help`, from the comment beside it.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     ?= uv
MEMBERS := libs/rules libs/wire libs/qr libs/facts libs/runtime services/redirect services/control services/analytics
EDITABLE := $(foreach member,$(MEMBERS),-e $(member))
MANIFESTS := $(foreach member,$(MEMBERS),$(member)/pyproject.toml)
LOCAL := waypost $(foreach name,rules wire qr facts runtime redirect control analytics,waypost-$(name))
COMPILE := $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-strip-extras --no-emit-index-url --no-header $(foreach name,$(LOCAL),--no-emit-package $(name))
PYTEST_ARGS ?=

# Images for containers often set this; every process would then compile a thousand modules at each start.
unexport PYTHONDONTWRITEBYTECODE

##@ Use

run: $(VENV)/.ready ## start everything on this machine; Ctrl-C stops it
	@exec $(BIN)/python -m waypost.runtime

##@ Develop

setup: $(VENV)/.ready-dev ## make .venv from the hash-pinned locks

test: $(VENV)/.ready-dev ## run every test: first as many as there are cores, then two at a time those that start processes
	$(BIN)/python -m pytest -n auto -m "not system and not fault" $(PYTEST_ARGS)
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "system or fault" $(PYTEST_ARGS)

check: $(VENV)/.ready-dev ## ruff, mypy --strict, import contracts, tidy tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/tidy

fmt: $(VENV)/.ready-dev ## let ruff format and mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.ready-dev ## run the benchmarks and write docs/benchmarks.md
	$(BIN)/python -m tests.bench

fault: $(VENV)/.ready-dev ## fault tests in their long form
	WAYPOST_FAULT=full $(BIN)/python -m pytest -m fault $(PYTEST_ARGS)

branches: $(VENV)/.ready-dev ## run the tests of the rules, which must reach every branch of them
	$(BIN)/python -m pytest -q tests/rules --cov=waypost.rules --cov-branch --cov-report=term-missing --cov-fail-under=100

docs: $(VENV)/.ready-dev ## write the pages that are made from code anew
	$(BIN)/python -m tests.tidy.settings_page
	$(BIN)/python -m tests.contract.compatibility_page

lock: ## write requirements*.lock anew (needs uv)
	$(COMPILE) -o requirements.lock
	$(COMPILE) --group dev -c requirements.lock -o requirements-dev.lock

clean: ## remove the virtual environment and caches (not the data in ./var)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

##@ Help

help: ## list the verbs
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} \
		/^[a-zA-Z_-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "waypost: needs Python 3.11 or newer; $$($(PYTHON) --version) found (set PYTHON=…)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: requirements.lock $(MANIFESTS) | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --no-index $(EDITABLE)
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.PHONY: run setup test check fmt bench fault branches docs lock clean help
