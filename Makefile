# The only door: `make help`. Everything it makes lies in .venv, .tools and .local.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Which local stack `up`, `down`, `status` and `demo` mean; several run side by side.
STACK ?= local
# `make demo ONCE=1` stops afterwards and fails when a number is not what the scenario must give.
ONCE ?=
# Parameters of the template to deploy otherwise than by default: make up SET="HoldAfterSeconds=5 SweepRate='1 minute'"
SET ?=
# Arguments for pytest: make test-fast ARGS="tests/domain -x"
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
TOOLS := .tools
LOCKS := .ci/requirements
# `sam build` wants a python3.13 on PATH; nothing phones home; no profile of the user's is read.
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/$(TOOLS)/sam/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0
export __SAM_CLI_APP_DIR := $(CURDIR)/$(TOOLS)/sam/settings
export AWS_DEFAULT_REGION ?= eu-west-1
# `sam build` would take caches that tests leave beside the layer's code for a change of it.
export PYTHONPYCACHEPREFIX := $(CURDIR)/.local/pycache
# Simulated HubSpot answers in milliseconds and sockets are loopback: a proxy for the outside must not catch them.
export NO_PROXY := 127.0.0.1,localhost$(if $(NO_PROXY),$(comma)$(NO_PROXY))
comma := ,

UNIT_TESTS := tests --ignore=tests/stack --ignore=tests/browser

.PHONY: help
help: ## Show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  STACK=name selects the local stack (default: local)."

.PHONY: install
install: $(VENV)/.installed $(TOOLS)/sam/.installed $(TOOLS)/emulator/.installed ## Make .venv, SAM CLI and the AWS emulator (once; by hash)

.PHONY: demo
demo: install ## Bring the stack up and play the main job with live progress (ONCE=1: check the numbers, then stop)
	@$(BIN)/python -m simulators.demo --stack $(STACK) $(if $(ONCE),--once)

.PHONY: up
up: install ## Start the emulator and the simulators, build, deploy; again: redeploy what changed
	@$(BIN)/python -m simulators.local up --stack $(STACK) $(if $(SET),--set $(SET))

.PHONY: down
down: $(VENV)/.installed ## Stop the local stack
	@$(BIN)/python -m simulators.local down --stack $(STACK)

.PHONY: status
status: $(VENV)/.installed ## Say which local stacks run, and where
	@$(BIN)/python -m simulators.local status

.PHONY: test
test: lint docs-check test-fast ## Everything CI runs: lint, docs, unit tests, then types beside the tests on a deployed stack
	@$(MAKE) --no-print-directory -j2 type test-stack # the stack's tests mostly wait, mypy keeps one core busy

.PHONY: test-fast
test-fast: $(VENV)/.installed ## Unit tests with the coverage gate (ARGS="tests/domain -x" for some, without it)
	@mkdir -p .local
	@$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),$(UNIT_TESTS) --numprocesses 2 --cov --cov-report=term)

.PHONY: test-stack
test-stack: install ## Tests on a stack deployed for this run (STACK_FILE=.local/stack.json: on a running one)
	@if [ -d tests/stack ]; then $(BIN)/python -m pytest $(if $(ARGS),$(ARGS),tests/stack); fi

.PHONY: bench
bench: $(VENV)/.installed ## How long each function's import takes beside a bare `import boto3`
	@$(BIN)/python -m benchmarks.cold_start

.PHONY: lint
lint: install ## Format, ruff, import rules, locked requirements, template
	@ruff format --check .
	@ruff check .
	@PYTHONPATH=layers/shared lint-imports --no-cache --no-logo
	@python .ci/locks.py check
	@if [ -f template.yaml ]; then sam validate --lint; fi

.PHONY: format
format: $(VENV)/.installed ## Format and mend what ruff can mend
	@ruff format .
	@ruff check --fix .

.PHONY: type
type: $(VENV)/.installed ## mypy --strict
	@mypy

.PHONY: docs
docs: $(VENV)/.installed ## Generate the OpenAPI and AsyncAPI documents again
	@PYTHONPATH=layers/shared python -m docs.generate

.PHONY: docs-check
docs-check: $(VENV)/.installed
	@PYTHONPATH=layers/shared python -m docs.generate --check

.PHONY: lock
lock: $(VENV)/.installed $(TOOLS)/installer/.installed ## Resolve the requirements again and lock them by hash
	@$(BIN)/python .ci/locks.py write

.PHONY: clean
clean: ## Remove what the build and the tests left (stacks must be down)
	@rm -rf .aws-sam .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .local

$(TOOLS)/installer/.installed: $(LOCKS)/installer.txt .ci/environment
	@echo "Installing into $(TOOLS)/installer"
	@.ci/environment $(TOOLS)/installer $<

$(VENV)/.installed: $(LOCKS)/dev.txt .ci/environment | $(TOOLS)/installer/.installed
	@echo "Installing into $(VENV)"
	@.ci/environment $(VENV) $<

$(TOOLS)/%/.installed: $(LOCKS)/%.txt .ci/environment | $(TOOLS)/installer/.installed
	@echo "Installing into $(TOOLS)/$*"
	@.ci/environment $(TOOLS)/$* $<
