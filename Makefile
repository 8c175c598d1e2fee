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

# The words of a command that were given to make itself; what happens to be in the environment is none of them.
given = $(foreach name,$(1),$(if $(filter command,$(firstword $(origin $(name)))),'$(name)=$(subst ','\'',$($(name)))'))
OPERATION := STACK=$(STACK) $(BIN)/python -m functions.operation

UNIT_TESTS := tests --ignore=tests/stack --ignore=tests/browser
# Their tests mostly wait, for a stack or for a page of it.
DEPLOYED := --numprocesses 4 --dist loadfile

.PHONY: help
help: ## Show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  STACK=name selects the local stack (default: local); AWS_STACK=name one on AWS, for why … rotate-end."

.PHONY: install
install: $(VENV)/.installed $(TOOLS)/sam/.installed $(TOOLS)/emulator/.installed ## Make .venv, SAM CLI and the AWS emulator (once; by hash)

.PHONY: browser
browser: ## Install Chromium for the browser tests (once; Debian's package)
	@.ci/browser

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

.PHONY: why
why: $(VENV)/.installed ## Tell a lead's story: LEAD=… [ACCOUNT=… CAMPAIGN=…], or ACCOUNT=… EMAIL=…
	@$(OPERATION) why $(call given,LEAD ACCOUNT CAMPAIGN EMAIL)

.PHONY: errors
errors: $(VENV)/.installed ## What the functions complained of in the last hour, or in MINUTES=…
	@$(OPERATION) errors $(call given,MINUTES)

.PHONY: dead-letters
dead-letters: $(VENV)/.installed ## What could not be processed, and why: [QUEUE=lead|referrer|change|sync|announcement|sweep]
	@$(OPERATION) dead-letters $(call given,QUEUE REASON ID)

.PHONY: replay
replay: $(VENV)/.installed ## Move dead letters back: QUEUE=… [REASON=…] [ID=…]
	@$(OPERATION) replay $(call given,QUEUE REASON ID)

.PHONY: drop
drop: $(VENV)/.installed ## Remove dead letters for good: QUEUE=…, REASON=… or ID=…
	@$(OPERATION) drop $(call given,QUEUE REASON ID)

.PHONY: pause
pause: $(VENV)/.installed ## Hold leads: TARGET=all|account:…|portal:…|campaign:…/… [WHY="…"]; without TARGET: what is paused
	@$(OPERATION) pause $(call given,TARGET WHY)

.PHONY: resume
resume: $(VENV)/.installed ## Go on with a TARGET, and release who was held
	@$(OPERATION) resume $(call given,TARGET)

.PHONY: sweep
sweep: $(VENV)/.installed ## Sweep now, and say when the last sweep was finished
	@$(OPERATION) sweep

.PHONY: announce
announce: $(VENV)/.installed ## Tell the platform again: SINCE=2026-11-25T10:00Z [UNTIL=…] [FROM=table|archive]
	@$(OPERATION) announce $(call given,SINCE UNTIL FROM)

.PHONY: rotate
rotate: $(VENV)/.installed ## Give HubSpot's new client secret (asked for); the one before it stays valid
	@$(OPERATION) rotate

.PHONY: rotate-end
rotate-end: $(VENV)/.installed ## Let HubSpot's client secret before the current one be valid no more
	@$(OPERATION) rotate-end

.PHONY: restore
restore: $(VENV)/.installed ## Bring deleted rows back: TABLE=CampaignTable|CredentialTable AT=2026-11-25T10:00Z ROWS=A#account
	@$(OPERATION) restore $(call given,TABLE AT ROWS)

.PHONY: test
test: browser-check lint docs-check test-fast ## Everything CI runs: lint, docs, unit tests, types, a deployed stack and its screens
	@$(MAKE) --no-print-directory -j2 type test-stack # the stack's tests mostly wait, mypy keeps one core busy
	@$(MAKE) --no-print-directory test-browser

.PHONY: test-fast
test-fast: $(VENV)/.installed ## Unit tests with the coverage gate (ARGS="tests/domain -x" for some, without it)
	@mkdir -p .local
	@$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),$(UNIT_TESTS) --numprocesses 3 --dist worksteal --cov --cov-report=term)

.PHONY: test-stack
test-stack: install ## Tests on a stack deployed for this run (STACK_FILE=.local/stack.json: on a running one)
	@$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),tests/stack $(if $(STACK_FILE),,$(DEPLOYED)))

.PHONY: test-browser
test-browser: install ## The screens in Chromium, on a stack deployed for this run (STACK_FILE=… as above)
	@$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),tests/browser $(if $(STACK_FILE),,$(DEPLOYED)))

.PHONY: browser-check
browser-check:
	@.ci/browser check

.PHONY: bench
bench: $(VENV)/.installed ## How long each function's import takes beside a bare `import boto3`
	@$(BIN)/python -m benchmarks.cold_start

.PHONY: bench-sync
bench-sync: install ## Memory, AWS and HubSpot calls of syncs of 10,000 and 100,000 contacts (minutes; fails over a limit)
	@PYTHONPATH=layers/shared $(BIN)/python -m benchmarks.sync $(ARGS)

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

.PHONY: screenshots
screenshots: install ## Take the README's pictures of the console anew, on a running stack (STACK)
	@$(BIN)/python -m docs.screenshots --stack $(STACK)

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
