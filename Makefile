# make run [PORT=5580] [KEEP=1]   the local stack      make test    the tests but the slow ones
# make reset                      forget its data      make check   lint, types, template, build, then the tests
# make console                    the console, built at each change, in front of a running stack
# make browser                    the console in Chromium, on a local stack; pictures of it in .local/screenshots
# make slow                       the slow tests       make fuzz    random input and properties with other examples [SEED=1]
# make soak [SOAK_SECONDS=600]    load on the local stack, with functions that are killed [SEED=1]
# make mutants MODULE=daybook.search.plan [TESTS=...] [SEED=1] [COUNT=50]   changes that no test notices
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV ?= .venv
PORT ?=
KEEP ?=
ARGS ?=
SEED ?=
SOAK_SECONDS ?= 600
FUZZ_SECONDS ?= 300
MODULE ?=
TESTS ?=
COUNT ?=
export PORT KEEP SEED
export PIP_DISABLE_PIP_VERSION_CHECK := 1

BIN := $(VENV)/bin
SAM := .local/sam/bin/sam
# What is cached is cached here, and no newer version is looked for.
DENO := cd console && DENO_DIR="$(abspath .local/deno)" DENO_NO_UPDATE_CHECK=1 "$(abspath $(BIN))/deno"
ASSETS := functions/console/assets/manifest.json
CONSOLE := $(shell find console -type f -not -path 'console/node_modules/*' -not -name schema.d.ts) docs/openapi.json
export CHROMIUM ?= /usr/bin/chromium
REQUIREMENTS := pyproject.toml layers/dependencies/requirements.txt

.PHONY: help setup run assets console console-check browser reset test unit slow fuzz soak mutants check lint types build openapi

help:
	@sed -n 's/^# //p' Makefile | head -7

setup: $(VENV)/dev.stamp

run: $(VENV)/local.stamp $(ASSETS)
	@exec $(BIN)/python -m daybook_local

assets: $(ASSETS)

console: $(VENV)/local.stamp
	@$(DENO) task dev

$(ASSETS): $(CONSOLE) | $(VENV)/local.stamp
	@echo "Building the console ..."
	@$(DENO) task --quiet build

reset:
	@PYTHONPATH=local $(PYTHON) -m daybook_local.reset

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -m "not slow and not console" -n 2 $(ARGS)

# One stack and one browser, hence one process.
browser: $(VENV)/dev.stamp $(ASSETS)
	$(BIN)/python -m pytest tests/console -m console $(ARGS)

unit: $(VENV)/dev.stamp
	$(BIN)/python -m pytest tests/unit -m "not slow" -n 2 $(ARGS)

# The tests that share a local stack are for one process.
slow: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -m "slow and not exhaustive" -n 2 --dist loadscope $(ARGS)

fuzz: $(VENV)/dev.stamp
	@export FUZZ_SECONDS=$(FUZZ_SECONDS) SEED="$${SEED:-$$RANDOM$$RANDOM}"; \
	again="To repeat it: make fuzz SEED=$$SEED FUZZ_SECONDS=$(FUZZ_SECONDS) ARGS='$(ARGS)'"; echo "$$again"; \
	$(BIN)/python -m pytest -m "faults or fuzz or exhaustive or (hypothesis and not slow)" -n 2 \
	--hypothesis-profile=fuzz --hypothesis-seed="$$SEED" $(ARGS) || \
	{ echo "$$again"; exit 1; }

soak: $(VENV)/dev.stamp
	@export SOAK_SECONDS=$(SOAK_SECONDS) SEED="$${SEED:-$$RANDOM$$RANDOM}"; \
	$(BIN)/python -m pytest tests/e2e/soak $(ARGS)

mutants: $(VENV)/dev.stamp
	@$(BIN)/python -m tools.mutants $(MODULE) $(TESTS) $(if $(SEED),--seed $(SEED)) $(if $(COUNT),--count $(COUNT))

check: lint types console-check build test

lint: $(VENV)/dev.stamp
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/lint-imports

console-check: $(VENV)/dev.stamp
	@$(DENO) task --quiet check

types: $(VENV)/dev.stamp
	$(BIN)/python -m mypy --explicit-package-bases layers/daybook/python cli local infra layers/dependencies functions tests benchmarks tools examples

# sam build calls make again: this one's flags are not for it.
build: $(VENV)/dev.stamp .local/sam/stamp $(ASSETS)
	$(BIN)/python -m tools.openapi --check
	unset MAKEFLAGS MFLAGS MAKELEVEL; export SAM_CLI_TELEMETRY=0 PYTHON="$(abspath $(BIN)/python)"; \
	$(SAM) validate --lint && $(SAM) validate --lint --template infra/identity.yaml && $(SAM) build

$(VENV)/local.stamp: $(REQUIREMENTS) | $(VENV)/created.stamp
	@echo "Installing what the local stack needs (about a minute, once) ..."
	@$(BIN)/python -m pip install -e '.[local]'
	@touch $@

$(VENV)/dev.stamp: $(REQUIREMENTS) | $(VENV)/created.stamp
	@echo "Installing what development needs (a minute or two, once) ..."
	@$(BIN)/python -m pip install -e '.[dev]'
	@touch $@ $(VENV)/local.stamp

openapi: $(VENV)/dev.stamp
	$(BIN)/python -m tools.openapi

# SAM's pins conflict with ours, hence an environment of its own.
.local/sam/stamp:
	@$(call need_python)
	@echo "Installing the SAM command line (about a minute, once) ..."
	@$(PYTHON) -m venv --clear .local/sam
	@.local/sam/bin/python -m pip install --quiet aws-sam-cli==1.170.0
	@touch $@

$(VENV)/created.stamp:
	@$(call need_python)
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

define need_python
command -v "$(PYTHON)" > /dev/null || \
  { echo "Python 3.11 or newer is needed, and there is no '$(PYTHON)'. Install it, or name yours: make run PYTHON=python3.13"; exit 1; }; \
"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
  { echo "Python 3.11 or newer is needed, and '$(PYTHON)' is $$("$(PYTHON)" --version 2>&1). Name a newer one: make run PYTHON=python3.13"; exit 1; }; \
"$(PYTHON)" -c 'import ensurepip, venv' 2> /dev/null || \
  { echo "'$(PYTHON)' cannot make virtual environments. On Debian: apt-get install python3-venv"; exit 1; }
endef
