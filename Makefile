# make run [PORT=5580] [KEEP=1]   the local stack      make test    the tests but the slow ones
# make reset                      forget its data      make check   lint, types, template, build, then the tests
# make fuzz [SEED=1]              the properties, with ten times as many examples, and others each time
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
PORT ?=
KEEP ?=
ARGS ?=
SEED ?=
export PORT KEEP SEED
export PIP_DISABLE_PIP_VERSION_CHECK := 1

VENV := .venv/bin/python
SAM := .local/sam/bin/sam
REQUIREMENTS := pyproject.toml layers/dependencies/requirements.txt

.PHONY: help setup run reset test fuzz check lint types build openapi

help:
	@sed -n 's/^# //p' Makefile | head -3

setup: .venv/dev.stamp

run: .venv/local.stamp
	@exec $(VENV) -m daybook_local

reset:
	@PYTHONPATH=local $(PYTHON) -m daybook_local.reset

test: .venv/dev.stamp
	$(VENV) -m pytest -m "not slow" -n 2 $(ARGS)

fuzz: .venv/dev.stamp
	@seed="$${SEED:-$$RANDOM$$RANDOM}"; echo "To repeat it: make fuzz SEED=$$seed"; \
	$(VENV) -m pytest -m "hypothesis and not slow" -n 2 --hypothesis-profile=fuzz --hypothesis-seed="$$seed" $(ARGS) || \
	{ echo "To repeat it: make fuzz SEED=$$seed"; exit 1; }

check: lint types build test

lint: .venv/dev.stamp
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .
	.venv/bin/lint-imports

types: .venv/dev.stamp
	$(VENV) -m mypy --explicit-package-bases layers/daybook/python cli local infra layers/dependencies functions tests benchmarks tools

# sam build calls make again: this one's flags are not for it.
build: .venv/dev.stamp .local/sam/stamp
	$(VENV) -m tools.openapi --check
	unset MAKEFLAGS MFLAGS MAKELEVEL; export SAM_CLI_TELEMETRY=0 PYTHON="$(CURDIR)/$(VENV)"; \
	$(SAM) validate --lint && $(SAM) build

.venv/local.stamp: $(REQUIREMENTS) | .venv/created.stamp
	@echo "Installing what the local stack needs (about a minute, once) ..."
	@$(VENV) -m pip install -e '.[local]'
	@touch $@

.venv/dev.stamp: $(REQUIREMENTS) | .venv/created.stamp
	@echo "Installing what development needs (a minute or two, once) ..."
	@$(VENV) -m pip install -e '.[dev]'
	@touch $@ .venv/local.stamp

openapi: .venv/dev.stamp
	$(VENV) -m tools.openapi

# SAM's pins conflict with ours, hence an environment of its own.
.local/sam/stamp:
	@$(call need_python)
	@echo "Installing the SAM command line (about a minute, once) ..."
	@$(PYTHON) -m venv --clear .local/sam
	@.local/sam/bin/python -m pip install --quiet aws-sam-cli==1.170.0
	@touch $@

.venv/created.stamp:
	@$(call need_python)
	@$(PYTHON) -m venv --clear .venv
	@touch $@

define need_python
command -v "$(PYTHON)" > /dev/null || \
  { echo "Python 3.11 or newer is needed, and there is no '$(PYTHON)'. Install it, or name yours: make run PYTHON=python3.13"; exit 1; }; \
"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
  { echo "Python 3.11 or newer is needed, and '$(PYTHON)' is $$("$(PYTHON)" --version 2>&1). Name a newer one: make run PYTHON=python3.13"; exit 1; }; \
"$(PYTHON)" -c 'import ensurepip, venv' 2> /dev/null || \
  { echo "'$(PYTHON)' cannot make virtual environments. On Debian: apt-get install python3-venv"; exit 1; }
endef
