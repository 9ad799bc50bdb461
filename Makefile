# make run [PORT=5580] [KEEP=1]  the whole of it here, with demonstration data
# make reset                     delete the data of `make run`
# make test                      every test but the slow ones
# make check                     lint, types, template, build, then the tests
# make slow                      the slow tests
# make browser                   the console in Chromium, with pictures of it
# make console                   build the console at each change, for `make run`
# make fuzz [SEED=1]             random input, other examples of properties
# make soak [SOAK_SECONDS=600]   load on the local stack, with killed functions
# make mutants MODULE=daybook.search.plan [TESTS=...] [SEED=1] [COUNT=50]
#                                changes of a module that no test notices
# make sam-local [EVENT=events/query/GetEmails.json] [SAM_PORT=3000]
#                                the built functions in docker, on a running stack
# make setup                     only install what development needs
# make openapi                   write docs/openapi.json after a change
# Each takes [PYTHON=python3.13], and those of pytest ARGS="-k page".
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
EVENT ?=
SAM_PORT ?= 3000
export PORT KEEP SEED
export PIP_DISABLE_PIP_VERSION_CHECK := 1

BIN := $(VENV)/bin
SAM := .local/sam/bin/sam
# What is cached is cached here, and no newer version is looked for.
DENO := cd console && DENO_DIR="$(abspath .local/deno)" DENO_NO_UPDATE_CHECK=1 "$(abspath $(BIN))/deno"
ASSETS := functions/console/assets/manifest.json
CONSOLE := $(shell find console -type f -not -path 'console/node_modules/*' -not -name schema.d.ts) docs/openapi.json
export CHROMIUM ?= /usr/bin/chromium
# An environment is changed by its own Python, and made by PYTHON.
IS_MADE := $(wildcard $(VENV)/created.stamp)
INSTALL := PYTHONPATH=local $(if $(IS_MADE),$(BIN)/python,"$(PYTHON)") -m daybook_local.installing --venv "$(VENV)"
REQUIREMENTS := pyproject.toml layers/dependencies/requirements.txt

.PHONY: help setup run assets console console-check browser reset test unit slow fuzz soak mutants check lint types build openapi sam-local

help:
	@sed -n '/^#/!q; s/^# //p' Makefile

setup: $(VENV)/dev.stamp

run: $(VENV)/local.stamp $(ASSETS)
	@$(call need_environment)
	@exec $(BIN)/python -m daybook_local

assets: $(ASSETS)

console: $(VENV)/local.stamp
	@$(DENO) task dev

$(ASSETS): $(CONSOLE) | $(VENV)/local.stamp
	@$(BIN)/python -m daybook_local.quietly "Building the console" "Built the console" .local/console.log \
	  bash -c '$(DENO) task --quiet build'

reset:
	@PYTHONPATH=local $(PYTHON) -m daybook_local.reset

test: $(VENV)/dev.stamp
	@$(call need_environment)
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
	$(SAM) validate --lint && .local/sam/bin/cfn-lint infra/*.yaml && $(SAM) build

# What is missing is told before the build, which takes a minute.
sam-local: $(VENV)/dev.stamp
	@$(BIN)/python -m tools.sam_local --check
	@$(MAKE) --no-print-directory build
	@exec $(BIN)/python -m tools.sam_local $(EVENT) --port $(SAM_PORT)

$(VENV)/local.stamp: $(REQUIREMENTS)
	@$(if $(IS_MADE),true,$(call need_python))
	@$(INSTALL) local
	@touch $@

$(VENV)/dev.stamp: $(REQUIREMENTS)
	@$(if $(IS_MADE),true,$(call need_python))
	@$(INSTALL) dev
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

# One that was made elsewhere, or whose Python is gone, would fail in ways that say nothing.
define need_environment
$(BIN)/python -c 'import daybook_local, pathlib; pathlib.Path(daybook_local.__file__).resolve().relative_to(pathlib.Path.cwd())' \
  2> /dev/null || \
  { echo "The environment $(VENV) is not of this folder, or its Python is gone. Delete it and run this again: rm -r $(VENV)"; exit 1; }
endef

define need_python
command -v "$(PYTHON)" > /dev/null || \
  { echo "Python 3.11 or newer is needed, and there is no '$(PYTHON)'. Install it, or name yours: make run PYTHON=python3.13"; exit 1; }; \
"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
  { echo "Python 3.11 or newer is needed, and '$(PYTHON)' is $$("$(PYTHON)" --version 2>&1). Name a newer one: make run PYTHON=python3.13"; exit 1; }; \
"$(PYTHON)" -c 'import ensurepip, venv' 2> /dev/null || \
  { echo "'$(PYTHON)' cannot make virtual environments. On Debian: apt-get install python3-venv"; exit 1; }
endef
